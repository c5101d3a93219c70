"""Through what: how the effect of the root variable on each outcome splits over the variables between them."""

from bn.questions.mediation.ask import mediation
from bn.questions.mediation.result import Effect, Mediation, Route, Split

__all__ = ["Effect", "Mediation", "Route", "Split", "mediation"]
