"""Tables of every library are scored alike, come back as what they were, and keep their own columns."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bn
from bn.cohort.files import Options, score_files
from bn.cohort.frames import tables


def cohort() -> pa.Table:
    """Every type of column that a cohort may have, recognized and not, with nulls and an unreadable age."""
    columns = {
        "visit": pa.array([date(2020, 1, 1), None, date(2021, 3, 4), None]),
        "age": pa.array([50, None, 300, 68], pa.int16()),
        "sex": pa.array(["f", "m", None, "f"]).dictionary_encode(),
        "hscrp": pa.array(["<0.3", "4.1", "N/A", None]),
        "hba1c": pa.array([Decimal("5.40"), None, Decimal("6.60"), Decimal("5.70")], pa.decimal128(5, 2)),
        "nfkb_activation": pa.array([True, None, False, None]),
        "il6": pa.array([1.5, float("nan"), None, 6.0], pa.float32()),
        "mda": pa.nulls(4),
        "tags": pa.array([["a"], [], None, ["b", "c"]]),
    }
    schema = pa.schema([pa.field(name, column.type) for name, column in columns.items()], metadata={"study": "one"})
    return pa.Table.from_arrays(list(columns.values()), schema=schema)


class Stream:
    """A table of some other library: all that is known of it is the Arrow stream interface."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, schema: object = None) -> object:
        return self.table.__arrow_c_stream__(schema)


