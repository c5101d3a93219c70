"""The network in other hands: pgmpy and pyAgrum objects, and files that other programs read."""

from bn.interop.files import export
from bn.interop.libraries import to_pgmpy, to_pyagrum

__all__ = ["export", "to_pgmpy", "to_pyagrum"]
