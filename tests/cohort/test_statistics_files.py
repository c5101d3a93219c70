"""SPSS, Stata and SAS files: labels, user-missing codes, near-zeros, dates, chunks, and what is wrong with a file."""

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest

import bn
from bn.cohort.files import Options, run_files, score_file, score_files, statistics
from bn.cohort.frames.questions import CohortWhatIf
from bn.cohort.reading.meaning import column_meanings
from bn.core.errors import RunError

DAY = dt.date(1950, 3, 4)
PEOPLE = pd.DataFrame(
    {
        "id": [1.0, 2.0, 123456789012.0, 4.0],
        "sex": [1.0, 2.0, 9.0, 1.0],
        "age": [50.0, 60.0, 99.0, np.nan],
        "hscrp": [0.5, 4.0, np.nan, 2.0],
        "site": ["a", "é", "", "b"],
        "born": [DAY, None, DAY, DAY],
    }
)
LABELS = {"sex": {1: "Male", 2: "Female", 9: "Not asked"}}
SEX = {"is": "sex", "values": {1: "male", 2: "female"}, "missing": [9]}
WRITERS = {
    ".sav": lambda path: pyreadstat.write_sav(
        PEOPLE,
        path,
        variable_value_labels=LABELS,
        missing_ranges={"sex": [{"lo": 8, "hi": 9}], "age": [99]},
        variable_format={"born": "DATE11"},
    ),
    ".dta": lambda path: pyreadstat.write_dta(PEOPLE, path, variable_value_labels=LABELS),
    ".xpt": lambda path: pyreadstat.write_xport(PEOPLE, path, file_format_version=5),
}


def scored(model: bn.RiskModel, source: Path, suffix: str = ".parquet", **options: Any) -> tuple[Any, str]:
    target = source.with_name(f"out{suffix}")
    summary = score_file(model, str(source), str(target), Options(interval=False, force=True, **options))
    return (pq.read_table(target) if suffix == ".parquet" else target.read_text()), str(summary)


def risks(model: bn.RiskModel, *people: dict[str, Any]) -> list[float]:
    return [model.posterior(person).risk for person in people]


def test_labels_and_user_missing_codes_of_spss_say_what_codes_mean(small: bn.RiskModel, tmp_path: Path) -> None:
    WRITERS[".sav"](tmp_path / "in.sav")
    table, summary = scored(small, tmp_path / "in.sav")
    right = risks(
        small,
        {"sex": "male", "age": 50, "hscrp": 0.5},
        {"sex": "female", "age": 60, "hscrp": 4},
        {},
        {"sex": "male", "hscrp": 2},
    )
    assert table["risk"].to_pylist() == pytest.approx(right, abs=1e-12), summary
    assert table["sex"].to_pylist() == [1, 2, 9, 1], "codes are passed through as they came"
    assert table["age"].to_pylist() == [50, 60, 99, None]
    assert table["born"].to_pylist() == ["1950-03-04", None, "1950-03-04", "1950-03-04"]


def test_a_labeled_number_is_no_reading(small: bn.RiskModel, tmp_path: Path) -> None:
    labels = {"age": {99: "Refused", 80: "80 years"}, "hscrp": {1: "<1"}}
    frame = pd.DataFrame({"age": [99.0, 80.0, 98.0, 50.0], "hscrp": [2.0, 2.0, 2.0, 1.0]})
    pyreadstat.write_sav(frame, tmp_path / "in.sav", variable_value_labels=labels)
    table, summary = scored(small, tmp_path / "in.sav")
    right = risks(small, {"age": 80, "hscrp": 2}, {"age": 98, "hscrp": 2}, {"age": 50, "hscrp": "<1"})
    assert table["risk"].to_pylist()[1:] == pytest.approx(right, abs=1e-12), summary
    assert table["risk"].to_pylist()[0] is None
    assert table["error"].to_pylist()[0].startswith("age: found 'Refused'")
    assert 'missing = ["Refused"]' in summary
    said = column_meanings({"age": {"is": "age", "missing": ["Refused"]}})
    table, _ = scored(small, tmp_path / "in.sav", meaning=said)
    assert table["risk"].to_pylist()[0] == pytest.approx(small.posterior(hscrp=2).risk, abs=1e-12)


