"""Make the network fit your people: a simulated cohort in NHANES names, of people who are more often resistant.

python examples/update_cohort.py [COHORT.csv [POPULATION]]
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import bn
from cpds.populations import Move, Population

KNOWN = 0.9


def in_nhanes_names(people: pd.DataFrame) -> pd.DataFrame:
    """The same people as the survey's files hold them, in its names, codes and units."""
    return pd.DataFrame(
        {
            "SEQN": np.arange(1, len(people) + 1),
            "RIDAGEYR": people["age"].clip(upper=80).astype(int),
            "RIAGENDR": people["sex"].map({"male": 1, "female": 2}),
            "BMXBMI": people["bmi"].round(1),
            "LBXHSCRP": people["hscrp"].round(2),
            "LBXGLU": people["fasting_glucose"].round(),
            "LBXIN": people["fasting_insulin"].round(2),
            "DIQ010": people["diagnosed_diabetes"].map({"yes": 1, "no": 2}),
        }
    )


def main(path: Path, target: Path) -> None:
    """Validate, update, save, load, validate again."""
    model = bn.load()
    # Somebody else's people: resistance more common by 0.9 in log odds than in those the network was fitted to.
    move = Move("insulin_resistance", ("present",), KNOWN, ((1e-6,),), "made up")
    there = model.moved_to(Population(1, "there", "People elsewhere", "level", moves=(move,)))
    measured = ["hscrp", "homa_ir", "fasting_glucose", "fasting_insulin", "diagnosed_diabetes"]
    in_nhanes_names(there.sample(1500, measure=measured, seed=1)).to_csv(path, index=False)

    options = {"inputs": ["age", "sex", "bmi", "hscrp"], "meaning": "nhanes"}
    before = model.validate(path, "homa_ir > 2.5", **options).overall.measures
    print(f"As shipped: calibration in the large {before['intercept'].value:+.2f}, AUC {before['auc'].value:.2f}")

    found = model.update(path, "homa_ir > 2.5", name="town", title="A town, simulated", **options)
    (ladder,) = found.ladders
    level = ladder.moved[0]
    print(f"Step: {ladder.step}; level {level.value:+.2f} ({level.low:+.2f} to {level.high:+.2f}), truly {KNOWN:+.2f}")
    found.save(target, overwrite=True)

    town = bn.load(population=target)
    after = town.validate(path, "homa_ir > 2.5", **options).overall.measures
    print(f"For the town: calibration in the large {after['intercept'].value:+.2f}, AUC {after['auc'].value:.2f}")
    for who, one in (("as shipped", model), ("for the town", town)):
        print(f"Risk at 60 with a body-mass index of 31, {who}: {one.posterior(age=60, bmi=31).risk:.2f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        usual = [Path(folder) / "cohort.csv", Path(folder) / "town.population"]
        main(*[Path(one) for one in sys.argv[1:3]], *usual[len(sys.argv) - 1 :])
