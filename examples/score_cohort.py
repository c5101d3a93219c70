"""Score a cohort held in a data frame; cohort.csv is synthetic, sampled from the network itself."""

from pathlib import Path

import pandas as pd

import bn

model = bn.load()
cohort = pd.read_csv(Path(__file__).parent / "cohort.csv", dtype=str)
scored = model.score(cohort)

print(
    scored[["id", "age", "sex", "risk", "risk_low", "risk_high", "p_inflammation", "p_sarcopenia"]]
    .head()
    .to_string(index=False)
)
bands = pd.cut(scored["age"].astype(float), [20, 40, 60, 75, 120], right=False)
print("\nMean risk by age:")
print(scored.groupby(bands, observed=True)["risk"].agg(["size", "mean"]).round(3).to_string())
