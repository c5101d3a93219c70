"""Exact inference on tables with named axes: order, run, and a slow oracle to check them."""

from bn.engine.run import Answer, condition, eliminate, infer, known_states, rests

__all__ = ["Answer", "condition", "eliminate", "infer", "known_states", "rests"]
