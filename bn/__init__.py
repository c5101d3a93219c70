"""The reasoning: a network, observations about people, exact answers with intervals."""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from bn.api import RiskModel, diff, load
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
    _HOMES = {"RiskModel": "bn.api", "load": "bn.api", "diff": "bn.api", "Posterior": "bn.core.answer"}

    def __getattr__(name: str) -> object:
        """A public name is imported when it is asked for, so that the command line listens before all is loaded."""
        if name in __all__:
            return globals().setdefault(name, getattr(import_module(_HOMES.get(name, "bn.core.errors")), name))
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
    "diff",
    "load",
]
