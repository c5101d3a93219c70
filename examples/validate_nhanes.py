"""Hold the network against NHANES cycles that gave it no target.

    python examples/validate_nhanes.py EXTRACT.csv

The extract is that of `nhanes_extract.py`. Inputs are age, sex, body-mass index and activity, with CRP (2015-2016) or
grip strength (2013-2014); outcome measurements are never among them. Beside the network stand a logistic regression and
gradient boosting, trained with the same columns on the training cycles in which that marker was measured.
"""

import sys
from itertools import pairwise
from pathlib import Path

import nhanes_extract
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer

import bn
from bn.core.observe import observe
from bn.questions.definitions import under_definition

SETTINGS = {"2015-2016": ("hscrp", ["2007-2008", "2009-2010"]), "2013-2014": ("grip_strength", ["2011-2012"])}
DEFINITIONS = ("glucose_or_diagnosed", "hba1c_or_diagnosed", "glucose_hba1c_or_diagnosed")
BANDS = [20, 40, 60, 75, 200]


def people(path: str) -> pd.DataFrame:
    """The people of the extract with outcomes by definition, 1 and 0, in place of the readings that they take."""
    found = nhanes_extract.people(path)
    high_glucose, diabetic_glucose = (_at_least(found["fasting_glucose"], cut) for cut in (100, 126))
    high_hba1c, diabetic_hba1c = (_at_least(found["hba1c"], cut) for cut in (5.7, 6.5))
    diagnosed = found["diagnosed_diabetes"].map({"yes": 1.0, "no": 0.0})
    return found.assign(
        homa_ir=(found["homa_ir"] > 2.5).where(found["homa_ir"].notna()).astype(float),
        glucose_or_diagnosed=_any(high_glucose, diagnosed),
        hba1c_or_diagnosed=_any(high_hba1c, diagnosed),
        glucose_hba1c_or_diagnosed=_any(high_glucose, high_hba1c, diagnosed),
        diabetes=_any(diabetic_glucose, diabetic_hba1c, diagnosed),
    )


def _at_least(readings: pd.Series, cut: float) -> pd.Series:
    """1 from the cut on, 0 below, NaN where there is no reading."""
    return (readings >= cut).where(readings.notna()).astype(float)


def _any(*criteria: pd.Series) -> pd.Series:
    """1 where any criterion is met, NaN where one is missing."""
    frame = pd.concat(criteria, axis=1)
    return frame.max(axis=1).where(frame.notna().all(axis=1))


def predicted(model: bn.RiskModel, frame: pd.DataFrame, inputs: list[str]) -> pd.DataFrame:
    """The network's probability of each outcome as it is defined in the survey."""
    scored = model.score(frame[inputs], interval=False)
    variables = model.knowledge.variables
    age = frame["age"].str.rstrip("+").astype(float).to_numpy()
    at = {
        "age": np.digitize(age, variables["age"].scale.edges) - 1,
        "sex": (frame["sex"] == "male").to_numpy().astype(int),
        "adiposity": np.digitize(frame["bmi"], variables["adiposity"].scale.edges) - 1,
    }
    resistant = scored["p_insulin_resistance"].to_numpy()
    reading = observe(model.names, {"homa_ir": ">2.5"}).evidence.soft[0]
    chance = np.exp(reading.values[:, :, 0])[:, at["adiposity"]]
    result = {"homa_ir": resistant * chance[1] + (1 - resistant) * chance[0]}
    for name in DEFINITIONS:
        result[name] = under_definition(model, name, scored["p_dysglycemia"].to_numpy(), at)
    result["diabetes"] = scored["p_dysglycemia_diabetes"].to_numpy()
    return pd.DataFrame(result, index=frame.index)


def features(frame: pd.DataFrame, marker: str) -> np.ndarray:
    """Numbers for the two rivals; the marker's missing values take its median."""
    age = frame["age"].str.rstrip("+").astype(float)
    value = np.log(frame[marker]) if marker == "hscrp" else frame[marker]
    columns = [
        age,
        frame["bmi"],
        frame["sex"] == "male",
        frame["physical_activity"] == "active",
        value.fillna(value.median()),
    ]
    return np.column_stack([np.asarray(column, dtype=float) for column in columns])


