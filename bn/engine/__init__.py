"""Exact inference on tables with named axes: contract and run, a slow oracle to check them; cores and caches."""

from bn.engine.run import Sums, adjoints, condition, eliminate, infer, known_states, path_of

__all__ = ["Sums", "adjoints", "condition", "eliminate", "infer", "known_states", "path_of"]
