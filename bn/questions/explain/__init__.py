"""Why: what each finding did to the risk, through what, whether the findings agree, and what it all rests on."""

from bn.questions.explain.contributions import explain
from bn.questions.explain.result import Contribution, Explanation

__all__ = ["Contribution", "Explanation", "explain"]