def test_what_if_reads_them_alike(small: bn.RiskModel, tmp_path: Path) -> None:
    WRITERS[".sav"](tmp_path / "in.sav")
    question = CohortWhatIf.of(small, "weight_loss")
    list(run_files(question, [str(tmp_path / "in.sav")], str(tmp_path / "out.parquet")))
    right = small.what_if(sex="male", age=50, hscrp=0.5, do="weight_loss")
    answer = pq.read_table(tmp_path / "out.parquet").slice(0, 1).to_pylist()[0]
    assert (answer["risk_before"], answer["risk_after"]) == pytest.approx(
        (right.risk_before, right.risk_after), abs=1e-12
    )


def test_what_the_user_says_of_a_code_counts_before_the_label(small: bn.RiskModel, tmp_path: Path) -> None:
    WRITERS[".sav"](tmp_path / "in.sav")
    other = {"is": "sex", "values": {1: "female", 9: "male"}}
    table, _ = scored(small, tmp_path / "in.sav", meaning=column_meanings({"sex": other, "age": ""}))
    right = risks(
        small,
        {"sex": "female", "hscrp": 0.5},
        {"sex": "female", "hscrp": 4},
        {"sex": "male"},
        {"sex": "female", "hscrp": 2},
    )
    assert table["risk"].to_pylist() == pytest.approx(right, abs=1e-12)


def test_labels_can_be_left_aside_and_be_missing_values(small: bn.RiskModel, tmp_path: Path) -> None:
    labels = {"diabetes": {0: "Healthy", 1: "Diabetic, by a doctor"}, "age": {99: "Unknown"}}
    frame = pd.DataFrame({"diabetes": [0.0, 1.0], "age": [50.0, 99.0]})
    pyreadstat.write_sav(frame, tmp_path / "in.sav", variable_value_labels=labels)
    _, summary = scored(small, tmp_path / "in.sav")
    assert "0 of 2 rows scored, 2 with errors" in summary
    said = column_meanings({"diabetes": {"is": "diagnosed_diabetes", "labels": False}})
    table, summary = scored(small, tmp_path / "in.sav", meaning=said, missing="unknown")
    right = risks(small, {"diagnosed_diabetes": "no", "age": 50}, {"diagnosed_diabetes": "yes"})
    assert table["risk"].to_pylist() == pytest.approx(right, abs=1e-12), summary


def test_what_a_file_calls_a_column_proposes(small: bn.RiskModel, tmp_path: Path) -> None:
    frame = pd.DataFrame({"age": [50.0] * 9, "v12": [1.5, 2, 3, 0.4, 1, 2, 5, 2.5, 1.25]})
    pyreadstat.write_sav(frame, tmp_path / "in.sav", column_labels={"v12": "CRP (mg/L)"})
    _, summary = scored(small, tmp_path / "in.sav")
    assert '"v12" = "hscrp [mg/L]"' in summary


@pytest.mark.parametrize("suffix", [".dta", ".xpt"])
def test_stata_and_transport_files_are_read_as_the_same_table_of_text(
    small: bn.RiskModel, tmp_path: Path, suffix: str
) -> None:
    WRITERS[suffix](tmp_path / f"in{suffix}")
    PEOPLE.assign(id=PEOPLE["id"].astype(int)).to_csv(tmp_path / "in.csv", index=False)
    said = column_meanings({"sex": SEX, "age": {"is": "age", "missing": [99]}})
    text, _ = scored(small, tmp_path / f"in{suffix}", ".csv", meaning=said)
    same, _ = scored(small, tmp_path / "in.csv", ".csv", meaning=said)
    frames = [pd.read_csv(pd.io.common.StringIO(out)) for out in (text, same)]
    pd.testing.assert_frame_equal(*frames, check_dtype=False)
    assert "123456789012," in text, "an id keeps its digits"


