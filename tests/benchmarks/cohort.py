"""Synthetic cohorts: people sampled from the network, with values as laboratories print them and cells missing."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as csv

import bn
from cpds.measurement import exact, log_likelihood
from cpds.records import Ordinal

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "examples"))

from make_cohort import sample_states  # noqa: E402

SEED, MISSING, CHUNK = 7, 0.25, 1_000_000
CONTEXT = ("age", "sex", "bmi")
SIX = ("hscrp", "vo2max", "grip_strength", "il6", "mda", "ceramide")
EIGHT = ("hscrp", "vo2max", "grip_strength", "mda", "glut4", "ceramide", "sod", "p62")
PRINTED = {
    "hscrp": (0.01, 100.0, 0.01),
    "vo2max": (8.0, 80.0, 0.1),
    "grip_strength": (3.0, 90.0, 0.1),
    "il6": (0.01, 60.0, 0.01),
    "mda": (0.10, 6.0, 0.01),
    "ceramide": (30.0, 3000.0, 1.0),
}


def make_cohort(
    model: bn.RiskModel, rows: int, markers: Sequence[str], seed: int = SEED, whole: Sequence[str] = ()
) -> pd.DataFrame:
    """Age, sex, body-mass index and markers; a quarter of the cells is missing, but none in the columns `whole`."""
    rng = np.random.default_rng(seed)
    states = sample_states(model, rng, rows)
    variables = model.knowledge.variables
    age, adiposity = variables["age"].scale.edges, variables["adiposity"].scale.edges
    columns: dict[str, np.ndarray] = {
        "age": np.floor(_within(rng, np.clip(age, None, 95), states["age"])),
        "sex": np.array(variables["sex"].states, dtype=object)[states["sex"]],
        "bmi": np.round(_within(rng, np.clip(adiposity, 16, 48), states["adiposity"]), 1),
    }
    for marker in markers:
        columns[marker] = sample_marker(model, rng, marker, states)
    for name, column in columns.items():
        if name not in whole:
            column[rng.random(rows) < MISSING] = None if column.dtype == object else np.nan
    return pd.DataFrame(columns)


def make_states(
    model: bn.RiskModel, rows: int, variables: Sequence[str] = (), seed: int = SEED, whole: Sequence[str] = ()
) -> pd.DataFrame:
    """States of the context and of some variables, those that the six markers measure unless they are named.

    A quarter of the cells is missing, but none in the columns `whole`.
    """
    rng = np.random.default_rng(seed)
    states = sample_states(model, rng, rows)
    measured = variables or dict.fromkeys(model.knowledge.biomarkers[marker].variable for marker in SIX)
    columns = {}
    for name in ("age", "sex", "adiposity", *measured):
        columns[name] = np.array(model.knowledge.variables[name].states, dtype=object)[states[name]]
        if name not in whole:
            columns[name][rng.random(rows) < MISSING] = None
    return pd.DataFrame(columns)


def _within(rng: np.random.Generator, edges: np.ndarray, states: np.ndarray) -> np.ndarray:
    return edges[states] + rng.random(len(states)) * (edges[states + 1] - edges[states])


def sample_marker(
    model: bn.RiskModel, rng: np.random.Generator, name: str, states: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Readings given everyone's states, among the values that are printed, by the marker's own likelihood of each."""
    marker = model.knowledge.biomarkers[name]
    if isinstance(marker, Ordinal):
        printed = np.array([level.id for level in marker.levels], dtype=object)
        readings = exact(np.arange(len(printed)))
    else:
        low, high, step = PRINTED[name]
        printed = np.round(np.arange(low, high + step / 2, step), 2)
        readings = exact(printed)
    table = log_likelihood(model.knowledge, name, readings)
    likelihood = np.exp(table.values)
    shares = np.cumsum(likelihood, axis=-1) / likelihood.sum(axis=-1, keepdims=True)
    cells = np.ravel_multi_index([states[axis] for axis in table.axes], shares.shape[:-1])
    result = np.empty(len(cells), dtype=printed.dtype)
    for cell, share in enumerate(shares.reshape(-1, shares.shape[-1])):
        inside = np.flatnonzero(cells == cell)
        result[inside] = printed[np.minimum(np.searchsorted(share, rng.random(len(inside))), len(printed) - 1)]
    return result


def write_cohort(model: bn.RiskModel, path: Path, rows: int) -> Path:
    """The cohort of six markers as a CSV file, written in chunks so that memory stays small."""
    with path.open("wb") as file:
        for chunk, start in enumerate(range(0, rows, CHUNK)):
            frame = make_cohort(model, min(CHUNK, rows - start), SIX, SEED + chunk)
            table = pa.Table.from_pandas(frame, preserve_index=False)
            table = table.set_column(0, "age", table.column("age").cast(pa.int16()))
            csv.write_csv(table, file, csv.WriteOptions(include_header=start == 0, quoting_style="none"))
    return path
