"""Models that a statistician would compare with: trained on the same columns of the same people, cross-validated.

Logistic regression sees each column on its scale, standardized, its gaps filled with the median and marked by a column
of their own; gradient boosting sees gaps as such. Both are scikit-learn's, with one fixed setting each: nothing is
tuned. People of one cluster go into the same fold.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bn.validation.design import Design
from cpds.table import Array

FOLDS = 5


def cross_validated(inputs: Array, event: Array, design: Design, seed: int) -> Iterator[tuple[str, Array]]:
    """Each reference model's title and the probability of every person, axis (row), from the folds without them.

    `inputs` has axes (input, row), NaN where a value is missing.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
    from threadpoolctl import threadpool_limits

    table = inputs.T
    clustered = "clusters" in design.stated
    folds = StratifiedGroupKFold if clustered else StratifiedKFold
    groups = design.clusters if clustered else None
    splits = list(folds(FOLDS, shuffle=True, random_state=seed).split(table, event, groups))
    weights = design.weights / design.weights.mean()
    with threadpool_limits(limits=1):  # folds are small, and threads would wait for one another
        for title, make, last in _models(seed):
            risk = np.full(len(event), np.nan)
            for train, test in splits:
                named = {f"{last}sample_weight": weights[train]}
                risk[test] = make().fit(table[train], event[train], **named).predict_proba(table[test])[:, 1]
            yield title, risk


def _models(seed: int) -> Iterator[tuple[str, Any, str]]:
    """Title, how one is made, and what stands before the name under which it takes weights."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def logistic() -> Any:
        filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
        return make_pipeline(filled, StandardScaler(), LogisticRegression(C=1.0, max_iter=5000))

    def boosting() -> Any:
        return HistGradientBoostingClassifier(
            max_depth=3, learning_rate=0.05, max_iter=150, min_samples_leaf=20, l2_regularization=1.0, random_state=seed
        )

    yield "logistic regression", logistic, "logisticregression__"
    yield "gradient boosting", boosting, ""
