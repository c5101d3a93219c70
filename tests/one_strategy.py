"""Have rows answered by one strategy of the kernel, whatever that costs."""

import pytest

from bn.cohort.kernel import blocks, strategies

STRATEGIES = (strategies.ByContraction, blocks.ByBlocks, strategies.ByElimination)


def prefer(patch: pytest.MonkeyPatch, *chosen: type) -> None:
    """The chosen ones, by what they cost; another one where none of them can serve."""
    for other in STRATEGIES:
        if other not in chosen:
            patch.setattr(other, "cost", lambda *_: 1e30)