def test_labels_of_stata_count_and_codes_without_a_meaning_are_errors(small: bn.RiskModel, tmp_path: Path) -> None:
    WRITERS[".dta"](tmp_path / "in.dta")
    table, summary = scored(small, tmp_path / "in.dta")
    assert table["error"].to_pylist()[2].startswith("sex: unknown state of sex 'Not asked'")
    assert "3 of 4 rows scored, 1 with errors" in summary
    WRITERS[".xpt"](tmp_path / "in.xpt")
    table, summary = scored(small, tmp_path / "in.xpt")
    assert "0 of 4 rows scored, 4 with errors" in summary


def test_missing_values_of_stata_are_missing(small: bn.RiskModel, tmp_path: Path) -> None:
    frame = pd.DataFrame({"age": [50.0, "a", "z"], "hscrp": [1.0, 2.0, "b"]}, dtype=object)
    pyreadstat.write_dta(frame, tmp_path / "in.dta", missing_user_values={"age": ["a", "z"], "hscrp": ["b"]})
    table, summary = scored(small, tmp_path / "in.dta")
    right = risks(small, {"age": 50, "hscrp": 1}, {"hscrp": 2}, {})
    assert table["risk"].to_pylist() == pytest.approx(right, abs=1e-12), summary


def test_near_zeros_of_transport_files_are_zeros(small: bn.RiskModel, tmp_path: Path) -> None:
    frame = pd.DataFrame({"diabetes": [16.0**-65, 1.0, 0.0], "age": [50.0, 60.0, 70.0], "w": [16.0**-65, 1e-30, 2.0]})
    pyreadstat.write_xport(frame, tmp_path / "in.xpt", file_format_version=5)
    raw, _ = pyreadstat.read_xport(tmp_path / "in.xpt")
    assert 0 < raw["diabetes"][0] < 1e-70
    table, summary = scored(small, tmp_path / "in.xpt")
    right = risks(
        small, *({"diagnosed_diabetes": said, "age": age} for said, age in (("no", 50), ("yes", 60), ("no", 70)))
    )
    assert table["risk"].to_pylist() == pytest.approx(right, abs=1e-12), summary
    assert table["w"].to_pylist() == [0.0, 1e-30, 2.0]


