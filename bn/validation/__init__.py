"""How well the network's probabilities of an outcome fit the people of a table (extra `validate`).

Discrimination and scores are scikit-learn's, logistic recalibration is statsmodels', the decomposition of the Brier
score is model-diagnostics', since all of them take case weights. Own code is what none of them has: the sampling
design (`design.py`: linearized and resampled variances of every measure, in domains, of strata and clusters; svy and
samplics give those of means and regressions, not of an AUC, and need polars 2), the net benefit with weights
(`decision.py`: dcurves takes none, and through lifelines it holds pandas below 3; equal to it without weights), and the
restricted cubic spline of the calibration curve (`calibration.py`).
"""

from bn.validation.result import Estimate, Group, Performance, Validation

__all__ = ["Estimate", "Group", "Performance", "Validation"]
