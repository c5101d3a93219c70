"""Make the shipped populations of NHANES 2013-2014 and 2015-2016, and say how well each fits people it did not see.

    python examples/populations_nhanes.py EXTRACT.csv

The extract is that of `nhanes_extract.py`. Of each cycle the level, or level and slope, of resistance (a HOMA-IR
reading above 2.5) and of dysglycemia (fasting glucose of 100 mg/dL or more, or diagnosed diabetes) are estimated with
the sampling design, beside the level of what the marker of that cycle measures. Half of the clusters of each stratum
take turns: what the one half tells is held against the other. The files hold no person's data.
"""

import sys
import warnings

import nhanes_extract
import pandas as pd

import bn
from cpds.knowledge import DATA
from cpds.populations import FOLDER

CYCLES = {"2013-2014": "grip_strength", "2015-2016": "hscrp"}
OUTCOMES = ("homa_ir>2.5", "glucose_or_diagnosed")
DESIGN = {"weights": "weight", "strata": "stratum", "clusters": "cluster"}


def people(path: str, cycle: str) -> pd.DataFrame:
    """The people of one cycle, without the marker that it did not measure."""
    found = nhanes_extract.people(path)
    found = found[found["cycle"] == cycle].drop(columns={*CYCLES.values(), "hba1c"} - {CYCLES[cycle]})
    return found.reset_index(drop=True)


def inputs(cycle: str) -> list[str]:
    return ["age", "sex", "bmi", "physical_activity", CYCLES[cycle]]


def updated(model: bn.RiskModel, table: pd.DataFrame, cycle: str, title: str = "") -> "bn.updating.result.Update":
    name = f"us_{cycle.replace('-', '_')}"
    return model.update(table, OUTCOMES, inputs=inputs(cycle), name=name, title=title or name, **DESIGN)


def held_out(model: bn.RiskModel, table: pd.DataFrame, cycle: str) -> list[dict[str, object]]:
    """Calibration of each half by the network, and by what the other half tells; over both halves on average."""
    half = table["cluster"] % 2 == 0
    rows = []
    for inside in (half, ~half):
        told, other = table[inside].reset_index(drop=True), table[~inside].reset_index(drop=True)
        moved = updated(model, told, cycle).model
        for outcome in OUTCOMES:
            for who, one in (("network", model), ("update", moved)):
                fit = one.validate(other, outcome, inputs=inputs(cycle), weights="weight").overall.measures
                rows.append(
                    {"outcome": outcome, "by": who}
                    | {name: fit[name].value for name in ("intercept", "slope", "auc", "log_score")}
                )
    return pd.DataFrame(rows).groupby(["outcome", "by"], as_index=False).mean().to_dict("records")


def main(path: str) -> None:
    """Write the files, and print what each was decided by."""
    warnings.simplefilter("ignore")
    model = bn.load()
    for cycle in CYCLES:
        table = people(path, cycle)
        found = updated(
            model, table, cycle, f"US adults, NHANES {cycle}; resistance and dysglycemia by fasting glucose"
        )
        notes = [
            f"{row['outcome']} in the other half of the clusters, {row['by']}: intercept {row['intercept']:+.3f}, "
            f"slope {row['slope']:.3f}, AUC {row['auc']:.3f}, log score {row['log_score']:.4f}"
            for row in held_out(model, table, cycle)
        ]
        source = f"NHANES {cycle}, morning fasting sample, non-pregnant adults; made by examples/populations_nhanes.py"
        found = found.described(source=source, notes=(*found.population.notes, *notes))
        target = found.save(DATA / FOLDER / f"{found.population.name}.toml", overwrite=True)
        print(found, f"wrote {target}", *found.population.notes, sep="\n  ")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
