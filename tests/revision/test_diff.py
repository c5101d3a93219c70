"""Whose answers moved: what `diff` shows at once is what a rerun of the synthesis shows, within the stated error."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from click.testing import CliRunner
from data_edits import edit
from small_data import rerun, write_small

import bn
from bn.commands.app import app
from bn.core.model import Network
from bn.revision import Diff
from bn.revision.battery import ask
from bn.revision.sample import Sample
from bn.synthesis.fit import Problem
from cpds.knowledge import DATA, KnowledgeError, load

ARC = '[[parents]]\nid = "age"\neffects = [{ basis = "assumed", value = 0.4, spread = 0.2, why = "a test" }]\n'
CHANGES = {
    "prior": ("variables/illness.toml", "value = 1.0, spread = 0.5", "value = 0.8, spread = 0.4"),
    "arc": ("variables/illness.toml", r"\Z", ARC),
    "marker of a target": ("biomarkers/creak.toml", r"0\.2, 0\.5", "0.1, 0.7"),
    "target": ("targets.toml", r"value = 0\.25", "value = 0.3"),
}


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small network with its posterior."""
    root = write_small(tmp_path_factory.mktemp("old") / "data")
    rerun(root)
    return root


@pytest.fixture
def changed(fitted: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(fitted, tmp_path / "changed"))


def exactly(data: Path) -> dict[tuple[str, str], float]:
    """Answers at the posterior mean, by weighing many draws from the priors by the targets: no chain, no ratio.

    Each parameter has its own random numbers, so that what is common to two folders does not differ by chance.
    """
    problem = Problem.of(load(data))
    drawn = {
        name: prior.at(np.random.default_rng(crc32(name.encode())).standard_normal(240_000))
        for name, prior in problem.priors.items()
    }
    said = problem.targets.evaluate(Network.build(problem.knowledge, drawn))
    misfit = (said - problem.targets.wanted[:, None]) / problem.targets.spreads[:, None]
    weights = np.exp(-0.5 * (misfit**2).sum(axis=0))
    means = {name: np.full(3, np.average(values, weights=weights)) for name, values in drawn.items()}
    sample = Sample.of(bn.RiskModel(problem.knowledge, means))
    return {
        (item.id, variable): float(values[0])
        for item in problem.knowledge.battery.values()
        for variable, values in ask(sample, item).items()
    }


def assert_within_error(found: Diff, old: Path, new: Path) -> None:
    before, after = exactly(old), exactly(new)
    assert len(found.answers) == len(after)
    for row in found.answers:
        wanted = after[row.item, row.variable] - before[row.item, row.variable]
        assert row.difference == pytest.approx(wanted, abs=3 * row.error + 1e-4), row
        assert row.error < 0.02
    assert any(row.clear for row in found.answers)


@pytest.mark.parametrize(
    "kind", ["prior", "arc", *(pytest.param(each, marks=pytest.mark.long) for each in ("marker of a target", "target"))]
)
def test_a_change_shows_what_a_full_rerun_shows(fitted: Path, changed: Path, kind: str) -> None:
    name, old, new = CHANGES[kind]
    edit(changed / name, old, new)
    at_once = bn.diff(fitted, changed)
    assert at_once.old.state == "fitted"
    assert at_once.new.state == ("reweighted" if kind == "prior" else "foreseen")
    assert "rerun `python -m bn.synthesis`" in at_once.new.told
    assert 50 < at_once.new.effective < at_once.new.draws == 400
    assert_within_error(at_once, fitted, changed)
    rerun(changed)
    later = bn.diff(fitted, changed)
    assert (later.old.state, later.new.state) == ("fitted", "fitted")
    assert later.changes == at_once.changes
    assert_within_error(later, fitted, changed)


