"""What stands beside an answer: findings that are not used, and those that want care; the same alone and in batches."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from click.testing import CliRunner
from cohort_files import scored_with_summary

import bn
from bn.cohort.files import Options, score_file
from bn.cohort.frames.questions import CohortWhatIf
from bn.cohort.frames.tables import Tables
from bn.commands.app import app


def texts(model: bn.RiskModel, kind: str, **findings: Any) -> list[str]:
    return [note.text for note in model.notes(findings) if note.kind == kind]


class TestUnused:
    """Every finding without a part in the answer is named, with the reason."""

    @pytest.mark.parametrize(
        ("findings", "told"),
        [
            ({"insulin_treated": "yes", "homa_ir": 9}, ["homa_ir is void, as insulin_treated says yes"]),
            ({"insulin_treated": "no", "homa_ir": 9}, []),
            ({"insulin": 11, "glucose": 100}, []),  # the product is told of as derived
            ({"insulin": 11, "homa_ir": 2.7}, ["fasting_insulin counts within homa_ir"]),
            (
                {"insulin": 11, "glucose": 100, "insulin_treated": "yes"},
                ["fasting_insulin is void, as insulin_treated says yes"],
            ),
            (
                {"inflammation": "present", "crp": 5},
                [
                    "hscrp adds nothing to inflammation, which is stated; it only tells of sex, by which its reference "
                    "differs"
                ],
            ),
            (
                {"inflammation": "present", "crp": 5, "sex": "male"},
                ["hscrp adds nothing to inflammation, which is stated"],
            ),
            ({"inflammation": {"present": 3, "absent": 1}, "crp": 5}, []),
            (
                {"dysglycemia": {"normal": 1, "impaired": 1, "diabetes": 1}},
                ["dysglycemia says nothing: it leaves every state of dysglycemia as likely as it was"],
            ),
            ({"bmi": ">10"}, ["bmi says nothing: it leaves every state of adiposity as likely as it was"]),
            (
                {"glucose": "<900"},
                ["fasting_glucose <900 mg/dL says nothing: next to everybody lies within the limit"],
            ),
            ({"glucose": "<126"}, []),
        ],
    )
    def test_the_reason_is_told(self, model: bn.RiskModel, findings: dict[str, Any], told: list[str]) -> None:
        assert texts(model, "unused", **findings) == told

    def test_what_is_said_to_be_void_or_within_a_product_does_not_move_the_risk(self, small: bn.RiskModel) -> None:
        for findings, name in (
            ({"insulin_treated": "yes", "homa_ir": 9.0}, "homa_ir"),
            ({"insulin": 11.0, "homa_ir": 2.7}, "insulin"),
            ({"inflammation": "present", "crp": 5.0, "sex": "male"}, "crp"),
            ({"glucose": "<900", "age": 50}, "glucose"),
        ):
            rest = {key: value for key, value in findings.items() if key != name}
            assert small.notes(findings)
            assert small.posterior(findings).risk == pytest.approx(small.posterior(rest).risk, abs=1e-3)


class TestCautions:
    """Readings that may not mean what they seem to."""

    def test_a_reading_beyond_what_is_informative(self, model: bn.RiskModel) -> None:
        (text,) = texts(model, "caution", age=68, crp="6 mg/dL")
        assert text == (
            "hscrp 60 mg/L is beyond 10 mg/L, where it speaks of acute infection or injury rather than of lasting "
            "inflammation; it counts as 10"
        )

    @pytest.mark.parametrize(
        ("reading", "beyond"), [(10, False), (10.1, True), (">10", False), (">11", True), ("<400", False), (0.05, True)]
    )
    def test_limits_count_where_they_lie(self, model: bn.RiskModel, reading: object, beyond: bool) -> None:
        assert any("it counts as" in text for text in texts(model, "caution", crp=reading)) == beyond

    def test_a_marker_without_words_of_its_own(self, model: bn.RiskModel) -> None:
        (text,) = texts(model, "caution", tnf_alpha=30)
        assert text == "tnf_alpha 30 pg/mL is beyond 15 pg/mL, where no more is concluded; it counts as 15"

    def test_what_is_void_wants_no_care(self, model: bn.RiskModel) -> None:
        for note in model.notes(insulin=11, glucose=100, insulin_treated="yes"):
            assert note.kind == "unused"


PERSON = {"insulin_treated": "yes", "homa_ir": 9, "crp": 60, "diagnosed_diabetes": "no", "age": 68}
KINDS = ["conflict", "caution", "unused"]
QUESTIONS: dict[str, tuple[Callable[[bn.RiskModel], Any], list[str]]] = {
    "risk": (lambda m: m.posterior(PERSON), ["risk"]),
    "explain": (lambda m: m.explain(PERSON), ["explain"]),
    "next test": (lambda m: m.next_test(PERSON), ["next-test"]),
    "sensitivity": (lambda m: m.sensitivity(PERSON), ["sensitivity"]),
    "most probable": (lambda m: m.most_probable(PERSON), ["most-probable"]),
    "what if": (lambda m: m.what_if(PERSON, do="exercise_training"), ["what-if", "--do", "exercise_training"]),
    "rank": (lambda m: m.rank(PERSON, do=["weight_loss"]), ["what-if", "--do", "weight_loss", "--rank"]),
    "sweep": (
        lambda m: m.sweep(PERSON, do="weight_loss", over="sex"),
        ["what-if", "--do", "weight_loss", "--sweep", "sex"],
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_carries_them(small: bn.RiskModel, question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the record, in a notebook, in JSON and in the terminal: conflicts first, then cautions."""
    ask, command = QUESTIONS[question]
    answer = ask(small)
    assert [note.kind for note in answer.notes] == KINDS
    html = answer._repr_html_()
    monkeypatch.setattr(bn, "load", lambda *_, **__: small)
    told = [f"{name}={value}" for name, value in PERSON.items()]
    shown = CliRunner().invoke(app, [*command[:1], *told, *command[1:]])
    printed = CliRunner().invoke(app, [*command[:1], *told, *command[1:], "--json"])
    assert (shown.exit_code, printed.exit_code) == (0, 0), (shown.output, printed.output)
    notes = json.loads(printed.output)["notes"]
    assert [(note["kind"], note["text"]) for note in notes] == [(note.kind, note.text) for note in answer.notes]
    assert notes[2]["findings"] == ["homa_ir"]
    plain = " ".join(shown.output.split())
    for note in answer.notes:
        assert note.text in html
        assert note.text in plain
    assert plain.index("Conflict:") < plain.index("Caution:") < plain.index("Not used:")


