"""What the user says of a file: missing values, required findings, names of columns, where to stop."""

from pathlib import Path

import pandas as pd
import pytest
from cohort_files import a_table, added_to, write_table

import bn
from bn.cohort.files import Options, score_file
from bn.cohort.frames.questions import Scoring
from bn.cohort.reading.meaning import read_meaning
from bn.core.errors import RunError


def test_markers_of_a_missing_value_are_those_that_the_readme_lists(small: bn.RiskModel, tmp_path: Path) -> None:
    """`none` is an answer to how active one is, not the lack of one."""
    for marker in ("", "NA", "n/a", "#N/A", ".", "NULL", "NaN"):
        for header in ("physical_activity", "bmi", "diagnosed_diabetes", "p62"):
            out, _ = added_to(small, f"age,{header}\n50,{marker}\n".encode(), tmp_path)
            assert float(out.split(b",")[-len(Scoring(small, interval=False).added)]) == pytest.approx(
                small.posterior(age=50).risk, abs=6e-7
            )
    for header in ("physical_activity", "bmi", "diagnosed_diabetes", "p62"):
        out, summary = added_to(small, f"age,{header}\n50,none\n".encode(), tmp_path)
        assert summary.startswith("0 of 1 row scored")
        assert b"'none'" in out
        _, summary = added_to(small, f"age,{header}\n50,none\n".encode(), tmp_path, missing=("none",))
        assert "1 of 1 row scored" in summary


def test_rows_without_any_finding_are_counted(small: bn.RiskModel, tmp_path: Path) -> None:
    _, summary = added_to(small, b"id,age,bmi\n1,50,\n2,,NA\n,,\n4,x,\n5,,31\n", tmp_path)
    assert "  3 rows without age: summed over" in summary
    assert "  2 rows without any finding: baseline risk" in summary
    _, summary = added_to(small, b"age\nNA\n50\n", tmp_path)
    assert "  1 row without any finding" in summary
    assert "without any" not in added_to(small, b"age\n50\n", tmp_path)[1]


@pytest.mark.parametrize("said", [{"decimal": ","}, {"delimiter": ";"}, {"encoding": "utf-8"}])
@pytest.mark.parametrize("name", ["in.parquet", "in.arrow"])
def test_how_text_is_written_is_not_said_of_tables(
    small: bn.RiskModel, tmp_path: Path, name: str, said: dict[str, str]
) -> None:
    write_table(a_table(), tmp_path / name)
    with pytest.raises(bn.QuestionError, match=f"{name}: --{next(iter(said))} says how a text file is written"):
        score_file(small, str(tmp_path / name), str(tmp_path / "out.parquet"), Options(**said))  # type: ignore[arg-type]


def test_a_sheet_is_not_said_of_a_text(small: bn.RiskModel, tmp_path: Path) -> None:
    with pytest.raises(
        bn.QuestionError, match=r"in\.csv: --sheet names a sheet of an Excel workbook, and this is none"
    ):
        added_to(small, b"age\n50\n", tmp_path, sheet="people")


@pytest.mark.parametrize("option", ["meaning", "require", "missing"])
@pytest.mark.parametrize("wrong", [object(), b"age"])
def test_an_option_of_a_kind_that_it_never_has_is_explained(small: bn.RiskModel, option: str, wrong: object) -> None:
    with pytest.raises(bn.QuestionError, match=f"{option}: found .*, expected"):
        small.score(pd.DataFrame({"age": [50]}), **{option: wrong})  # type: ignore[arg-type]


def test_a_number_is_no_meaning_and_no_name(small: bn.RiskModel) -> None:
    with pytest.raises(bn.QuestionError, match="meaning: found 5, expected headers"):
        small.score(pd.DataFrame({"age": [50]}), meaning=5)  # type: ignore[arg-type]
    with pytest.raises(bn.QuestionError, match="found 5, expected a name"):
        small.score(pd.DataFrame({"age": [50]}), require=5)  # type: ignore[arg-type]