def rivals() -> dict[str, object]:
    """Models that are trained on the same columns."""
    return {
        "logistic regression": make_pipeline(
            SplineTransformer(5, extrapolation="linear"), LogisticRegression(C=1.0, max_iter=5000)
        ),
        "gradient boosting": HistGradientBoostingClassifier(
            max_depth=3, learning_rate=0.05, max_iter=150, min_samples_leaf=40, l2_regularization=1.0, random_state=0
        ),
    }


def measures(outcome: pd.Series, p: np.ndarray, weight: pd.Series) -> dict[str, float]:
    """Weighted discrimination, calibration intercept (slope held at 1) and slope, Brier score, shares."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    odds = np.log(p / (1 - p))
    fit = LogisticRegression(C=np.inf, max_iter=1000).fit(odds[:, None], outcome, sample_weight=weight / weight.mean())
    observed = np.average(outcome, weights=weight)
    shift = 0.0
    for _ in range(50):
        moved = 1 / (1 + np.exp(-(odds + shift)))
        shift += (observed - np.average(moved, weights=weight)) / np.average(moved * (1 - moved), weights=weight)
    return {
        "n": len(outcome),
        "observed": observed,
        "predicted": np.average(p, weights=weight),
        "AUC": roc_auc_score(outcome, p, sample_weight=weight),
        "intercept": shift,
        "slope": fit.coef_[0, 0],
        "Brier": brier_score_loss(outcome, p, sample_weight=weight),
    }


def validate(path: str) -> str:
    """The report as Markdown."""
    frame, model = people(path), bn.load()
    names = ["homa_ir", *DEFINITIONS, "diabetes"]
    overall, groups = [], []
    for cycle, (marker, training) in SETTINGS.items():
        test = frame[frame["cycle"] == cycle].reset_index(drop=True)
        train = frame[frame["cycle"].isin(training)].reset_index(drop=True)
        network = predicted(model, test, ["age", "sex", "bmi", "physical_activity", marker])
        for name in names:
            rows, known = test[name].notna(), train[name].notna()
            found = {"network": network.loc[rows, name].to_numpy()}
            for rival, estimator in rivals().items():
                last = {"logisticregression__sample_weight": train.loc[known, "weight"] / train["weight"].mean()}
                weights = last if rival.startswith("logistic") else {"sample_weight": train.loc[known, "weight"]}
                estimator.fit(features(train[known], marker), train.loc[known, name], **weights)
                found[rival] = estimator.predict_proba(features(test[rows], marker))[:, 1]
            for who, p in found.items():
                overall.append(
                    {"cycle": cycle, "with": marker, "outcome": name, "model": who}
                    | measures(test.loc[rows, name], p, test.loc[rows, "weight"])
                )
            for label, inside in _groups(test[rows]):
                part = measures(
                    test.loc[rows, name][inside], found["network"][inside], test.loc[rows, "weight"][inside]
                )
                groups.append({"cycle": cycle, "outcome": name, "people": label} | part)
    return "\n".join(
        [
            "# Validation on held-back cycles",
            "",
            "Written by `examples/validate_nhanes.py`; do not edit. Outcomes: a HOMA-IR reading above 2.5; three "
            "definitions of dysglycemia, each predicted and observed under the same definition; and diabetes "
            "(diagnosed, fasting glucose of 126 mg/dL or more, or HbA1c of 6.5 % or more), observed by one reading "
            "where the network speaks of usual glucose. "
            "No figure of 2013-2016 entered the network. "
            "Intercept: what the log odds lack on average (slope held at 1). Weighted to the US population.",
            "",
            markdown(overall),
            "",
            "## The network by sex and age",
            "",
            markdown(groups),
            "",
        ]
    )


def _groups(frame: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
    age = frame["age"].str.rstrip("+").astype(float).to_numpy()
    bands = [
        (f"{low} to {high - 1}" if high < 200 else f"{low} and over", (age >= low) & (age < high))
        for low, high in pairwise(BANDS)
    ]
    return [("women", (frame["sex"] == "female").to_numpy()), ("men", (frame["sex"] == "male").to_numpy()), *bands]


def markdown(rows: list[dict[str, object]]) -> str:
    header = list(rows[0])
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    for row in rows:
        lines.append("| " + " | ".join(f"{v:.3f}" if isinstance(v, float) else str(v) for v in row.values()) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    report = validate(sys.argv[1])
    (Path(__file__).parent / "validation.md").write_text(report, encoding="utf-8")
    print(report)
