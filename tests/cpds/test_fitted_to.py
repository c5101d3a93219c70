"""A posterior says what it was fitted to, and every way to it tells when the knowledge beside it has changed since."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from command_line import Myorisk

import bn
from bn.commands.app import app
from bn.core.names import Names
from bn.core.observe import observe
from bn.synthesis import __main__ as synthesis
from bn.synthesis.settings import Plan
from cpds.check import problems
from cpds.fitted import NAME, changes, fitted_to, write_fitted_to
from cpds.knowledge import DATA, Knowledge, load
from cpds.priors import at_prior
from cpds.records import Chances, Figure, Reference


def change(data: Path, name: str, old: str, new: str) -> None:
    path = data / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def few_draws(data: Path) -> None:
    """Keep the point and some draws, which are soon asked."""
    path = data / "posterior/main.npy"
    np.save(path, np.load(path)[:9])


def test_the_shipped_posterior_was_fitted_to_the_shipped_knowledge() -> None:
    assert changes(load(), DATA / "posterior") == []


CHANGES = {
    "prior": (
        "variables/insulin_resistance.toml",
        "value = 1.2, spread = 0.4",
        "value = 0.5, spread = 0.4",
        "prior of insulin_resistance|adiposity:18-33: value was 1.2 when the posterior was fitted and is 0.5 now",
    ),
    "spread": (
        "variables/insulin_resistance.toml",
        "value = 1.2, spread = 0.4",
        "value = 1.2, spread = 0.8",
        "spread was 0.4 when the posterior was fitted and is 0.8 now",
    ),
    "grade": ("grades.toml", "odds_ratio = ", "odds_ratio = 1", ": value was "),
    "knots": ("variables/insulin_resistance.toml", "[18.0, 33.0, 45.0]", "[18.0, 33.0, 50.0]", "arc from adiposity, knots"),
    "midpoint": ("variables/adiposity.toml", "17.9", "17.8", "variable adiposity: midpoints was [17.9"),
    "target": ("targets.toml", "value = 0.209", "value = 0.3", "target dysglycemia_20_39: value was 0.209"),
    "no target": ("targets.toml", 'use = "fit"', 'use = "check"', "target dysglycemia_20_39 is gone"),
    "asked": ("targets.toml", '"[20, 40)"', '"[20, 45)"', "target dysglycemia_20_39: given, age was [20, 40)"),
    "marker": ("biomarkers/homa_ir.toml", "value = 0.02,", "value = 0.03,", "marker homa_ir: error was 0.02"),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(CHANGES))
def test_what_enters_the_synthesis_is_told_by_check_and_load(data: Path, kind: str) -> None:
    name, old, new, said = CHANGES[kind]
    change(data, name, old, new)
    assert any(problem.startswith("posterior: ") and said in problem for problem in problems(data))
    with pytest.warns(bn.StalePosteriorWarning, match="rerun `python -m bn.synthesis`"):
        bn.load(data)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("variables/insulin_resistance.toml", 'note = "Context', 'note = "Still context'),
        ("variables/insulin_resistance.toml", "value = 1.2, spread = 0.4", "value=1.20,   spread = 4e-1"),
        ("variables/insulin_resistance.toml", "[[intercepts]]", "# a comment\n\n[[intercepts]]"),
        ("targets.toml", 'note = "Printed', 'note = "It is printed'),
        ("biomarkers/homa_ir.toml", "accepted = [0.02, 300.0]", "accepted = [0.02, 200.0]"),
        ("biomarkers/homa_ir.toml", "value = 405.0", "value = 404.0"),
        ("biomarkers/homa_ir.toml", 'aliases = ["homa", ', 'aliases = ["homa", "homa_of_mine", '),
        ("interventions/weight_loss.toml", 'note = "Not', 'note = "It is not'),
    ],
)
def test_what_does_not_enter_it_is_not(data: Path, name: str, old: str, new: str) -> None:
    change(data, name, old, new)
    assert not [problem for problem in problems(data) if problem.startswith("posterior")]
    bn.load(data)


@pytest.mark.parametrize(
    "question",
    ["risk age=60", "explain age=60", "what-if age=60 --do weight_loss", "what-if age=60 --do weight_loss --sweep adiposity",
     "mediation", "claims"],
)  # fmt: skip
def test_json_carries_it_among_the_notes(data: Path, question: str) -> None:
    change(data, *CHANGES["marker"][:3])
    few_draws(data)
    printed = CliRunner().invoke(app, [*question.split(), "--json", "--data", str(data)])
    assert printed.exit_code == 0, printed.output
    first = json.loads(printed.stdout)["notes"][0]
    assert (first["kind"], first["findings"]) == ("caution", [])
    assert "marker homa_ir: error was 0.02 when the posterior was fitted" in first["text"]


def test_a_stratum_is_named_by_whom_it_is_about(data: Path) -> None:
    change(data, "biomarkers/homa_ir.toml", "center = 1.186", "center = 1.2")
    with pytest.warns(bn.StalePosteriorWarning, match=r"strata, adiposity bmi_19_21, center was 1\.186 .* is 1\.2 now"):
        bn.load(data)


def test_a_new_arc_takes_its_prior_and_is_named(data: Path) -> None:
    arc = '\n[[parents]]\nid = "er_stress"\nsign = "+"\neffects = [{ basis = "assumed", value = 0.4, spread = 0.2, why = "a test" }]\n'
    path = data / "variables/sarcopenia.toml"
    path.write_text(path.read_text(encoding="utf-8") + arc, encoding="utf-8")
    with pytest.warns(
        bn.StalePosteriorWarning,
        match=r"what is new takes its prior: prior of sarcopenia\|er_stress is new since the posterior",
    ):
        model = bn.load(data)
    assert model.parameters["sarcopenia|er_stress"].shape == (401,)
    assert 0 < model.posterior(age=60).risk < 1


def test_few_differences_are_told_at_once_and_the_rest_counted(data: Path) -> None:
    path = data / "targets.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("spread = 0.04", "spread = 0.05"), encoding="utf-8")
    with pytest.warns(bn.StalePosteriorWarning, match=r"; and 1 more; .* names all") as told:
        bn.load(data)
    assert "\n" not in str(told[0].message)
    assert len(problems(data)) == 4


def test_a_command_says_it_in_one_line_on_stderr(data: Path, myorisk: Myorisk) -> None:
    change(data, *CHANGES["prior"][:3])
    done = myorisk("risk", "age=60", "--json", "--data", data)
    (line,) = done.stderr.splitlines()
    assert line.startswith("myorisk: warning: ")
    assert CHANGES["prior"][3] in line
    assert 0 < json.loads(done.stdout)["risk"] < 1


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"priors": 3}', "\x00"])
def test_a_record_that_is_missing_or_damaged_is_told(data: Path, text: str | None) -> None:
    path = data / "posterior" / NAME
    path.unlink()
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert [problem.split(":")[0] for problem in problems(data)] == [f"posterior/{NAME}"]
    with pytest.warns(bn.StalePosteriorWarning, match=f"posterior/{NAME}: "):
        bn.load(data)


def said_by_targets(knowledge: Knowledge) -> list[np.ndarray]:
    """What the readings in fitted targets say of states: all that a marker brings into the synthesis."""
    names, found = Names(knowledge), []
    for target in knowledge.targets.values():
        for said in (target.event, target.given, target.versus or {}):
            if target.use == "fit" and said:
                evidence = observe(names, said).evidence
                found += [table.values for table in evidence.soft]
    return found


def with_biomarker(knowledge: Knowledge, **changed: Any) -> Knowledge:
    """The knowledge with one more or another marker."""
    copy = replace(knowledge)
    copy.__dict__["biomarkers"] = {**knowledge.biomarkers, **changed}
    return copy


def altered(part: Figure | Reference | Chances) -> Figure | Reference | Chances:
    """The same with each of its numbers a tenth lower."""
    if isinstance(part, Reference):
        strata = [msgspec.structs.replace(one, center=one.center * 0.9) for one in part.strata]
        return msgspec.structs.replace(part, strata=tuple(strata))
    if isinstance(part, Chances):
        return msgspec.structs.replace(part, probabilities=tuple(0.9 * one for one in part.probabilities))
    return msgspec.structs.replace(part, value=part.number * 0.9, low=None, high=None)


@pytest.mark.parametrize("name", ["homa_ir", "hscrp", "grip_strength", "hba1c", "diagnosed_diabetes"])
def test_the_record_holds_exactly_the_figures_that_targets_hear_of(name: str) -> None:
    """A figure of a marker is in the record if, and only if, what targets say changes with it."""
    shipped = load()
    before, record = said_by_targets(shipped), fitted_to(shipped)
    marker = shipped.biomarkers[name]
    parts = {key: getattr(marker, key) for key in marker.__struct_fields__}
    figures = {key: part for key, part in parts.items() if isinstance(part, Figure | Reference | Chances)}
    assert figures
    for key, figure in figures.items():
        other = altered(figure)
        changed = with_biomarker(shipped, **{name: msgspec.structs.replace(marker, **{key: other})})
        moved = any((old != new).any() for old, new in zip(before, said_by_targets(changed), strict=True))
        # a reference cut into strata with shares of their own hides the marker's share; the record may hold it
        assert moved == (fitted_to(changed) != record) or (key == "share" and not moved), key


def test_the_synthesis_replaces_all_files_or_none(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that breaks off leaves the posterior as it was; one that ends takes the place of all of it."""
    change(data, *CHANGES["prior"][:3])
    (data / "posterior" / "dropped_setting.npy").write_bytes(b"")
    before = {path.name: path.read_bytes() for path in (data / "posterior").iterdir()}
    run = type("Run", (), {"parameters": np.ones((len(at_prior(load(data))), 3)), "diagnostics": None})()
    monkeypatch.setattr(synthesis, "fit_all", lambda *_: ({"main": None}, []))
    monkeypatch.setattr(synthesis, "shipped", lambda *_: run)
    monkeypatch.setattr(synthesis, "write_diagnostics", lambda *_: None)
    monkeypatch.setattr(synthesis, "_write_parameters", lambda *_: None)
    monkeypatch.setattr(synthesis, "_write_studies", lambda *_: None)
    monkeypatch.setattr(synthesis, "write_report", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        synthesis.main(data, Plan(), lambda *_: None)
    assert {path.name: path.read_bytes() for path in (data / "posterior").iterdir()} == before
    monkeypatch.setattr(synthesis, "write_report", lambda *_: "a report")
    synthesis.main(data, Plan(), lambda *_: None)
    assert {path.name for path in (data / "posterior").iterdir()} == {"main.npy", "report.md", NAME}
    assert changes(load(data), data / "posterior") == []
    assert not [path for path in data.iterdir() if path.name.startswith(".")]


def test_the_record_survives_being_written_again(tmp_path: Path) -> None:
    write_fitted_to(load(), tmp_path)
    assert (tmp_path / NAME).read_bytes() == (DATA / "posterior" / NAME).read_bytes()
    recorded: Mapping[str, Any] = json.loads((tmp_path / NAME).read_text(encoding="utf-8"))
    assert set(recorded) == {
        *("priors", "variables", "targets", "studies", "interventions", "markers", "panels", "settings"),
    }


def test_no_warning_without_a_change() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bn.load()


def test_knowledge_that_leads_nowhere_is_told_by_load_too(data: Path) -> None:
    change(data, "variables/insulin_resistance.toml", 'grade = "animal_intervention"', 'grade = "gossip"')
    with pytest.raises(bn.api.KnowledgeError, match="unknown 'gossip'"):
        bn.load(data)