def test_missing_texts_and_numbers_are_summed_out(small: bn.RiskModel, tmp_path: Path) -> None:
    data = b"age,bmi,sex\n50,-9,f\n-9.0,25,Unknown\n50, unknown ,f\n"
    out, summary = added_to(small, data, tmp_path, missing=("-9", "unknown"))
    risks = [float(line.split(b",")[3]) for line in out.splitlines()[1:]]
    said = [small.posterior(age=50, sex="f"), small.posterior(bmi=25), small.posterior(age=50, sex="f")]
    assert risks == pytest.approx([post.risk for post in said], abs=6e-7)
    assert "3 of 3 rows scored" in summary


def test_a_file_says_what_columns_stand_for(small: bn.RiskModel, tmp_path: Path) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text('"CRP (high)" = "hscrp [mg/dL]"\nAlter = "age"\nage = ""\n', encoding="utf-8")
    out, summary = added_to(small, b"CRP (high),Alter,age\n0.41,60,old\n", tmp_path, meaning=read_meaning(mapping))
    assert float(out.splitlines()[1].split(b",")[3]) == pytest.approx(small.posterior(age=60, hscrp=4.1).risk, abs=6e-7)
    assert "CRP (high) -> hscrp [mg/dL]" in summary
    assert "passed through: age" in summary


def test_the_example_of_such_a_file_is_one(small: bn.RiskModel, tmp_path: Path) -> None:
    meaning = read_meaning(Path(__file__).parents[2] / "examples" / "columns.toml")
    data = b"Alter;Geschlecht;CRP (high sens.);Griffkraft links;age\n60;2;0,41 H;22,5;50\n;9;<LOD;NA;\n"
    out, summary = added_to(small, data, tmp_path, meaning=meaning)
    risk = small.posterior(age=60, sex="f", hscrp=4.1, grip_strength=22.5).risk
    assert float(out.splitlines()[1].split(b";")[5].replace(b",", b".")) == pytest.approx(risk, abs=6e-7)
    risk = small.posterior(hscrp="<0.2").risk
    assert float(out.splitlines()[2].split(b";")[5].replace(b",", b".")) == pytest.approx(risk, abs=6e-7)
    assert "2 of 2 rows scored" in summary


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("Alter = age", "cannot be read as TOML"),
        ("a.b = 'age'", "'a': unknown key 'b'.*a header with a point or a blank in it needs quotes"),
        ("Alter = 'agee'", "unknown observation 'agee'.*did you mean 'age'"),
        ("Altr = 'age'", "no column 'Altr'.*did you mean 'Alter'"),
        ("Alter = 'hscrp [kg]'", "kg"),
        ("Alter = 'age'\nbmi = 'age'", "'Alter' and 'bmi' both give age"),
    ],
)
def test_a_wrong_mapping_is_explained(small: bn.RiskModel, tmp_path: Path, content: str, said: str) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text(content, encoding="utf-8")
    with pytest.raises(bn.QuestionError, match=said):
        added_to(small, b"Alter,bmi\n50,25\n", tmp_path, meaning=read_meaning(mapping))


def test_strict_stops_at_the_first_error_and_leaves_nothing(small: bn.RiskModel, tmp_path: Path) -> None:
    for bad, said in (
        (b"51,300", r"line 4: bmi: found '300', expected 10 to 100 kg/m2, check the unit"),
        (b"1,2,3", r"in\.csv: line 4: 3 cells, expected 2"),
    ):
        with pytest.raises(RunError, match=said):
            added_to(small, b"age,bmi\n50,25\n\n" + bad + b"\nx,y\n", tmp_path, strict=True)
        assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
    added_to(small, b"age,bmi\n50,25\n", tmp_path, strict=True)


def test_a_required_finding_that_is_missing_is_an_error(small: bn.RiskModel, tmp_path: Path) -> None:
    out, _ = added_to(small, b"age,bmi\n,25\n50,\n", tmp_path, require=("age",))
    assert [bool(line.rsplit(b",", 1)[1]) for line in out.splitlines()[1:]] == [True, False]
