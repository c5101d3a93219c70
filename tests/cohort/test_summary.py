"""A summary says first what may be wrong, stays short, prints nothing raw, and tells once that people repeat."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bn
from bn.cohort.files import Options, score_file
from bn.cohort.reading.summary import Summary
from tests.cohort_files import added_to

SURVEY = (
    b"SEQN,RIDAGEYR,RIAGENDR,BMXBMI,LBXHSCRP,LBXGLU,LBXINSI,LBXGH,MGDCGSZ\n"
    b"1,61,1,31.2,4.1,101,,5.6,71.2\n1,62,1,300,3.0,99,,5.7,70.1\n2,44,2,22.0,0.4,88,40.2,5.1,55.0\n"
)


def test_what_may_be_wrong_comes_first(small: bn.RiskModel, tmp_path: Path) -> None:
    _, summary = added_to(small, SURVEY, tmp_path)
    assert summary.splitlines() == [
        "2 of 3 rows scored, 1 with errors",
        "  WARNING: 7 columns that look like findings were not read; rows are answered without",
        "    if they are what they seem, put these lines into a file and pass it with --columns;",
        '    an empty text, "NAME" = "", leaves a column alone',
        '    "RIDAGEYR" = { is = "age", values = { 80 = "80+" } }',
        '    "RIAGENDR" = { is = "sex", values = { 1 = "male", 2 = "female" } }',
        '    "LBXHSCRP" = "hscrp"',
        '    "LBXGLU" = "fasting_glucose"',
        '    "LBXINSI" = "fasting_insulin [pmol/L]"',
        '    "LBXGH" = "hba1c"',
        '    "MGDCGSZ" = ""  # the best of both hands added up, so no grip strength of one; give that of one hand as '
        "grip_strength",
        "  WARNING: SEQN repeats: its rows are answered as those of independent people",
        "  1x BMXBMI: out of range (line 3)",
        "  BMXBMI -> bmi [kg/m2]",
        "  passed through: SEQN",
        "  no column gives physical_activity: summed over the population's",
        "  2 rows without age: summed over the population's",
        "  read as UTF-8, cells between commas",
    ]


def test_following_the_summary_reads_the_columns(small: bn.RiskModel, tmp_path: Path) -> None:
    """Lines with texts alone; those with codes are read by the columns file's own tests."""
    _, summary = added_to(small, SURVEY, tmp_path)
    lines = [line.strip() for line in summary.splitlines() if line.startswith('    "') and "{" not in line]
    (tmp_path / "columns.toml").write_text("\n".join(lines))
    from bn.cohort.reading.meaning import read_meaning

    out, again = added_to(small, SURVEY, tmp_path, meaning=read_meaning(tmp_path / "columns.toml"))
    risk = float(out.splitlines()[3].split(b",")[9])
    said = small.posterior(bmi=22.0, hscrp=0.4, fasting_glucose=88, fasting_insulin="40.2 pmol/L", hba1c=5.1).risk
    assert risk == pytest.approx(said, abs=6e-7)
    assert "LBXINSI -> fasting_insulin [pmol/L]" in again


