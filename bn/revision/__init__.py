"""Whose answers moved: two states of the knowledge, asked the same questions.

A battery of people and what-ifs is put to both, every claim is executed, every target evaluated. Beside each difference
stands its Monte Carlo error: what other draws from the same posteriors would have moved it by.
"""

from bn.revision.compare import diff
from bn.revision.result import Diff, MovedAnswer, MovedClaim, MovedTarget, Side

__all__ = ["Diff", "MovedAnswer", "MovedClaim", "MovedTarget", "Side", "diff"]
