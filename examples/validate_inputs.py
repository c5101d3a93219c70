"""Hold the network against held-back NHANES cycles for every kind of input that people have, glycemic ones included.

    python examples/validate_inputs.py EXTRACT.csv

Outcome: a HOMA-IR reading above 2.5 in non-pregnant adults not on insulin of the morning fasting sample, 2013-2016.
Beside the network stands gradient boosting (one fixed setting), trained on the same columns of the cycles 2007-2012;
CRP and grip strength were measured in different cycles, so each is trained and tested where it was.
"""

import sys
from itertools import product
from pathlib import Path

import nhanes_extract
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from validate_nhanes import markdown, rivals

import bn

CONTEXT = ["age", "sex", "bmi", "physical_activity"]
GLYCEMIA = ["fasting_glucose", "hba1c", "diagnosed_diabetes"]
INPUTS = [
    ["age", "sex"],
    ["age", "sex", "bmi"],
    CONTEXT,
    [*CONTEXT, "hscrp"],
    [*CONTEXT, "grip_strength"],
    *(["age", "sex", marker] for marker in GLYCEMIA),
    *(["age", "sex", "bmi", marker] for marker in GLYCEMIA),
    ["age", "sex", "fasting_glucose", "hba1c"],
    ["age", "sex", "bmi", *GLYCEMIA],
    [*CONTEXT, "hscrp", *GLYCEMIA],
    [*CONTEXT, "grip_strength", *GLYCEMIA],
]
TRAINED = {"hscrp": ["2007-2008", "2009-2010"], "grip_strength": ["2011-2012"]}
TESTED = {"hscrp": ["2015-2016"], "grip_strength": ["2013-2014"]}
CLASSES = ["normal", "impaired", "diabetes"], ["under 25", "25 to 30", "30 to 35", "35 and over"]


def people(path: str) -> pd.DataFrame:
    """Adults with everything that every cycle measured; the outcome is `resistant`."""
    found = nhanes_extract.people(path).dropna(subset=["homa_ir", *GLYCEMIA]).reset_index(drop=True)
    return found.assign(resistant=(found["homa_ir"] > 2.5).astype(int))


def numbers(frame: pd.DataFrame, inputs: list[str]) -> np.ndarray:
    """The same columns for boosting."""
    plain = frame[inputs].replace({"80+": "80"}).replace({"male": 1, "active": 1, "yes": 1})
    plain = plain.replace({"female": 0, "inactive": 0, "no": 0})
    return np.asarray(plain, dtype=float)


def by_inputs(model: bn.RiskModel, frame: pd.DataFrame) -> list[dict[str, object]]:
    """AUC of both, a row a set of inputs."""
    rows = []
    for inputs in INPUTS:
        marker = next((name for name in TRAINED if name in inputs), "")
        trained = TRAINED.get(marker, ["2007-2008", "2009-2010", "2011-2012"])
        tested = TESTED.get(marker, ["2013-2014", "2015-2016"])
        train, test = (frame[frame["cycle"].isin(cycles)].dropna(subset=inputs) for cycles in (trained, tested))
        weights = train["weight"] / train["weight"].mean()
        boosting = rivals()["gradient boosting"].fit(numbers(train, inputs), train["resistant"], sample_weight=weights)
        risks = model.score(test[inputs], interval=False, posteriors=False)["risk"]
        found = {"network": risks, "boosting": boosting.predict_proba(numbers(test, inputs))[:, 1]}
        aucs = {who: roc_auc_score(test["resistant"], p, sample_weight=test["weight"]) for who, p in found.items()}
        difference = aucs["network"] - aucs["boosting"]
        rows.append({"inputs": ", ".join(inputs), "n": len(test)} | aucs | {"difference": difference})
    return rows


def by_class(model: bn.RiskModel, frame: pd.DataFrame) -> list[dict[str, object]]:
    """Observed and mean predicted in glycemic and BMI classes of the test cycles, each cycle's intercept aligned."""
    held_back = frame["cycle"].isin(["2013-2014", "2015-2016"])
    test, train = frame[held_back].reset_index(drop=True), frame[~held_back]
    risks = model.score(test[[*CONTEXT, *GLYCEMIA]], interval=False, posteriors=False)["risk"].to_numpy()
    predicted = np.concatenate([aligned(part, risks[part.index]) for _, part in test.groupby("cycle", sort=False)])
    test = pd.concat([part for _, part in test.groupby("cycle", sort=False)])
    rows = []
    for grade, weight_class in [
        *((g, None) for g in range(3)),
        *((None, b) for b in range(4)),
        *product(range(3), range(4)),
    ]:
        here, there = (inside(part, grade, weight_class) for part in (test, train))
        words = [CLASSES[0][grade]] if grade is not None else []
        words += [f"BMI {CLASSES[1][weight_class]}"] if weight_class is not None else []
        means = {
            "observed": np.average(test["resistant"][here], weights=test["weight"][here]),
            "predicted": np.average(predicted[here], weights=test["weight"][here]),
            "observed 2007-2012": np.average(train["resistant"][there], weights=train["weight"][there]),
        }
        rows.append({"people": ", ".join(words), "n": int(here.sum())} | means)
    return rows


def inside(frame: pd.DataFrame, grade: int | None, weight_class: int | None) -> np.ndarray:
    """Who is in a class by single readings or a diagnosis."""
    diabetic = (frame["diagnosed_diabetes"] == "yes") | (frame["fasting_glucose"] >= 126) | (frame["hba1c"] >= 6.5)
    grades = np.where(diabetic, 2, np.where(frame["fasting_glucose"] >= 100, 1, 0))
    weights = np.digitize(frame["bmi"], [25, 30, 35])
    return ((grades == grade) | (grade is None)) & ((weights == weight_class) | (weight_class is None))


def aligned(frame: pd.DataFrame, risks: np.ndarray) -> np.ndarray:
    """Risks shifted in log odds so that their mean is the observed share."""
    odds, wanted = np.log(risks / (1 - risks)), np.average(frame["resistant"], weights=frame["weight"])
    for _ in range(50):
        moved = 1 / (1 + np.exp(-odds))
        mean, slope = (np.average(part, weights=frame["weight"]) for part in (moved, moved * (1 - moved)))
        odds += (wanted - mean) / slope
    return 1 / (1 + np.exp(-odds))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    model, frame = bn.load(), people(sys.argv[1])
    report = f"""# Validation by what is known of people

Written by `examples/validate_inputs.py`; do not edit. Outcome: a HOMA-IR reading above 2.5 in adults not on
insulin, weighted to the US population. No figure of 2013-2016 entered the network.

## AUC by inputs, network and gradient boosting on the same columns

{markdown(by_inputs(model, frame))}

## Mean predicted in classes of glycemia and body-mass index

Inputs: {", ".join([*CONTEXT, *GLYCEMIA])}. Each cycle's intercept is aligned; the risk is
of the usual HOMA-IR.

{markdown(by_class(model, frame))}
"""
    (Path(__file__).parent / "validation_inputs.md").write_text(report, encoding="utf-8")
    print(report)