def test_the_command_ends_well_and_says_it(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(SURVEY.replace(b",300,", b",30,"))
    command = [sys.executable, "-m", "bn", "score", "in.csv", "-o", "out.csv", "--no-interval"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr.splitlines()[1].startswith("  WARNING: 7 columns")


def test_thousands_of_columns_stay_readable(small: bn.RiskModel, tmp_path: Path) -> None:
    names = [f"gene_{number}" for number in range(5000)]
    data = ",".join(["age", *names]) + "\n" + ",".join(["60", *["1.5"] * 5000]) + "\n"
    _, summary = added_to(small, data.encode(), tmp_path)
    assert len(summary.splitlines()) == 5
    assert "gene_11 and 4,988 more\n" in summary


@pytest.mark.parametrize("recognized", [True, False])
def test_headers_never_reach_the_terminal_raw(small: bn.RiskModel, recognized: bool) -> None:
    name = "CRP \x1b[31m(mg/L)" if recognized else "note\x1b]0;x\x07"
    frame = pd.DataFrame({"age": [60], name: ["\x1b[2J"], "x" * 100_000: ["y"]})
    meaning = {name: "hscrp"} if recognized else {}
    _, summary = small.score(frame, interval=False, summary=True, meaning=meaning)
    for text in (str(summary), str(summary.to_dict())):
        assert "\x1b" not in text
        assert len(text) < 2000


def test_messages_quote_headers(small: bn.RiskModel) -> None:
    long = "\x1b[31m" + "x" * 10_000
    wrong = [
        {long: "age", "bmi": "age"},
        {"nowhere" + long: "age"},
        {long: "hscrp [kg]"},
        {long: long},
    ]
    for meaning in wrong:
        with pytest.raises(bn.QuestionError) as raised:
            small.score(pd.DataFrame({long: [1], "bmi": [1]}), meaning=meaning)
        assert "\x1b" not in str(raised.value)
        assert len(str(raised.value)) < 500


def test_a_header_of_parts_without_rows_is_summarized(small: bn.RiskModel, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("height,weight\n")
    summary = score_file(small, str(tmp_path / "in.csv"), str(tmp_path / "out.csv"), Options(interval=False))
    assert str(summary).startswith("0 of 0 rows scored, 0 with errors")
    assert (tmp_path / "out.csv").read_text().startswith("height,weight,risk")


@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow"])
def test_repeated_ids_are_told_once(small: bn.RiskModel, tmp_path: Path, suffix: str) -> None:
    for ids, told in ((["a", "b", "a"], True), (["a", "b", "c"], False), (["a", None, None], False)):
        frame = pd.DataFrame({"patient_id": ids, "household": 1, "age": [60, 61, 62]})
        said = str(of_file(small, frame, tmp_path / f"in.{suffix}"))
        assert said.count("patient_id repeats") == told
        assert "household repeats" not in said
        _, summary = small.score(frame, interval=False, summary=True)
        assert ("patient_id",) * told == summary.unread.repeated
    many = pd.DataFrame({"record_id": [*np.arange(9_999) / 2, 0.5], "age": 60})
    _, summary = small.score(many, interval=False, posteriors=False, summary=True)
    assert summary.unread.repeated == ("record_id",)


def test_a_context_variable_without_a_column_is_named_once(small: bn.RiskModel) -> None:
    context = [name for name, one in small.knowledge.variables.items() if one.role in ("root", "context")]
    frame = pd.DataFrame({"age": [60], "bmi": [25.0], "demo_sex": ["f"], "note": ["x"]})
    with pytest.warns(bn.UnreadColumnsWarning):
        _, proposed = small.score(frame, interval=False, summary=True)
    _, without = small.score(frame.drop(columns="demo_sex"), interval=False, summary=True)
    _, nothing = small.score(frame[["bmi"]], interval=False, summary=True)
    for summary, read in (
        (proposed, {"age", "adiposity", "sex"}),
        (without, {"age", "adiposity"}),
        (nothing, {"adiposity"}),
    ):
        left = [name for name in context if name not in read]
        assert f"  no column gives {', '.join(left)}: summed over the population's" in str(summary).splitlines()
        assert str(summary).count("summed over") == 1


def test_a_flag_or_a_group_is_no_id(small: bn.RiskModel) -> None:
    for cells in ([0, 1] * 8, ["case", "control"], ["north", "south", "east"] * 9):
        _, summary = small.score(pd.DataFrame({"age": 60, "patient": [*cells, cells[0]]}), interval=False, summary=True)
        assert summary.unread.repeated == ()


@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow"])
@pytest.mark.parametrize("waves", [1, 2])
def test_ids_that_repeat_in_a_later_block_are_told(
    small: bn.RiskModel, tmp_path: Path, suffix: str, waves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in the order of visits: nobody stands twice in its first block."""
    for constant in ("text_source.ROWS", "text_source.FEWEST", "text_source.SAMPLE", "arrow.ROWS"):
        monkeypatch.setattr(f"bn.cohort.files.{constant}", 500)
    ids = np.arange(4000 // waves)
    frame = pd.DataFrame({"subject_id": np.concatenate([ids] * waves), "age": 60})
    assert (of_file(small, frame, tmp_path / f"in.{suffix}").unread.repeated == ("subject_id",)) == (waves == 2)


def of_file(small: bn.RiskModel, frame: pd.DataFrame, source: Path) -> Summary:
    """What became of a frame that is written to a file and scored."""
    if source.suffix == ".csv":
        frame.to_csv(source, index=False)
    elif source.suffix == ".parquet":
        frame.to_parquet(source)
    else:
        frame.to_feather(source, compression="uncompressed")
    target = source.with_name(f"out{source.suffix}")
    return score_file(small, str(source), str(target), Options(interval=False, force=True))
