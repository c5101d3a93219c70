"""The reasoning: a network, observations about people, exact answers with intervals."""

from bn.errors import ImpossibleEvidenceError, QuestionError, UnknownNameError
from bn.model import RiskModel, load
from bn.posterior import Posterior

__all__ = ["ImpossibleEvidenceError", "Posterior", "QuestionError", "RiskModel", "UnknownNameError", "load"]
