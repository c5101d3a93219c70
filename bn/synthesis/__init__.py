"""Synthesis: priors and targets become a posterior over all parameters. `python -m bn.synthesis` reruns it."""
