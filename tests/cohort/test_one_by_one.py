"""Any table is its rows one by one: every kind of table and file, any order and size, with extreme bounds in the mix."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

import dask.dataframe as dd
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import bn
from bn.cohort.files import Options, score_file
from bn.core.errors import QuestionError
from cpds.records import Binned, Declared, Ordinal, Quantity

EVENTS = ["inflammation", "insulin_resistance", "dysglycemia"]
KEPT = ["risk", "risk_low", "risk_high", "log_evidence", *(f"p_{name}" for name in EVENTS), "p_dysglycemia_diabetes"]
ROWS = 24


class Word(StrEnum):
    """A state as programs have it."""

    MALE = "male"


def cohort(model: bn.RiskModel, seed: int, columns: int) -> pd.DataFrame:
    """People with a handful of markers each: numbers, bounds far and near, levels, answers, and gaps."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(sorted(model.knowledge.biomarkers), columns, replace=False)
    table = {
        "age": [str(age) for age in rng.integers(20, 90, ROWS)],
        "sex": list(rng.choice(["male", "female", ""], ROWS)),
    }
    for name in chosen:
        marker = model.knowledge.biomarkers[name]
        if isinstance(marker, Ordinal):
            cells = list(rng.choice([level.id for level in marker.levels], ROWS))
        elif isinstance(marker, Declared):
            cells = list(rng.choice(["yes", "no"], ROWS))
        else:
            assert isinstance(marker, Quantity)
            low, high = marker.accepted
            far = rng.choice([0.001, 0.02, 0.2, 0.5, 0.8, 0.98, 0.999], ROWS)
            log = not isinstance(marker, Binned) and marker.reference.scale == "log"
            numbers = np.exp(np.log(low) + far * np.log(high / low)) if log else low + far * (high - low)
            cells = [f"{rng.choice(['', '', '<', '>'])}{number:.6g}" for number in numbers]
        table[name] = [cell if keep else "" for cell, keep in zip(cells, rng.random(ROWS) < 0.6, strict=True)]
    return pd.DataFrame(table)


def one_by_one(model: bn.RiskModel, table: pd.DataFrame) -> pd.DataFrame:
    """Each row as a person; NaN where the findings are refused."""
    rows = []
    for row in table.to_dict("records"):
        try:
            post = model.posterior({name: cell for name, cell in row.items() if cell})
        except QuestionError:
            rows.append([np.nan] * len(KEPT))
            continue
        chances = [*map(post.probability, EVENTS), post.probability("dysglycemia", "diabetes")]
        rows.append([post.risk, *post.interval(), post.log_evidence, *chances])
    return pd.DataFrame(rows, columns=KEPT)