def test_a_marker_outside_the_targets_moves_answers_without_a_rerun(fitted: Path, changed: Path) -> None:
    edit(changed / "biomarkers/groan.toml", r"0\.2, 0\.5", "0.1, 0.7")
    found = bn.diff(fitted, changed)
    assert (found.new.state, found.new.told) == ("fitted", "")
    moved = {row.item for row in found.answers if row.clear}
    assert moved == {"groaning"}
    risk = next(row for row in found.answers if row.item == "groaning" and row.of_risk)
    before, after = (bn.load(data).posterior(age="young", groan="loud").risk for data in (fitted, changed))
    assert (risk.before, risk.after) == pytest.approx((before, after), abs=1e-12)
    rerun(changed)
    again = bn.diff(fitted, changed)
    assert [(row.before, row.after) for row in again.answers] == [(row.before, row.after) for row in found.answers]


def test_an_intervention_moves_what_ifs_alone(fitted: Path, changed: Path) -> None:
    edit(changed / "interventions/stretching.toml", "value = -1.0", "value = -2.0")
    found = bn.diff(fitted, changed)
    (row,) = [row for row in found.answers if row.clear]
    effect = bn.load(changed).what_if(age="old", creak="loud", do="stretching").difference
    assert (row.item, row.after) == ("loosened", pytest.approx(effect, abs=1e-12))
    assert found.changes == ("intervention stretching: stiffness, shift was -1.0 and is -2.0 now",)


def unsigned(data: Path) -> None:
    """An arc loses its sign, so that effects of the other sign, which no draw holds, become possible."""
    edit(data / "variables/illness.toml", r'sign = "\+"\n', "")


def several_intercepts(data: Path) -> None:
    """A new variable of three states: its prior draws move together, and so are no draws from the product of priors."""
    figure = '{ basis = "assumed", value = -1.0, spread = 0.2, why = "a test" }'
    (data / "variables/mood.toml").write_text(
        'id = "mood"\ntitle = "Mood"\nrole = "mechanism"\nstates = ["good", "fair", "bad"]\ndefinition = "An example."\n'
        f'intercepts = [{figure}, {figure.replace("-1.0", "-2.0")}]\n[[parents]]\nid = "age"\neffects = [{figure}]\n',
        encoding="utf-8",
    )


def target_of_nothing(data: Path) -> None:
    edit(data / "targets.toml", r"\{ creak", "{ crack")


@pytest.mark.parametrize("change", [unsigned, several_intercepts, target_of_nothing])
def test_what_the_draws_cannot_foresee_is_left_to_a_rerun(
    fitted: Path, changed: Path, change: Callable[[Path], None]
) -> None:
    change(changed)
    found = bn.diff(fitted, changed)
    assert (found.new.state, found.new.effective) == ("before", 400)
    assert "rerun `python -m bn.synthesis`" in found.new.told
    assert any(row.difference == 0 for row in found.answers)
    assert bool(found.missing) == (change is target_of_nothing)


def test_draws_of_another_run_foresee_nothing(fitted: Path, changed: Path) -> None:
    """Weights belong to draws that were fitted to the other side, not to any that lie in the folder."""
    edit(changed / "targets.toml", r"value = 0\.25", "value = 0.3")
    assert bn.diff(fitted, changed).new.state == "foreseen"
    table = np.load(changed / "posterior/main.npy")
    table[1:] = table[:0:-1]
    np.save(changed / "posterior/main.npy", table)
    assert bn.diff(fitted, changed).new.state == "before"


def test_draws_that_are_too_few_are_not_used(fitted: Path, changed: Path) -> None:
    """A prior far from every draw: the answers stay those of before, and the count and the reason are told."""
    edit(changed / "variables/illness.toml", "value = 1.0, spread = 0.5", "value = 6.0, spread = 0.1")
    found = bn.diff(fitted, changed)
    assert found.new.state == "before"
    assert found.new.effective < 50
    assert "too few to trust" in found.new.told
    assert all(row.difference == 0 for row in found.answers)


