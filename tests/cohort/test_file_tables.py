"""Parquet and Arrow files keep their columns and get results in full, and kinds of files turn into each other."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from cohort_files import a_table, write_table

import bn
from bn.cohort.files import Options, score_file
from bn.cohort.frames.questions import Scoring
from bn.core.errors import RunError


@pytest.mark.parametrize("target", ["out.parquet", "out.arrow"])
@pytest.mark.parametrize("source", ["in.parquet", "in.feather", "in.arrow"])
def test_a_table_keeps_its_columns_and_gets_results_in_full(
    small: bn.RiskModel, tmp_path: Path, source: str, target: str
) -> None:
    table = a_table()
    write_table(table, tmp_path / source)
    summary = score_file(small, str(tmp_path / source), str(tmp_path / target), Options(missing=("-9",)))
    place = tmp_path / target
    found = pq.read_table(place) if place.suffix == ".parquet" else pa.ipc.open_file(place).read_all()
    assert found.schema.names == [*table.schema.names, *Scoring(small).added]
    assert found.schema.metadata[b"study"] == b"S1"
    for name in table.schema.names:
        kept = found.column(name)
        if name == "sex" and target == "out.arrow" and source != "in.feather":
            assert kept.type == pa.string()
        else:
            assert kept.type == table.column(name).type
        assert kept.to_pylist() == table.column(name).to_pylist()
    post = small.posterior(age=50, bmi=25.5, sex="f", hscrp=1.5, er_stress=True)
    assert found["risk"].to_pylist() == [
        pytest.approx(post.risk, abs=1e-12),
        pytest.approx(small.posterior(bmi=31.0, sex="male", hscrp="<0.3", er_stress=False).risk, abs=1e-12),
        None,
        None,
    ]
    assert found["error"].to_pylist()[:2] == ["", ""]
    assert (summary.failed, summary.place) == (2, "row")
    assert summary.errors["age: out of range"].first == (3,)


def test_parquet_has_a_dictionary_for_what_repeats_and_none_for_results(small: bn.RiskModel, tmp_path: Path) -> None:
    write_table(a_table().drop_columns(["tags"]), tmp_path / "in.parquet")
    score_file(small, str(tmp_path / "in.parquet"), str(tmp_path / "out.parquet"))
    group = pq.ParquetFile(tmp_path / "out.parquet").metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    plain = {column.path_in_schema for column in columns if "RLE_DICTIONARY" not in column.encodings}
    *numbers, _ = Scoring(small).added
    assert plain == {*numbers, "er_stress"}  # Parquet has no dictionary of true and false


def test_kinds_of_files_turn_into_each_other(small: bn.RiskModel, tmp_path: Path) -> None:
    write_table(a_table().drop_columns(["tags"]), tmp_path / "in.parquet")
    score_file(small, str(tmp_path / "in.parquet"), str(tmp_path / "out.csv"))
    text = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert text[1].startswith("1,50,25.5,f,1.5,true,,0.")
    assert text[2].startswith("2,,31,male,<0.3,false,,0.")
    (tmp_path / "in.csv").write_bytes(b'age,bmi,n\n50,25,"a\n""b"""\n60\n\n70,22,a,b,c\n')
    score_file(small, str(tmp_path / "in.csv"), str(tmp_path / "out.parquet"))
    frame = pd.read_parquet(tmp_path / "out.parquet")
    assert frame["n"].tolist()[:1] == ['a\n"b"']
    assert frame["age"].tolist() == ["50", "60", "70"]
    assert frame["bmi"].fillna("none").tolist() == ["25", "none", "22"]
    assert frame["error"].tolist() == [
        "",
        "line 4: 1 cell, expected 3",
        "line 6: 5 cells, expected 3, found also 'b,c'",
    ]
    assert frame["risk"].isna().tolist() == [False, True, True]


def test_what_a_kind_of_file_cannot_hold_is_said(small: bn.RiskModel, tmp_path: Path) -> None:
    write_table(a_table(), tmp_path / "in.parquet")
    with pytest.raises(bn.QuestionError, match="column 'tags' holds list"):
        score_file(small, str(tmp_path / "in.parquet"), str(tmp_path / "out.csv"))
    (tmp_path / "in.csv").write_bytes(b"age,x,x\n50,1,2\n")
    with pytest.raises(bn.QuestionError, match="'x' is given twice"):
        score_file(small, str(tmp_path / "in.csv"), str(tmp_path / "out.parquet"))
    (tmp_path / "no.parquet").write_bytes(b"age\n50\n")
    with pytest.raises(bn.QuestionError, match="no Parquet file"):
        score_file(small, str(tmp_path / "no.parquet"), str(tmp_path / "out.csv"))
    data = (tmp_path / "in.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(data[:8] + b"\xff" * 60 + data[68:])
    with pytest.raises(RunError, match=r"cut\.parquet: the file is damaged"):
        score_file(small, str(tmp_path / "cut.parquet"), str(tmp_path / "out.parquet"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.parquet", "in.csv", "in.parquet", "no.parquet"]
