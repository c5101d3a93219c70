"""An extract of NHANES as a table in the network's names, for the examples that take one.

One row a person of the morning fasting sample, 2007-2016 (NHANES, US National Center for Health Statistics, public
domain; https://www.cdc.gov/nchs/nhanes/): the columns that are named below, in mg/dL, uU/mL (equivalent to Roche's
assay), mg/L, kg and %.
"""

import numpy as np
import pandas as pd


def people(path: str) -> pd.DataFrame:
    """Non-pregnant adults with a fasting weight of whom age, sex, body-mass index and activity are known.

    Columns by the network's names; `cycle`, and `weight`, `stratum` and `cluster` of the design. A HOMA-IR under
    treatment with insulin is missing, as it means nothing.
    """
    raw = pd.read_csv(path)
    raw = raw[(raw["WTSAF2YR"] > 0) & (raw["pregnant"] != 1) & (raw["age"] >= 20)]
    raw = raw[raw[["bmi", "vigorous_activity", "female"]].notna().all(axis=1)]
    return pd.DataFrame(
        {
            "cycle": raw["cycle"],
            "weight": raw["WTSAF2YR"],
            "stratum": raw["SDMVSTRA"],
            "cluster": raw["SDMVPSU"],
            "age": raw["age"].map(lambda age: "80+" if age >= 80 else f"{age:g}"),
            "sex": np.where(raw["female"] == 1, "female", "male"),
            "bmi": raw["bmi"],
            "physical_activity": np.where(raw["vigorous_activity"] == 1, "active", "inactive"),
            "hscrp": raw["crp_mgl"],
            "grip_strength": raw["grip_dom_kg"],
            "homa_ir": raw["homa_ir_roche_eq"].where(raw["takes_insulin"] != 1),
            "fasting_glucose": raw["glucose_mgdl"],
            "hba1c": raw["hba1c_pct"],
            "diagnosed_diabetes": raw["dx_diabetes"].map({1.0: "yes", 0.0: "no"}),
        }
    ).reset_index(drop=True)