def test_the_reweighted_interval_is_that_of_a_rerun(fitted: Path, changed: Path) -> None:
    """The draws follow their weights, not the point alone: half as wide a prior gives a narrower interval."""
    edit(changed / "variables/stiffness.toml", "value = -1.0, spread = 0.5", "value = -1.0, spread = 0.25")
    with pytest.warns(
        bn.StalePosteriorWarning, match=r"reweighted to priors that changed \(\d+ effective draws of 400\)"
    ):
        at_once = bn.load(changed).posterior(age="young").interval("stiffness")
    rerun(changed)
    later, before = (bn.load(data).posterior(age="young").interval("stiffness") for data in (changed, fitted))
    assert at_once == pytest.approx(later, abs=0.02)
    assert before[1] - before[0] > 1.2 * (later[1] - later[0])


def test_errors_say_how_far_answers_of_other_draws_lie_apart(fitted: Path) -> None:
    """Half of the draws against the other half: over the answers, squared differences in errors average to one."""
    model = bn.load(fitted)
    scaled = []
    for seed in range(12):
        order = np.random.default_rng(seed).permutation(400)
        halves = []
        for part in np.split(1 + order, 2):
            drawn = {name: values[part] for name, values in model.parameters.items()}
            whole = {name: np.concatenate([[values.mean()], values]) for name, values in drawn.items()}
            halves.append(replace(model, parameters=whole))
        found = bn.diff(*halves)
        scaled += [(row.difference / row.error) ** 2 for row in found.answers]
    assert 0.5 < np.mean(scaled) < 1.6


def test_structural_settings_can_be_compared(model: bn.RiskModel) -> None:
    other = bn.load(setting="weaker_signaling")
    few = [
        replace(one, parameters={name: values[:9] for name, values in one.parameters.items()}) for one in (model, other)
    ]
    found = bn.diff(*few)
    assert (found.old.name, found.new.name) == ("data (main)", "data (weaker_signaling)")
    assert found.answers[0].size > 0.01
    assert "Whose answers moved" in found._repr_html_()
    assert found.answers[0].title in found._repr_html_()
    assert repr(found).startswith("<Diff: ")


def test_nothing_moves_between_copies(fitted: Path, changed: Path) -> None:
    found = bn.diff(fitted, changed)
    assert found.changes == found.claims == found.missing == ()
    assert {(row.difference, row.error) for row in (*found.answers, *found.targets)} == {(0.0, 0.0)}


def test_what_one_side_lacks_is_said_in_its_rows_and_nothing_is_lost(fitted: Path, changed: Path) -> None:
    (changed / "biomarkers/groan.toml").unlink()
    (changed / "interventions/stretching.toml").unlink()
    (changed / "battery.toml").unlink()
    (changed / "claims.tsv").unlink()
    for old, new, side in ((changed, fitted, "old"), (fitted, changed, "new")):
        found = bn.diff(old, new)
        rows = {(row.item, row.variable): row for row in found.answers}
        assert len(rows) == 7
        lacking = {key: row for key, row in rows.items() if row.difference is None}
        assert set(lacking) == {("groaning", "stiffness"), ("groaning", "illness"), ("loosened", "illness")}
        assert lacking["groaning", "illness"].why.startswith(f"{side}: unknown observation 'groan'")
        assert (lacking["groaning", "illness"].after is None) == (side == "new")
        assert all(row.difference == 0 for key, row in rows.items() if key not in lacking)
        (missing,) = found.missing
        assert missing.startswith("claims: ")
        assert "claims.tsv: missing" in missing


def test_a_variable_that_one_side_lacks_is_a_row(fitted: Path, changed: Path) -> None:
    text = (changed / "variables/illness.toml").read_text(encoding="utf-8")
    text = text.replace("illness", "misery").replace("Illness", "Misery").replace('risk = "present"\n', "")
    (changed / "variables/misery.toml").write_text(text, encoding="utf-8")
    found = bn.diff(fitted, changed)
    new = [row for row in found.answers if row.variable == "misery"]
    assert [row.why for row in new] == ["old: no such variable"] * 3
    assert all(row.before is None and 0 < row.after < 1 for row in new)
    assert "variable misery is new" in found.changes