@pytest.mark.parametrize("suffix", WRITERS)
def test_chunks_are_the_whole(
    small: bn.RiskModel, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    WRITERS[suffix](tmp_path / f"in{suffix}")
    meaning = column_meanings({"sex": SEX, "age": {"is": "age", "missing": [99]}})
    whole, _ = scored(small, tmp_path / f"in{suffix}", meaning=meaning)
    for rows in (1, 2, 3, 4):
        monkeypatch.setattr(statistics, "rows_of_block", lambda _, rows=rows: rows)
        parts, summary = scored(small, tmp_path / f"in{suffix}", meaning=meaning)
        assert parts.equals(whole), rows
        assert "4 of 4 rows scored" in summary


def test_sas_files_go_the_same_way(small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here writes .sas7bdat: its reader is replaced by that of Stata, which has the same interface."""
    WRITERS[".dta"](tmp_path / "in.sas7bdat")
    monkeypatch.setattr(pyreadstat, "read_sas7bdat", pyreadstat.read_dta)
    _, summary = scored(small, tmp_path / "in.sas7bdat", meaning=column_meanings({"sex": SEX}))
    assert "read as SAS" in summary
    assert "4 of 4 rows scored" in summary


@pytest.mark.parametrize("suffix", [".sav", ".dta", ".sas7bdat", ".xpt"])
@pytest.mark.parametrize("content", [b"", b"age,sex\n50,1\n" * 99])
def test_what_is_no_such_file_is_refused_in_one_line(
    small: bn.RiskModel, tmp_path: Path, suffix: str, content: bytes
) -> None:
    (tmp_path / f"in{suffix}").write_bytes(content)
    with pytest.raises(bn.QuestionError, match=rf"in{suffix}: no .* file, or a damaged one: [^\n]*$"):
        scored(small, tmp_path / f"in{suffix}")
    assert not (tmp_path / "out.parquet").exists()


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_file_without_its_end_leaves_no_result(small: bn.RiskModel, tmp_path: Path, suffix: str) -> None:
    WRITERS[suffix](tmp_path / f"in{suffix}")
    whole = (tmp_path / f"in{suffix}").read_bytes()
    cut = 30 if suffix != ".dta" else len(whole) - whole.index(b"<data>") - 60
    (tmp_path / f"in{suffix}").write_bytes(whole[:-cut])
    with pytest.raises((bn.QuestionError, RunError), match="damaged"):
        scored(small, tmp_path / f"in{suffix}")
    assert not (tmp_path / "out.parquet").exists()


def test_fewer_rows_than_the_file_says_are_damage(
    small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_less(*args: Any, metadataonly: bool = False, **options: Any) -> Any:
        columns, about = pyreadstat.read_sav(*args, metadataonly=metadataonly, **options)
        columns = columns if metadataonly else {name: cells[:-1] for name, cells in columns.items()}
        return columns, about

    WRITERS[".dta"](tmp_path / "in.dta")
    WRITERS[".sav"](tmp_path / "in.dta")
    monkeypatch.setattr(pyreadstat, "read_dta", one_less)
    with pytest.raises(RunError, match=r"in\.dta: the file is damaged: found 3 rows, expected 4"):
        scored(small, tmp_path / "in.dta")


def test_without_pyreadstat_the_error_says_what_to_install(
    small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    WRITERS[".sav"](tmp_path / "in.sav")
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(bn.QuestionError, match=r"SPSS files are read by pyreadstat.*pip install 'myorisk\[files\]'$"):
        scored(small, tmp_path / "in.sav")


def test_results_are_not_written_so_and_get_another_suffix_in_a_folder(small: bn.RiskModel, tmp_path: Path) -> None:
    WRITERS[".sav"](tmp_path / "in.sav")
    with pytest.raises(bn.QuestionError, match=r"out\.sav: is only read, not written; expected \.csv"):
        scored(small, tmp_path / "in.sav", ".sav")
    list(score_files(small, [str(tmp_path / "in.sav")], f"{tmp_path}/results/"))
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["in.csv"]


@pytest.mark.parametrize("option", ["delimiter", "decimal", "sheet"])
def test_options_of_other_files_are_refused(small: bn.RiskModel, tmp_path: Path, option: str) -> None:
    WRITERS[".sav"](tmp_path / "in.sav")
    with pytest.raises(bn.QuestionError, match=f"--{option} .*, and this is none; leave it out"):
        scored(small, tmp_path / "in.sav", **{option: ","})


def test_a_missing_file_is_told_as_by_the_system(small: bn.RiskModel, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        scored(small, tmp_path / "in.sav")


def test_proposals_speak_of_labels(small: bn.RiskModel, tmp_path: Path) -> None:
    frame = pd.DataFrame({"age": [50.0] * 4, "Geschlecht": [1.0, 2.0, 1.0, 2.0]})
    pyreadstat.write_sav(frame, tmp_path / "in.sav", variable_value_labels={"Geschlecht": {1: "male", 2: "female"}})
    _, summary = scored(small, tmp_path / "in.sav")
    assert '"Geschlecht" = "sex"' in summary


def test_a_transport_file_of_several_tables_is_refused(small: bn.RiskModel, tmp_path: Path) -> None:
    """Its reader would take the second table for rows of the first."""
    WRITERS[".xpt"](tmp_path / "in.xpt")
    whole = (tmp_path / "in.xpt").read_bytes()
    with (tmp_path / "in.xpt").open("ab") as file:
        file.write(whole[whole.index(b"HEADER RECORD*******MEMBER") :])
    with pytest.raises(bn.QuestionError, match="the file has 2 tables; expected one"):
        scored(small, tmp_path / "in.xpt")
