"""A small cohort drawn at random for validations: no reading is anybody's."""

import numpy as np
import pandas as pd


def a_cohort(rows: int = 600, seed: int = 0) -> pd.DataFrame:
    """Age, sex, body-mass index, activity, CRP and HOMA-IR (which rises with BMI), with weights, strata and clusters."""
    rng = np.random.default_rng(seed)
    bmi = np.round(np.clip(rng.normal(28, 5, rows), 17, 50), 1)
    homa = np.round(np.exp(rng.normal(0.06 * (bmi - 25) + 0.6, 0.55)), 2)
    frame = pd.DataFrame(
        {
            "age": rng.integers(20, 80, rows),
            "sex": rng.choice(["female", "male"], rows),
            "bmi": bmi,
            "physical_activity": rng.choice(["active", "inactive"], rows),
            "hscrp": np.round(np.exp(rng.normal(0.5, 1, rows)), 2),
            "homa_ir": homa,
            "wt": np.round(rng.uniform(0.5, 3, rows), 2),
            "layer": rng.choice(["a", "b", "c"], rows),
            "site": rng.integers(1, 9, rows),
        }
    )
    frame.loc[rng.choice(rows, rows // 20, replace=False), "hscrp"] = np.nan
    frame.loc[rng.choice(rows, rows // 30, replace=False), "homa_ir"] = np.nan
    return frame
