"""How every command tells an answer: pictures where files are named for them, then JSON or tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bn.commands.common import print_json
from bn.commands.plotting import draw
from cpds.notice import NOTE

if TYPE_CHECKING:
    from bn.api import RiskModel


def tell(
    model: RiskModel,
    answer: Any,
    as_json: bool,
    plot: Path | None = None,
    plot_network: Path | None = None,
    **options: Any,
) -> None:
    """Tell an answer of any kind; `options` are those of its tables."""
    draw(lambda: answer.plot(), plot)
    draw(lambda: model.plot(answer), plot_network)
    if as_json:
        print_json(answer.to_dict(), model)
        return
    from bn.report.registry import print_tables

    print_tables(model, answer, NOTE, **options)
