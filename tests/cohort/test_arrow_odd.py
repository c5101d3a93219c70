"""Arrow columns out of the ordinary: nulls in dictionaries, unions, lists are read or refused, never a traceback."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bn
from bn.cohort.files import Options, score_file

SEX = ["female", None, None, "male"]
WITH_NULL = pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 2]), pa.array(["female", None, "male"]))
OTHER = pa.DictionaryArray.from_arrays(pa.array([1, None, None, 0]), pa.array(["male", "female"]))
TYPES = pa.array([0, 1, 0, 1], pa.int8())
AGES = [50.0, "70", None, None]
SPARSE = pa.UnionArray.from_sparse(TYPES, [pa.array([50.0, 1, None, 2]), pa.array(["a", "70", "b", None])])
DENSE = pa.UnionArray.from_dense(
    TYPES, pa.array([0, 0, 1, 1], pa.int32()), [pa.array([50.0, None]), pa.array(["70", None])]
)


@pytest.mark.parametrize("column", [WITH_NULL, pa.chunked_array([WITH_NULL, OTHER])], ids=["array", "chunks"])
def test_a_null_in_a_dictionary_says_nothing(small: bn.RiskModel, column: pa.Array) -> None:
    expected = [small.posterior(sex=sex).risk for sex in SEX] * (len(column) // 4)
    table = pa.table({"sex": column})
    assert small.score(table)["risk"].to_pylist() == pytest.approx(expected, abs=1e-12)
    assert small.score(table.to_reader()).read_all()["risk"].to_pylist() == pytest.approx(expected, abs=1e-12)
    frame = pd.DataFrame({"sex": pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array(column)))})
    assert small.score(frame)["risk"].tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["sex", "ward"])
@pytest.mark.parametrize("target", ["out.csv", "out.parquet", "out.arrow"])
def test_a_file_with_a_null_in_a_dictionary_is_written_in_every_kind(
    small: bn.RiskModel, tmp_path: Path, name: str, target: str
) -> None:
    table = pa.table({name: pa.chunked_array([WITH_NULL, OTHER]), "age": [50] * 8})
    with pa.ipc.new_stream(tmp_path / "in.arrow", table.schema) as stream:
        stream.write_table(table)
    summary = score_file(small, str(tmp_path / "in.arrow"), str(tmp_path / target), Options(interval=False))
    assert (summary.rows, summary.failed) == (8, 0)
    if target == "out.parquet":
        assert pq.read_table(tmp_path / target)[name].to_pylist() == SEX * 2


@pytest.mark.parametrize("column", [SPARSE, DENSE, pa.chunked_array([DENSE, DENSE])], ids=["sparse", "dense", "chunks"])
def test_a_union_is_read_by_its_values(small: bn.RiskModel, column: pa.Array) -> None:
    expected = [small.posterior(age=age).risk for age in AGES] * (len(column) // 4)
    assert small.score(pa.table({"age": column}))["risk"].to_pylist() == pytest.approx(expected, abs=1e-12)


def test_a_union_that_cannot_be_read_in_pieces_or_written_is_refused(small: bn.RiskModel, tmp_path: Path) -> None:
    table = pa.table({"ward": DENSE, "age": [50] * 4})
    with pytest.raises(bn.QuestionError, match=r"column 'ward' holds dense_union.*in pieces; read_all\(\) first"):
        small.score(table.to_reader())
    with pa.ipc.new_file(tmp_path / "in.arrow", table.schema) as file:
        file.write_table(table)
    for target, said in (
        ("out.csv", "which text cannot; write to .arrow"),
        ("out.parquet", "cannot be written as Parquet"),
    ):
        with pytest.raises(bn.QuestionError, match=said):
            score_file(small, str(tmp_path / "in.arrow"), str(tmp_path / target))
        assert not (tmp_path / target).exists()
    assert score_file(small, str(tmp_path / "in.arrow"), str(tmp_path / "out.arrow")).failed == 0


@pytest.mark.parametrize("values", [[[1.0], [2.0, 3.0], []], [{"a": 1}, {"b": 2}, {"a": 3}]], ids=["list", "struct"])
def test_nested_cells_are_errors_only_where_they_are_recognized(small: bn.RiskModel, values: list[object]) -> None:
    scored = small.score(pa.table({"sex": values, "age": [50] * 3}))
    assert all(error.startswith("sex: ") and "columns" not in error for error in scored["error"].to_pylist())
    assert small.score(pa.table({"ward": values, "age": [50] * 3}))["error"].to_pylist() == [""] * 3


@pytest.mark.parametrize(
    "kind", [pa.timestamp("us"), pa.timestamp("s"), pa.timestamp("ms", "UTC"), pa.date64(), pa.date32()], ids=str
)
def test_a_day_that_python_has_no_name_for_is_its_rows_error(small: bn.RiskModel, tmp_path: Path, kind: Any) -> None:
    days = pa.array([-7305, 3_000_000, None], pa.int32()).cast(pa.date32())
    table = pa.table({"birth_date": days.cast(kind), "visit_date": ["2020-12-31"] * 3})
    pq.write_table(table, tmp_path / "in.parquet")
    score_file(small, str(tmp_path / "in.parquet"), str(tmp_path / "out.parquet"))
    for scored in (small.score(table), pq.read_table(tmp_path / "out.parquet")):
        first, second, third = scored["error"].to_pylist()
        assert (first, third) == ("", "")
        assert second.startswith("birth_date: found '10183-09-21")
    assert small.score(table)["risk"][0].as_py() == pytest.approx(small.posterior(age=70).risk, abs=1e-12)


def test_so_it_is_in_pandas(small: bn.RiskModel) -> None:
    days = np.array(["1950-01-01", "12000-01-01"], dtype="datetime64[s]")
    scored = small.score(pd.DataFrame({"birth_date": days, "visit_date": ["2020-12-31"] * 2}))
    assert scored["error"].tolist()[0] == ""
    assert scored["error"].tolist()[1].startswith("birth_date: found '12000-01-01")