KINDS: dict[str, tuple[Callable[[pa.Table], Any], type, Callable[[Any], pa.Table]]] = {
    "pandas": (lambda t: t.to_pandas(), pd.DataFrame, lambda f: pa.Table.from_pandas(f, preserve_index=False)),
    "pandas of Arrow": (
        lambda t: t.to_pandas(types_mapper=pd.ArrowDtype),
        pd.DataFrame,
        lambda f: pa.Table.from_pandas(f, preserve_index=False),
    ),
    "polars": (pl.from_arrow, pl.DataFrame, lambda f: f.to_arrow()),
    "polars plan": (lambda t: pl.from_arrow(t).lazy(), pl.LazyFrame, lambda f: f.collect().to_arrow()),
    "polars stream": (
        lambda t: pl.from_arrow(t).lazy(),
        pl.LazyFrame,
        lambda f: f.collect(engine="streaming").to_arrow(),
    ),
    "table": (lambda t: t, pa.Table, lambda t: t),
    "batch": (lambda t: t.to_batches()[0], pa.RecordBatch, lambda b: pa.Table.from_batches([b])),
    "reader": (lambda t: t.to_reader(max_chunksize=1), pa.RecordBatchReader, lambda r: r.read_all()),
    "stream": (Stream, pa.Table, pa.table),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_comes_back_with_its_own_columns_and_the_same_results(
    small: bn.RiskModel, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of three rows, so that the fourth row's results and errors must land in the fourth row."""
    monkeypatch.setattr(tables, "ROWS", 3)
    monkeypatch.setattr(tables, "STREAMED_ROWS", 3)
    make, back, read = KINDS[kind]
    table = make(cohort())
    scored = small.score(table)
    assert isinstance(scored, back)
    before, after = read(make(cohort())), read(scored)
    assert after.column_names[:9] == before.column_names
    assert after.select(before.column_names).schema.equals(before.schema)
    assert str(after.select(before.column_names).to_pydict()) == str(before.to_pydict())  # NaN equals NaN as text
    people = [
        {"age": 50, "sex": "f", "hscrp": "<0.3", "hba1c": 5.4, "nfkb_activation": True, "il6": 1.5},
        {"sex": "m", "hscrp": 4.1},
        None,
        {"age": 68, "sex": "f", "hba1c": 5.7, "il6": 6.0},
    ]
    posts = [None if said is None else small.posterior(said) for said in people]
    results = after.to_pydict()
    for row, post in enumerate(posts):
        if post is None:
            assert "300" in results["error"][row]
            assert results["risk"][row] is None
            assert results["p_inflammation"][row] is None
        else:
            assert results["error"][row] == ""
            assert results["risk"][row] == pytest.approx(post.risk, abs=1e-12)
            assert (results["risk_low"][row], results["risk_high"][row]) == pytest.approx(post.interval(), abs=1e-6)
            assert results["p_inflammation"][row] == pytest.approx(post["inflammation"]["present"], abs=1e-12)


@pytest.mark.parametrize("kind", ["table", "batch", "reader"])
def test_arrow_keeps_types_and_metadata(small: bn.RiskModel, kind: str) -> None:
    make, _, read = KINDS[kind]
    scored = read(small.score(make(cohort())))
    assert scored.schema.metadata == {b"study": b"one"}
    assert [scored.schema.field(name) for name in cohort().column_names] == list(cohort().schema)
    assert scored.schema.field("error").type == pa.string()


def test_pandas_keeps_index_names_and_what_is_attached(small: bn.RiskModel) -> None:
    frame = pd.DataFrame(
        {"note": ["a", "b"], "age": [50, 60], 7: [1, 2]}, index=pd.MultiIndex.from_tuples([(1, 2)] * 2)
    )
    frame.insert(1, "note", pd.Categorical(["x", "y"]), allow_duplicates=True)
    frame.columns.name = "columns"
    frame.attrs = {"study": "one"}
    before = frame.copy(deep=True)
    scored = small.score(frame, interval=False)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(scored.iloc[:, :4], before)
    assert scored.columns.name == "columns"
    assert scored.attrs.keys() == {"study", "myorisk"}
    assert scored.attrs["study"] == "one"
    scored.loc[:, "risk"] = 0.0
    assert frame.attrs == {"study": "one"}


def test_the_types_of_an_empty_frame_are_those_of_a_full_one(small: bn.RiskModel) -> None:
    frame = cohort().to_pandas()
    pd.testing.assert_series_equal(small.score(frame.iloc[:0]).dtypes, small.score(frame).dtypes)
    assert small.score(cohort().slice(0, 0)).schema == small.score(cohort()).schema
    assert small.score(pl.from_arrow(cohort()).clear()).schema == small.score(pl.from_arrow(cohort())).schema


NUMBERS = st.lists(st.sampled_from([None, 0.5, 3.0, 4.0, 12.0]), min_size=1, max_size=5)
WAYS: dict[str, Callable[[list[float | None]], Any]] = {
    "objects": lambda cells: pd.DataFrame({"hscrp": pd.Series(cells, dtype=object)}),
    "texts": lambda cells: pd.DataFrame({"hscrp": ["NA" if cell is None else f" {cell}" for cell in cells]}),
    "nullable": lambda cells: pd.DataFrame({"hscrp": pd.array(cells, dtype="Float64")}),
    "sparse": lambda cells: pd.DataFrame({"hscrp": pd.arrays.SparseArray(np.array(cells, dtype=float))}),
    "categories": lambda cells: pd.DataFrame({"hscrp": pd.Categorical(cells, categories=[12.0, 4.0, 0.5, 3.0, 99.0])}),
    "arrow": lambda cells: pd.DataFrame({"hscrp": pd.array(cells, dtype=pd.ArrowDtype(pa.float32()))}),
    "polars": lambda cells: pl.DataFrame({"hscrp": pl.Series(cells, dtype=pl.Float64)}),
    "polars categories": lambda cells: pl.DataFrame(
        {"hscrp": pl.Series([None if cell is None else str(cell) for cell in cells], dtype=pl.Categorical)}
    ),
    "polars objects": lambda cells: pl.DataFrame({"hscrp": pl.Series(cells, dtype=pl.Object)}),
    "dictionary with nulls": lambda cells: pa.table(
        {
            "hscrp": pa.DictionaryArray.from_arrays(
                [0 if c is None else 1 + i for i, c in enumerate(cells)], [None, *cells]
            )
        }
    ),
    "chunks with a dictionary each": lambda cells: pa.table(
        {"hscrp": pa.chunked_array([pa.array([cell], pa.float64()).dictionary_encode() for cell in cells])}
    ),
    "slice": lambda cells: pa.table({"hscrp": pa.array([9.0, *cells, 9.0], pa.float64())}).slice(1, len(cells)),
    "views": lambda cells: pa.table(
        {"hscrp": pa.array([None if cell is None else str(cell) for cell in cells], pa.string_view())}
    ),
    "run ends": lambda cells: pa.table(
        {"hscrp": pa.RunEndEncodedArray.from_arrays(list(range(1, len(cells) + 1)), pa.array(cells, pa.float64()))}
    ),
}


@pytest.mark.parametrize("kind", [pl.Int8, pl.UInt64, pl.Int128, pl.UInt128])
def test_whole_numbers_may_be_of_any_size(small: bn.RiskModel, kind: Any) -> None:
    frame = pl.DataFrame({"age": pl.Series([50, None, 68], dtype=kind)})
    scored = small.score(frame, interval=False)
    assert scored["age"].dtype == kind
    said = [small.posterior(age=50), small.posterior(), small.posterior(age=68)]
    assert scored["risk"].to_list() == pytest.approx([post.risk for post in said], abs=1e-12)


@pytest.mark.parametrize("way", WAYS)
def test_a_column_says_the_same_in_whatever_type(small: bn.RiskModel, way: str) -> None:
    @settings(max_examples=8, deadline=None)
    @given(cells=NUMBERS)
    def check(cells: list[float | None]) -> None:
        plain = small.posterior_array(pd.DataFrame({"hscrp": np.array(cells, dtype=float)}), interval=False)
        found = small.posterior_array(WAYS[way](cells), interval=False)
        assert found.risk == pytest.approx(plain.risk, abs=1e-14)

    check()


def test_weights_of_states_come_as_structs(small: bn.RiskModel) -> None:
    weights = [{"present": 3.0, "absent": 1.0}, None, {"present": 2.0, "absent": 0.0}, {"present": 0.7}]
    said = [small.posterior(er_stress=one).risk for one in weights[:3]]
    for table in (
        pa.table({"er_stress": weights}),
        pl.DataFrame({"er_stress": weights}),
        pd.DataFrame({"er_stress": weights}),
    ):
        assert small.posterior_array(table).risk.tolist()[:3] == pytest.approx(said, abs=1e-12)
        assert "er_stress: no weight for absent; each state needs one" in str(list(small.score(table)["error"])[3])


def test_dates_and_other_things_in_a_recognized_column_are_errors_of_their_rows(small: bn.RiskModel) -> None:
    days = [date(2020, 1, 1), None]
    for table in (pd.DataFrame({"hscrp": days}), pl.DataFrame({"hscrp": days}), pa.table({"hscrp": days})):
        scored = small.score(table, interval=False)
        first, second = scored["error"].to_list() if not isinstance(table, pa.Table) else scored["error"].to_pylist()
        assert "hscrp" in first
        assert second == ""


def test_numbers_may_stand_for_missing_values(small: bn.RiskModel) -> None:
    frame = pd.DataFrame({"age": [50.0, -9.0], "hscrp": ["unknown", "-9.0"], "il6": pd.Categorical(["-9", "N/A"])})
    scored = small.score(frame, missing=("Unknown", -9))
    assert scored["error"].tolist() == ["", ""]
    assert scored["risk"].tolist() == pytest.approx([small.posterior(age=50).risk, small.posterior().risk], abs=1e-12)


def test_one_text_is_one_text_and_not_its_characters(small: bn.RiskModel, tmp_path: Path) -> None:
    """A `missing` taken for its characters would drop a real 9 without a word."""
    frame = pd.DataFrame({"age": [50.0, np.nan], "hscrp": [9.0, -9.0]})
    said = [small.posterior(age=50, hscrp=9), small.posterior()]
    for missing in ("-9", -9, -9.0):
        assert small.score(frame, missing=missing)["risk"].tolist() == pytest.approx([one.risk for one in said])
        scored, _ = small.score(frame, missing=missing, require="age", summary=True)
        assert (scored["error"] != "").tolist() == [False, True]
        scores = small.posterior_array(frame, missing=missing, require="age")
        assert scores.risk[0] == pytest.approx(said[0].risk)
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    frame.to_csv(source, index=False)
    ((_, summary),) = score_files(small, str(source), str(target), Options(missing="-9", require="age"))
    assert summary.failed == 1
    assert pd.read_csv(target)["risk"][0] == pytest.approx(said[0].risk, abs=6e-7)


def test_a_reader_is_read_no_further_than_needed(small: bn.RiskModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "STREAMED_ROWS", 2)
    read = []

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(500):
            read.append(number)
            yield pa.record_batch({"age": [50.0 + number % 30]})

    scored = small.score(pa.RecordBatchReader.from_batches(pa.schema({"age": pa.float64()}), batches()), interval=False)
    assert read == []
    assert scored.schema.names[-1] == "error"
    first = scored.read_next_batch()
    assert first.num_rows == 2
    assert len(read) < 100
    assert first.num_rows + scored.read_all().num_rows == 500


def test_columns_of_what_is_read_later_are_refused_at_once(small: bn.RiskModel) -> None:
    for table in (pl.LazyFrame({"height": [1.7]}), pa.table({"height": [1.7]}).to_reader()):
        with pytest.raises(bn.QuestionError, match="no column is recognized"):
            small.score(table)
    with pytest.raises(bn.QuestionError, match="risk_low clash with result columns"):
        small.score(pa.table({"age": [50], "risk_low": [0.1]}))
    with pytest.raises(bn.QuestionError, match="risk  clash with result columns"):
        small.score(pd.DataFrame({"age": [50], " risk ": [0.1]}))
    assert "risk_low" in small.score(pd.DataFrame({"age": [50], "risk_low": [0.1]}), interval=False)


def test_a_part_of_a_plan_is_that_part_of_the_whole(small: bn.RiskModel) -> None:
    frame = pl.DataFrame({"id": range(20), "age": [30.0 + 2 * n for n in range(20)]})
    whole, plan = small.score(frame, interval=False), small.score(frame.lazy(), interval=False)
    high = pl.col("risk") > whole["risk"].median()
    for one, other in (
        (plan.slice(5, 3), whole.slice(5, 3)),
        (plan.filter(high), whole.filter(high)),
        (plan.select("id", "risk"), whole.select("id", "risk")),
    ):
        pd.testing.assert_frame_equal(one.collect().to_pandas(), other.to_pandas(), check_exact=False, rtol=1e-12)


@pytest.mark.parametrize(
    "thing", ["cohort.csv", {"age": [50]}, np.ones((2, 2)), pd.Series([50], name="age"), pa.array([50]), None]
)
def test_other_kinds_are_refused_with_those_that_serve(small: bn.RiskModel, thing: object) -> None:
    with pytest.raises(bn.QuestionError, match=f"found .*{type(thing).__name__}; expected a pandas DataFrame"):
        small.score(thing)


def test_what_is_read_later_is_no_array(small: bn.RiskModel) -> None:
    with pytest.raises(bn.QuestionError, match=r"LazyFrame, which is not in memory; collect\(\) it first"):
        small.posterior_array(pl.LazyFrame({"age": [50]}))
    dask = pytest.importorskip("dask.dataframe")
    with pytest.raises(bn.QuestionError, match=r"DataFrame, which is not in memory; compute\(\) it first"):
        small.posterior_array(dask.from_pandas(pd.DataFrame({"age": [50]}), npartitions=1))


def test_names_of_several_levels_are_refused(small: bn.RiskModel) -> None:
    frame = pd.DataFrame([[50]], columns=pd.MultiIndex.from_tuples([("people", "age")]))
    with pytest.raises(bn.QuestionError, match="2 levels"):
        small.score(frame)


def test_other_libraries_are_not_imported() -> None:
    """Cold start: neither loading nor scoring a pandas frame or an Arrow table brings in polars or dask."""
    code = """
import sys, bn
assert not {"pandas", "pyarrow", "polars", "dask"} & set(sys.modules), "import bn"
model = bn.load()
import pyarrow
model.score(pyarrow.table({"age": [50]}), interval=False)
assert not {"polars", "dask"} & set(sys.modules), "score"
"""
    subprocess.run([sys.executable, "-c", code], check=True)