def test_acts_that_do_nothing_are_told_in_the_same_way(small: bn.RiskModel) -> None:
    answer = small.what_if(age=60, physical_activity="active", crp=60, do=["exercise_training", "weight_loss"])
    assert {note.kind for note in answer.notes} == {"caution", "unused"}
    assert [note.findings for note in answer.notes if note.kind == "unused"] == [("physical_activity",)]


ROWS = pd.DataFrame(
    {
        "age": [68, 50, None, 70, 300],
        "insulin_treated": ["yes", None, "no", None, "yes"],
        "homa_ir": [9.0, 2.0, None, None, 9.0],
        "crp": ["60", ">11", "<0.3", "5", "60"],
        "inflammation": ["present", None, "absent", "present", "absent"],
        "glucose": ["<900", None, None, "95", None],
    }
)


def expected(model: bn.RiskModel) -> dict[tuple[str, str], list[int]]:
    """Rows by kind of note and finding, one person at a time; the last row is an error."""
    rows: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(ROWS.iloc[:-1].to_dict("records"), 1):
        for note in model.notes({name: value for name, value in row.items() if not pd.isna(value)}):
            rows.setdefault((note.kind, note.findings[-1]), []).append(place)
    return rows


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "csv", "parquet", "what-if"])
def test_batches_count_what_one_person_hears(small: bn.RiskModel, tmp_path: Path, kind: str) -> None:
    """In every kind of table and file, rows with an error left out; no column is added."""
    table: Any = pl.from_pandas(ROWS) if kind == "polars" else ROWS
    if kind == "pyarrow":
        table = pl.from_pandas(ROWS).to_arrow()
    if kind in ("csv", "parquet"):
        source = tmp_path / f"in.{kind}"
        ROWS.to_csv(source, index=False) if kind == "csv" else ROWS.to_parquet(source)
        summary = score_file(small, str(source), str(tmp_path / f"out.{kind}"), Options(interval=False))
        first = 2 if kind == "csv" else 1
    else:
        question = CohortWhatIf.of(small, "weight_loss") if kind == "what-if" else None
        found = Tables(question).table(table) if question else scored_with_summary(small, table, False)
        summary, first = found[1], 1
    counted = {}
    for about, rows in summary.remarks.items():
        note_kind, _, text = about.partition(": ")
        counted[note_kind, text.split()[0]] = (rows.count, rows.first)
    wanted = {key: (len(rows), tuple(row + first - 1 for row in rows[:3])) for key, rows in expected(small).items()}
    assert counted == wanted
    assert len(wanted) == 4
    assert summary.failed == 1
    assert "caution: hscrp is beyond 10 mg/L" in str(summary)
