"""Texts that are no readings: too long, or numbers only to a generous reader; the same for one person and in batches."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cohort_files import added_to, scored_with_summary

import bn
import cpds
from bn.cohort.reading.cells import Cells
from bn.core.names import Names, split_unit
from bn.core.observe import MISSING
from cpds.knowledge import nearest
from cpds.units import ReadingError, parse_reading

MARKERS = cpds.load().biomarkers
NO_NUMBERS = [
    "1e400",
    "-1e400",
    "0x10",
    "0b1",
    "١٢",
    "4\u066b1",
    "1_000",
    "infinity",
    "inf",
    "-inf",
    "nan",
    "--5",
    "+-5",
    "4.1e",
    "5 5",
]
NO_NUMBERS += [
    "∞",
    "½",
    "\u0664.\u0661",
    "\uff14",
    "1e5_0",
    "5\x00",
    "4.1 mg\n/L",
    "9" * 81,
    "0." + "1" * 90,
    "True",
    "1,5",
    "1.234,56",
]
LONG = 5_000_000


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_none_anywhere(small: bn.RiskModel, text: str, tmp_path: Path) -> None:
    with pytest.raises(ReadingError) as raised:
        parse_reading(text, MARKERS["hscrp"])
    assert str(raised.value).isprintable()
    assert np.isnan(Cells.of_series(pd.Series([text], dtype=object), frozenset()).numbers).all()
    if text in MISSING:
        return
    found = small.score(pd.DataFrame({"age": [60, 60], "hscrp": [text, "4"]}), interval=False)
    assert [bool(told) for told in found["error"]] == [True, False]
    if "\x00" not in text:
        written, _ = added_to(small, f'age,hscrp\n60,"{text}"\n60,4\n'.encode(), tmp_path)
        assert "cannot" in written.decode() or "hscrp: found" in written.decode()


@pytest.mark.parametrize("value", [10**400, 10**5000, float("nan"), float("inf"), None, True, b"5", [4.1]], ids=type)
def test_values_of_other_kinds(value: object) -> None:
    with pytest.raises(ReadingError):
        parse_reading(value, MARKERS["hscrp"])  # type: ignore[arg-type]


def test_a_whole_number_beyond_all_floats_spoils_no_batch(small: bn.RiskModel) -> None:
    found = small.score(pd.DataFrame({"age": [60, 60], "hscrp": pd.Series([10**400, 4], dtype=object)}), interval=False)
    assert [bool(told) for told in found["error"]] == [True, False]


def test_a_number_is_read_as_it_is_in_a_column() -> None:
    value = np.float32(4.1)
    assert parse_reading(value, MARKERS["hscrp"]) == (float(value), 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1.234,56", "thousands take no mark: write '1234.56'"),
        ("<1.234,56 pg/mL", "thousands take no mark: write '<1234.56 pg/mL'"),
        ("1'234.5", "thousands take no mark: write '1234.5'"),
        ("1\u2019234", "thousands take no mark: write '1234'"),
        ("1 234,5", "thousands take no mark: write '1234.5'"),
        ("1\u202f234", "thousands take no mark: write '1234'"),
        ("1.234.567", "thousands take no mark: write '1234567'"),
        ("1,234.5", "thousands take no mark: write '1234.5'"),
        ("1,050", "; write '1050' or '1.050'"),
        ("19,5", "; write '19.5'"),
    ],
)
def test_thousands_are_named(text: str, said: str) -> None:
    with pytest.raises(ReadingError) as raised:
        parse_reading(text, MARKERS["mcp1"])
    assert said in str(raised.value)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("name", ["hscrp", "p62", "diagnosed_diabetes", "inflammation", "age", "bmi"])
@pytest.mark.parametrize("piece", ["4", "4!", "[ ", "(", "a-", ","])
def test_a_text_of_any_length_is_refused_at_once(small: bn.RiskModel, name: str, piece: str) -> None:
    for length in (81, LONG):
        text = (piece * length)[:length].replace(" ", "x")
        start = time.thread_time()
        with pytest.raises(bn.QuestionError) as raised:
            small.posterior({name: text})
        assert time.thread_time() - start < 1
        assert f"of {length} characters, expected at most 80" in str(raised.value)
        assert len(str(raised.value)) < 200


@pytest.mark.parametrize("piece", ["4", "(", "[ ", "]", "a-", "_", " "])
def test_a_header_of_any_length_is_passed_over(small: bn.RiskModel, piece: str) -> None:
    header = f"crp [{piece * (LONG)}]"
    start = time.thread_time()
    assert split_unit(header) == (header, None)
    assert small.names.hint(header) == ""
    assert nearest(header, [header, "hscrp"]) == nearest("hscrq", [header, header]) == ""
    _, summary = scored_with_summary(small, pd.DataFrame({"age": [60], header: [4]}), interval=False)
    assert time.thread_time() - start < 2
    assert max(map(len, str(summary).splitlines())) < 200
    with pytest.raises(bn.QuestionError) as raised:
        small.posterior({header: 4})
    assert len(str(raised.value)) < 200


def test_a_long_cell_of_a_file_spoils_no_other(small: bn.RiskModel, tmp_path: Path) -> None:
    for mark in (",", ";"):
        data = f"age{mark}hscrp\n60{mark}{'4' * (1 << 22)}\n61{mark}4\n".encode()
        start = time.thread_time()
        written, summary = added_to(small, data, tmp_path)
        assert time.thread_time() - start < 5
        assert "1 of 2 rows scored, 1 with errors" in summary
        assert b"of 4194304 characters, expected at most 80" in written


def test_escapes_of_a_header_are_not_printed(small: bn.RiskModel) -> None:
    table = pd.DataFrame({"age": [60], "crp\x1b[31m": [4], "x\x07": ["y"]})
    _, summary = scored_with_summary(small, table, interval=False, meaning={"x\x07": "p62"})
    assert all(line.isprintable() for line in str(summary).splitlines())


def test_every_name_state_and_level_fits() -> None:
    knowledge = cpds.load()
    words = [word for one in knowledge.variables.values() for word in (*one.states, *one.state_aliases)]
    assert max(map(len, words)) < 80
    assert max(map(len, Names(knowledge).ids)) < 200
    assert (
        parse_reading("<= -1.7976931348623157e-308 kg/m2".replace("-1.7976931348623157e-308", "31"), MARKERS["bmi"])[0]
        == 31
    )


def test_intervals_of_pandas_are_read_where_they_hold_their_low_end(small: bn.RiskModel) -> None:
    edges, ages = [20, 40, 60, 80], pd.Series([25, 45, np.nan])
    expected = [small.posterior(age="[20, 40)").risk, small.posterior(age="[40, 60)").risk, small.posterior().risk]
    cut = pd.cut(ages, edges, right=False)
    for column in (cut, cut.astype(object), cut.astype(str).replace("nan", "")):
        assert small.score(pd.DataFrame({"age": column}))["risk"].tolist() == pytest.approx(expected, abs=1e-12)
    assert small.posterior(age=pd.Interval(20, 40, closed="left")).risk == pytest.approx(expected[0], abs=1e-12)
    closed = small.score(pd.DataFrame({"age": pd.cut(ages, edges)}))["error"]
    assert closed[0].startswith("age: found interval '(20, 40]', expected one that holds its low end only")
    assert closed[2] == ""
