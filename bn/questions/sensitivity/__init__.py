"""How sure: what one person's risk rests on, and what would move it."""

from bn.questions.sensitivity.ask import sensitivity
from bn.questions.sensitivity.result import Finding, Parameter, Sensitivity, Setting, Source

__all__ = ["Finding", "Parameter", "Sensitivity", "Setting", "Source", "sensitivity"]
