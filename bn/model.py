"""The name under which `RiskModel` and `load` were first published; pickles and imports use it."""

from bn.api import RiskModel, load

__all__ = ["RiskModel", "load"]