def broken(kind: str, data: Path) -> None:
    posterior = data / "posterior"
    match kind:
        case "no draws":
            (posterior / "main.npy").unlink()
        case "damaged":
            (posterior / "main.npy").write_bytes(b"no array")
        case "no listing":
            (posterior / "parameters.tsv").unlink()
        case "older format":
            for name in ("creak", "groan"):
                edit(data / f"biomarkers/{name}.toml", "ordinal", "criterion")
            edit(data / "interventions/stretching.toml", "done_by", "by")
        case "battery":
            (data / "battery.toml").write_text("[[battery", encoding="utf-8")


@pytest.mark.parametrize("kind", ["no draws", "damaged", "no listing", "older format", "battery"])
def test_data_that_cannot_be_read_are_named_with_what_is_wrong(fitted: Path, changed: Path, kind: str) -> None:
    broken(kind, changed)
    said = {"no draws": "main.npy: missing", "damaged": "main.npy: damaged", "no listing": "parameters.tsv: missing",
            "older format": "interventions/stretching.toml: by: unknown key", "battery": "battery.toml: not valid"}  # fmt: skip
    for pair in ((fitted, changed), (changed, fitted)):
        with pytest.raises(KnowledgeError) as told:
            bn.diff(*pair)
        assert all(line.startswith(f"{changed}: ") for line in str(told.value).splitlines())
        assert said[kind] in str(told.value)


def test_folders_that_are_none_or_the_same_are_refused(fitted: Path, tmp_path: Path) -> None:
    with pytest.raises(bn.QuestionError, match="does not exist"):
        bn.diff(fitted, tmp_path / "nowhere")
    link = tmp_path / "link"
    link.symlink_to(fitted)
    for same in (str(fitted), link, fitted / ".." / fitted.name):
        with pytest.raises(bn.QuestionError, match="compared with itself"):
            bn.diff(fitted, same)


def test_the_command_prints_tables_json_and_markdown(fitted: Path, changed: Path) -> None:
    edit(changed / "biomarkers/groan.toml", r"0\.2, 0\.5", "0.1, 0.7")
    asked = ["diff", str(fitted), str(changed)]
    table, as_json, as_markdown, both = (
        CliRunner().invoke(app, [*asked, *options])
        for options in ([], ["--json"], ["--markdown", "--top", "1"], ["--json", "--markdown"])
    )
    record = json.loads(as_json.stdout)
    first = record["answers"][0]
    shown = f"{first['before']:.3f}  {first['after']:.3f}      {first['difference']:+.3f}"
    assert shown in table.stdout
    assert "marker groan: levels, loud, probabilities was [0.2, 0.5] and is [0.1, 0.7] now" in table.stdout
    (row,) = [line for line in as_markdown.stdout.splitlines() if "| Stiffness |" in line]
    assert row.split(" | ")[2:5] == shown.split()
    assert [line for line in table.stderr.splitlines() if "warning" in line] == []
    assert isinstance(both.exception, bn.QuestionError)


@pytest.mark.long
def test_the_shipped_network_answers_for_a_changed_prior_without_a_rerun(data: Path) -> None:
    """What adiposity does to resistance, halved in its prior: the data hold it, so the risk moves by little, and clearly."""
    edit(data / "variables/insulin_resistance.toml", "value = 1.2, spread = 0.4", "value = 0.5, spread = 0.4")
    found = bn.diff(DATA, data)
    assert found.new.state == "reweighted"
    assert found.changes == ("prior of insulin_resistance|adiposity:18-33: value was 1.2 and is 0.5 now",)
    assert found.new.effective > 200
    heavy = next(row for row in found.answers if row.item == "very_heavy" and row.of_risk)
    assert heavy.clear
    assert 0 < abs(heavy.difference) < 0.01
    assert {row.item for row in found.answers} == set(load().battery)
