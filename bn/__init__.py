"""The reasoning: a network, observations about people, exact answers with intervals."""

from bn.errors import ImpossibleEvidence, QuestionError, UnknownName
from bn.model import RiskModel, load
from bn.posterior import Posterior

__all__ = ["ImpossibleEvidence", "Posterior", "QuestionError", "RiskModel", "UnknownName", "load"]
