"""Exact inference on tables with named axes: order, run, and a slow oracle to check them."""

from bn.engine.narrow import known_states, narrow
from bn.engine.run import Answer, eliminate, infer, rests

__all__ = ["Answer", "eliminate", "infer", "known_states", "narrow", "rests"]