def through_csv(model: bn.RiskModel, table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    table.to_csv(folder / "in.csv", index=False)
    score_file(model, str(folder / "in.csv"), str(folder / "out.parquet"), Options(force=True))
    return pd.read_parquet(folder / "out.parquet")


def through_parquet(model: bn.RiskModel, table: pd.DataFrame, folder: Path) -> pd.DataFrame:
    table.to_parquet(folder / "in.parquet")
    score_file(model, str(folder / "in.parquet"), str(folder / "out.parquet"), Options(force=True))
    return pd.read_parquet(folder / "out.parquet")


def shuffled(model: bn.RiskModel, table: pd.DataFrame, _: Path) -> pd.DataFrame:
    order = np.random.default_rng(0).permutation(len(table))
    return model.score(table.iloc[order]).sort_index()


def in_pieces(model: bn.RiskModel, table: pd.DataFrame, _: Path) -> pd.DataFrame:
    return pd.concat([model.score(table.iloc[start : start + 5]) for start in range(0, len(table), 5)])


def repeated(model: bn.RiskModel, table: pd.DataFrame, _: Path) -> pd.DataFrame:
    """So often that its readings are tabulated."""
    return model.score(pd.concat([table] * 60, ignore_index=True)).tail(len(table))


PATHS: dict[str, Callable[[bn.RiskModel, pd.DataFrame, Path], Any]] = {
    "pandas": lambda model, table, _: model.score(table),
    "polars": lambda model, table, _: model.score(pl.from_pandas(table)).to_pandas(),
    "pyarrow": lambda model, table, _: model.score(pa.Table.from_pandas(table)).to_pandas(),
    "dask": lambda model, table, _: model.score(dd.from_pandas(table, npartitions=3)).compute(scheduler="sync"),
    "shuffled": shuffled,
    "in pieces": in_pieces,
    "repeated": repeated,
    "csv": through_csv,
    "parquet": through_parquet,
}


@pytest.fixture(scope="module")
def people(small: bn.RiskModel) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """Cohorts, each with what its rows get one by one."""
    tables = [cohort(small, seed, columns) for seed, columns in enumerate((2, 3, 5, 8))]
    return [(table, one_by_one(small, table)) for table in tables]


@pytest.mark.filterwarnings("ignore::bn.SuspectUnitWarning")  # readings are spread over all that is accepted
@pytest.mark.parametrize("path", PATHS)
def test_a_table_is_its_rows(
    small: bn.RiskModel, people: list[tuple[pd.DataFrame, pd.DataFrame]], path: str, tmp_path: Path
) -> None:
    for table, alone in people:
        scored = PATHS[path](small, table, tmp_path)[KEPT].reset_index(drop=True).astype(float)
        assert (scored["risk"].isna() == alone["risk"].isna()).all(), "refused in one way only"
        point, ends = [name for name in KEPT if "risk_" not in name], ["risk_low", "risk_high"]
        np.testing.assert_allclose(scored[point], alone[point], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(scored[ends], alone[ends], atol=1e-6)
        assert alone["risk"].notna().sum() > ROWS / 3


LOOK_ALIKE = [
    1,
    True,
    1.0,
    np.True_,
    Decimal(1),
    Fraction(1),
    "1",
    np.float32(1),
    np.ma.masked,
    None,
    0,
    -0.0,
    False,
    "",
    20,
]
OF_EVERY_KIND = {
    "insulin": [*LOOK_ALIKE, 10**400, Decimal("NaN"), {"a": 1}],
    "diagnosed_diabetes": LOOK_ALIKE,
    "sex": ["male", Word.MALE, 1, True, 2, None, {"male": 1, "female": 1}, {"female": 2, "male": 1}],
    "birth_date": [
        datetime(1950, 1, 1, 1, tzinfo=timezone(timedelta(hours=2))),
        datetime(1949, 12, 31, 23, tzinfo=UTC),
        pd.Timestamp("1950-01-01"),
        datetime(1950, 1, 1),
        date(1950, 1, 1),
        "1950-01-01",
        19500101,
    ],
}


@pytest.mark.parametrize("name", OF_EVERY_KIND)
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_values_that_are_equal_and_of_different_kinds_keep_their_own_answers(
    small: bn.RiskModel, name: str, library: str
) -> None:
    values = OF_EVERY_KIND[name]
    meaning = {name: {"is": name, "values": {1: "male", 2: "female"}}} if name == "sex" else None

    def answers(order: Sequence[int]) -> list[tuple[float, str]]:
        cells = [values[place] for place in order]
        dates = {"visit_date": ["2020-12-31"] * len(order)} if name == "birth_date" else {}
        if library == "pandas":
            table: Any = pd.DataFrame({name: pd.Series(cells, dtype=object), **dates})
        else:
            table = pl.DataFrame({name: pl.Series(cells, dtype=pl.Object), **dates})
        scored = small.score(table, meaning=meaning, interval=False)
        risks = np.nan_to_num(scored["risk"].to_numpy().astype(float), nan=-1).round(12)
        return list(zip(risks.tolist(), scored["error"], strict=True))

    alone = [answers([place])[0] for place in range(len(values))]
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(len(values)).tolist()
        assert answers(order) == [alone[place] for place in order]


@pytest.mark.parametrize("step", [6, pytest.param(1, marks=pytest.mark.long)], ids=["some rows", "all rows"])
def test_what_if_of_a_table_is_that_of_its_rows(
    small: bn.RiskModel, people: list[tuple[pd.DataFrame, pd.DataFrame]], step: int
) -> None:
    for whole, _ in people[:2]:
        table = whole.iloc[::step].reset_index(drop=True)
        asked = small.what_if_frame(table, do="exercise_training")
        for place, row in enumerate(table.to_dict("records")):
            try:
                answer = small.what_if({name: cell for name, cell in row.items() if cell}, do="exercise_training")
            except QuestionError:
                assert np.isnan(asked["risk_after"][place])
                continue
            assert asked["risk_before"][place] == pytest.approx(answer.risk_before, abs=1e-12)
            assert asked["risk_after"][place] == pytest.approx(answer.risk_after, abs=1e-12)
