"""Make examples/cohort.csv: synthetic people sampled from the network, with gaps, units and bounds as in real files."""

from pathlib import Path

import numpy as np
import pandas as pd

import bn
from cpds.strata import covered

ROWS, SEED, MISSING = 300, 7, 0.25


def sample_states(model: bn.RiskModel, rng: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    """State indices of every variable, parents before children."""
    states: dict[str, np.ndarray] = {}
    for name, table in model.network.tables.items():
        chances = table.values[..., 0][(slice(None), *(states[parent] for parent in table.axes[1:]))]
        chances = np.broadcast_to(chances.reshape(len(chances), -1), (len(chances), rows))
        states[name] = (rng.random(rows) > np.cumsum(chances, axis=0)).sum(axis=0)
    return states


def sample_marker(
    model: bn.RiskModel, rng: np.random.Generator, marker_id: str, states: dict[str, np.ndarray]
) -> np.ndarray:
    """Readings of a measured marker given everyone's states."""
    knowledge = model.knowledge
    marker = knowledge.biomarkers[marker_id]
    present = states[marker.variable]
    result = np.full(len(present), np.nan)
    sign = 1 if marker.direction == "+" else -1
    for stratum in marker.reference.strata:
        inside = np.ones(len(present), dtype=bool)
        for name in stratum.where:
            inside &= covered(knowledge, name, stratum)[states[name]]
        noise = rng.standard_normal(inside.sum()) + sign * marker.shift.number * present[inside]
        if marker.reference.scale == "log":
            result[inside] = stratum.center * np.exp(stratum.sd * noise)
        else:
            result[inside] = stratum.center + stratum.sd * noise
    return result


def main() -> None:
    """Write the file."""
    rng = np.random.default_rng(SEED)
    model = bn.load()
    states = sample_states(model, rng, ROWS)
    variables = model.knowledge.variables
    age = np.array(
        [
            rng.integers(int(variables["age"].scale.edges[k]), min(int(variables["age"].scale.edges[k + 1]), 95))
            for k in states["age"]
        ]
    )
    edges = variables["adiposity"].scale.edges
    bmi = np.array([rng.uniform(max(edges[k], 16), min(edges[k + 1], 48)) for k in states["adiposity"]])
    crp = np.clip(sample_marker(model, rng, "hscrp", states), None, 90)
    frame = pd.DataFrame(
        {
            "id": [f"synthetic-{number:03d}" for number in range(1, ROWS + 1)],
            "age": age.astype(str),
            "sex": np.array(["F", "M"])[states["sex"]],
            "bmi [kg/m^2]": np.char.mod("%.1f", bmi),
            "physical_activity": np.array(variables["physical_activity"].states)[states["physical_activity"]],
            "CRP [mg/L]": np.where(crp < 0.2, "<0.2", np.char.mod("%.2f", crp)),
            "grip_strength [kg]": np.char.mod(
                "%.1f", np.clip(sample_marker(model, rng, "grip_strength", states), 3, None)
            ),
            "vo2max [mL/kg/min]": np.char.mod("%.1f", np.clip(sample_marker(model, rng, "vo2max", states), 8, None)),
            "il6 [pg/mL]": np.char.mod("%.2f", sample_marker(model, rng, "il6", states)),
        }
    ).astype(object)
    for column in frame.columns[3:]:
        frame.loc[rng.random(ROWS) < MISSING, column] = ""
    frame.to_csv(Path(__file__).parent / "cohort.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
