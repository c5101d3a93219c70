"""The reasoning: a network, observations about people, exact answers with intervals."""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from bn.api import RiskModel, load
    from bn.core.answer import Posterior
    from bn.core.errors import (
        ImpossibleEvidenceError,
        QuestionError,
        StalePosteriorWarning,
        SuspectUnitWarning,
        UnknownNameError,
        UnreadColumnsWarning,
    )
else:
    _HOMES = {
        "bn.core.errors": (
            "ImpossibleEvidenceError",
            "QuestionError",
            "StalePosteriorWarning",
            "SuspectUnitWarning",
            "UnknownNameError",
            "UnreadColumnsWarning",
        ),
        "bn.api": ("RiskModel", "load"),
        "bn.core.posterior": ("Posterior",),
    }

    def __getattr__(name: str) -> object:
        """A public name is imported when it is asked for, so that the command line listens before all is loaded."""
        for home, names in _HOMES.items():
            if name in names:
                return globals().setdefault(name, getattr(import_module(home), name))
        raise AttributeError(f"module 'bn' has no attribute '{name}'")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "ImpossibleEvidenceError",
    "Posterior",
    "QuestionError",
    "RiskModel",
    "StalePosteriorWarning",
    "SuspectUnitWarning",
    "UnknownNameError",
    "UnreadColumnsWarning",
    "load",
]
