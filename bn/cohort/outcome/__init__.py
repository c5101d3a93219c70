"""A yes / no outcome of a table: what it is, which rows have it, which findings speak of it, how probable it is."""

from bn.cohort.outcome.observed import Observed
from bn.cohort.outcome.outcome import Outcome, read_outcome

__all__ = ["Observed", "Outcome", "read_outcome"]
