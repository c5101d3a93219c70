"""The forest: each study beside the network's answer, which is that of a what-if or a posterior asked by hand."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import Myorisk
from matplotlib.axes import Axes

import bn
from bn.core.answer import interval_of
from bn.core.conditioned import probability
from bn.core.errors import QuestionError, UnknownNameError
from bn.questions.forest import Count, Forest, StudyRow
from bn.questions.forest.result import LEVEL
from cpds.knowledge import KnowledgeError, load
from cpds.logistic import logit
from cpds.measurement import log_likelihood
from cpds.records import Study
from cpds.study_rule import things_studied
from cpds.table import Readings


@pytest.fixture(scope="module")
def few(model: bn.RiskModel) -> bn.RiskModel:
    """The shipped network with two draws, which is soon asked by hundreds of studies."""
    return bn.RiskModel(model.knowledge, {name: values[:3] for name, values in model.parameters.items()})


@pytest.fixture(scope="module")
def every(few: bn.RiskModel) -> Forest:
    return few.evidence()


@pytest.fixture(scope="module")
def studies(few: bn.RiskModel) -> dict[str, Study]:
    return {study.id: study for study in (*few.knowledge.trials, *few.knowledge.associations)}


def asked(forest: Forest, how: str) -> Iterator[StudyRow]:
    return (row for row in forest.rows if row.how == how and row.network is not None)


def edited(data: Path, few: bn.RiskModel, study: str, **cells: str) -> bn.RiskModel:
    """The model with cells of one trial replaced."""
    path = data / "trials.tsv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    names = header.split("\t")
    for place, line in enumerate(lines):
        found = dict(zip(names, line.split("\t"), strict=False))
        if found["id"] == study:
            lines[place] = "\t".join((found | cells).get(name, "") for name in names)
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return bn.RiskModel(load(data), few.parameters)


def first_trial(every: Forest) -> StudyRow:
    """One with a size, of the intervention with the fewest studies, which are soonest asked again."""
    sized = (row for row in asked(every, "doing") if row.log_odds is not None)
    return min(sized, key=lambda row: len(about(every, row.about)))


def about(every: Forest, name: str) -> list[StudyRow]:
    return [row for row in every.rows if name in row.names]


def test_every_row_of_every_use_is_there_with_its_reason_and_source(every: Forest, studies: dict[str, Study]) -> None:
    assert {row.id for row in every.rows} == set(studies)
    assert {(row.id, row.use, row.why) for row in every.rows} == {(s.id, s.use, s.why) for s in studies.values()}
    assert all((row.verdict == "not asked") == bool(row.unasked) == (row.network is None) for row in every.rows)
    assert all(every.sources[row.source].address for row in every.rows)


def test_a_trial_is_answered_as_the_what_if_of_its_people(
    every: Forest, studies: dict[str, Study], few: bn.RiskModel
) -> None:
    plain = [row for row in asked(every, "doing") if studies[row.id].outcome in few.knowledge.variables]
    chosen = [next(row for row in plain if bool(row.given) is held) for held in (False, True)]
    for row in chosen:
        study = studies[row.id]
        index = few.network.state_index(study.outcome, study.state) if study.state else -1
        odds = []
        for acts in (study.acts, study.against):  # type: ignore[attr-defined]
            answer = few.what_if(study.given, do=acts or study.acts, exact_interval=True)  # type: ignore[attr-defined]
            odds.append(logit((answer.after if acts else answer.before)[str(study.outcome)][index]))
        difference = odds[0] - odds[1]
        assert row.network == pytest.approx(difference[0], abs=1e-9)
        assert (row.network_low, row.network_high) == pytest.approx(interval_of(difference[1:], LEVEL), abs=1e-9)


def test_a_marker_after_a_trial_is_read_beyond_its_cut(
    every: Forest, studies: dict[str, Study], few: bn.RiskModel
) -> None:
    knowledge = few.knowledge
    for row in asked(every, "doing"):
        study = studies[row.id]
        cut = re.fullmatch(rf"{study.outcome} above ([\d.]+).*", row.asked)
        if not cut or study.against:  # type: ignore[attr-defined]
            continue
        above = log_likelihood(knowledge, str(study.outcome), Readings(np.array([float(cut[1])]), np.ones(1, np.int8)))
        if len(above.axes) == 1:
            answer = few.what_if(study.given, do=study.acts)  # type: ignore[attr-defined]
            worlds = (answer.after, answer.before)
            odds = [logit(np.exp(above.values[:, 0]) @ world[above.axes[0]][:, 0]) for world in worlds]
            assert row.network == pytest.approx(odds[0] - odds[1], abs=1e-6)
            return
    pytest.fail("no trial measures a marker whose reference is the same for all")


def test_an_association_is_answered_by_conditioning(
    every: Forest, studies: dict[str, Study], few: bn.RiskModel
) -> None:
    knowledge = few.knowledge
    checked = set()
    for row in asked(every, "seeing"):
        study = studies[row.id]
        subject = str(study.subject)  # type: ignore[attr-defined]
        marker = knowledge.biomarkers.get(subject)
        by = knowledge.variables[marker.variable if marker else subject]
        cut = re.fullmatch(rf"{study.outcome} (above|below) ([\d.]+).*", row.asked)
        if by.scale or by.id in checked or not (cut or study.outcome in knowledge.variables):
            continue
        event = {str(study.outcome): (">" if cut[1] == "above" else "<") + cut[2] if cut else row.asked.split()[1]}
        ends = [probability(few.network, few.names, event, study.given | {by.id: by.states[end]}) for end in (-1, 0)]
        assert row.network == pytest.approx(float((logit(ends[0]) - logit(ends[1]))[0]), abs=1e-6)
        checked.add(by.id)
    assert len(checked) > 3


def test_an_exposure_on_a_scale_is_compared_over_its_sd(
    every: Forest, studies: dict[str, Study], few: bn.RiskModel
) -> None:
    variables = few.knowledge.variables
    row, by, steps = next(
        (row, by, 2 if studies[row.id].conversion == "correlation" else 1)
        for row in asked(every, "seeing")
        if (by := variables.get(row.about)) and by.scale and studies[row.id].outcome in variables
    )
    weight = np.array(list(few.posterior(row.given)[by.id].values()))
    outcome = str(studies[row.id].outcome)
    heights = [
        logit(np.array(few.posterior({**row.given, by.id: state})[outcome][variables[outcome].states[-1]]))
        for state in by.states
    ]
    assert by.scale is not None
    at = np.array(by.scale.midpoints)
    mean = weight @ at
    sd = np.sqrt(weight @ (at - mean) ** 2)
    slope = np.polyfit(at, heights, 1, w=np.sqrt(weight))[0]
    assert row.network == pytest.approx(steps * slope * sd, abs=1e-6)


def test_inside_is_within_two_spreads_and_a_sign_counts_where_the_interval_excludes_zero(
    every: Forest, data: Path, few: bn.RiskModel
) -> None:
    row = first_trial(every)
    assert row.network is not None
    name = row.about
    far, near = row.network + 1.0, row.network + 0.1
    answers = {
        cells: edited(data, few, row.id, log_odds=f"{cells[0]:.4f}", spread=f"{cells[1]:.4f}").evidence(name)[row.id]
        for cells in ((far, 0.5), (far, 0.52), (near, 10.0), (-row.network, abs(row.network) / 3))
    }
    found = [(answer.verdict, answer.agrees) for answer in answers.values()]
    assert [verdict for verdict, _ in found] == ["outside", "inside", "inside", "outside"]
    assert found[2][1] is None
    assert found[3][1] is False


def test_what_the_network_lacks_is_shown_as_not_there_yet(every: Forest, data: Path, few: bn.RiskModel) -> None:
    row = first_trial(every)
    with (data / "pending.tsv").open("a", encoding="utf-8") as file:
        file.write("act_to_come\tintervention\twhat it is to do\n")
    forest = edited(data, few, row.id, acts="act_to_come").evidence("act_to_come")
    assert [(found.id, found.verdict, found.unasked) for found in forest.rows] == [
        (row.id, "not asked", "not in the network yet: act_to_come")
    ]
    assert forest.not_asked == 1
    assert "Forest: act_to_come" in repr(forest)


def test_a_row_that_cannot_be_asked_says_why_and_takes_no_other_along(
    every: Forest, data: Path, few: bn.RiskModel
) -> None:
    row = first_trial(every)
    model = edited(data, few, row.id, acts="no_such_act")
    measured = {*few.knowledge.variables, *few.knowledge.biomarkers}
    found = model.evidence(
        min((len(rows), name) for name in measured & {*row.names} if len(rows := about(every, name)) > 1)[1]
    )
    assert found[row.id].unasked == "unknown intervention 'no_such_act'"
    assert any(other.network is not None for other in found.rows)
    impossible = edited(data, few, row.id, acts=row.about, given="sex=neither").evidence(row.about)[row.id]
    assert "neither" in impossible.unasked
    with pytest.raises(KnowledgeError, match=r"trials\.tsv"):
        edited(data, few, row.id, use="perhaps").evidence(row.about)


def test_names_are_found_by_alias_and_unknown_ones_get_a_hint(few: bn.RiskModel) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown intervention, variable or marker 'hscpr' \(did you mean"):
        few.evidence("hscpr")
    with pytest.raises(UnknownNameError, match="'qqq'; without a name all trials and studies are shown"):
        few.evidence("qqq")
    marker = next(m for m in few.knowledge.biomarkers.values() if m.aliases and m.id in things_studied(few.knowledge))
    by_alias, by_id = few.evidence(marker.aliases[0]), few.evidence(marker.id)
    assert by_alias.to_dict() == by_id.to_dict()
    assert {row.id for row in by_id.rows} <= {row.id for row in few.evidence(marker.variable).rows}


def test_a_name_without_studies_has_an_empty_answer(few: bn.RiskModel) -> None:
    knowledge = few.knowledge
    name = next(name for name in knowledge.biomarkers if name not in things_studied(knowledge))
    forest = few.evidence(name)
    assert (forest.rows, len(forest.to_frame()), forest.to_dict()["studies"]) == ((), 0, [])
    assert "0 studies" in repr(forest)
    with pytest.raises(QuestionError, match="could be drawn"):
        forest.plot()


def test_counts_keep_animals_and_contrary_findings_apart_and_order_trials_of_new_cases(every: Forest) -> None:
    row = replace(first_trial(every), use="order", log_odds=None, low=None, high=None, asked="x present", agrees=True)
    rows = (
        replace(row, ratio=0.5, network=-1.0),
        replace(row, ratio=0.7, network=-0.5, agrees=False),
        replace(row, ratio=0.9, network=-0.7),
        replace(row, ratio=0.6, network=-0.9, asked="another"),
        replace(row, species="mouse"),
        replace(row, use="contrary", agrees=False),
    )
    counts = replace(every, rows=rows).counts
    assert counts["right sign, no size"] == Count(3, 4)
    assert counts["pairs of trials in order of new cases"] == Count(2, 3)
    assert counts["right sign, animals"] == Count(1, 1)
    assert counts["contrary findings met"] == Count(0, 1)
    assert counts["for the fit, inside"] == Count(0, 0)
    sized = [
        replace(first_trial(every), use="fit", low=low, high=high, verdict=verdict)
        for low, high, verdict in ((-1.0, 1.0, "inside"), (0.5, 1.0, "inside"), (-1.0, -0.5, "outside"))
    ]
    counts = replace(every, rows=tuple(sized)).counts
    assert counts["for the fit, inside"] == Count(2, 3)
    assert counts["of these with an interval that excludes zero"] == Count(1, 2)


def test_the_command_prints_the_dictionary_or_every_study(every: Forest, few: bn.RiskModel, myorisk: Myorisk) -> None:
    name = first_trial(every).about
    forest = few.evidence(name)
    found = json.loads(myorisk("evidence", name, "--json", model=few).stdout)
    assert {key: value for key, value in found.items() if key != "notes"} == json.loads(json.dumps(forest.to_dict()))
    table = myorisk("evidence", name, model=few).stdout
    for row in forest.rows:
        assert row.id in table
        assert row.printed[:40] in table
        assert forest.sources[row.source].address[:60] in table
    assert max(map(len, table.partition("Numbers are log odds")[0].splitlines())) <= 120


def test_the_page_holds_every_study_and_escapes_what_it_says(every: Forest) -> None:
    row = replace(first_trial(every), people="<b>lean & old</b>")
    page = replace(every, name=row.about, rows=(row,))._repr_html_()
    assert "&lt;b&gt;lean &amp; old&lt;/b&gt;" in page
    assert all(text in page for text in (row.id, row.verdict, f"{row.network:+.2f}"))


def test_the_plot_holds_the_numbers_filled_where_fitted(every: Forest, few: bn.RiskModel) -> None:
    row = first_trial(every)
    rows = (replace(row, use="fit"), replace(row, use="check", log_odds=0.5, low=-9.0, high=9.0))
    picture = replace(every, name=row.about, rows=rows).plot()
    assert [marks(axes, "s") for axes in picture.axes] == [[(row.log_odds, True)], [(0.5, False)]]
    assert [marks(axes, "D") for axes in picture.axes] == [[(row.network, True)], [(row.network, False)]]
    assert [len(marks(axes, "<") + marks(axes, ">")) for axes in picture.axes] == [0, 2]


def marks(axes: Axes, marker: str) -> list[tuple[float, bool]]:
    """Place of each mark of a kind, and whether it is filled."""
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return [(float(line.get_xdata()[0]), line.get_markerfacecolor() != "white") for line in lines]  # type: ignore[index]
