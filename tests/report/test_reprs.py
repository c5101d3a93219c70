"""What one meets in a notebook prints on a few short lines, whatever it holds."""

import json
from inspect import isfunction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_data import write_small
from validation_cohort import a_cohort

import bn
from bn.cohort.reading.columns_report import ColumnsReport
from bn.core.answer import Answer
from bn.core.conditioned import Conditioned
from bn.core.evidence import weigh
from bn.core.observe import observe
from bn.engine import infer
from bn.people import AboutPeople
from bn.questions.forest import Forest
from bn.questions.mediation import Mediation
from bn.report.text.knowledge import ASK
from bn.revision.result import Diff
from bn.revision.worth import WorthKnowing
from bn.tables import AboutTables
from bn.updating import Update
from bn.validation import Validation
from cpds.knowledge import load
from cpds.priors import priors
from cpds.strata import references

SAID = {"age": 68, "hscrp": 4.1, "grip_strength": 19.5, "p62": "high"}


def test_a_model_says_what_it_holds_and_can_be_asked(small: bn.RiskModel) -> None:
    text, page = repr(small), small._repr_html_()
    assert len(text.splitlines()) <= 6
    assert max(map(len, text.splitlines())) <= 160
    for said in ("insulin_resistance = present", f"{len(small.knowledge.variables)} variables", "8 draws", "'main'"):
        assert said in text
        assert said.replace("'", "&#x27;") in page
    assert all(f"<td>{name}</td>" in page for name in small.knowledge.variables)


def test_every_question_is_listed() -> None:
    faces = (bn.RiskModel, AboutPeople, AboutTables)
    members = (member for face in faces for member in vars(face).items())
    methods = {name for name, value in members if isfunction(value) and not name.startswith("_")}
    assert {name.strip() for listed in ASK.values() for name in listed.split(",")} == methods - {"outcomes_in"}


def test_a_model_says_its_setting() -> None:
    assert "'weaker_signaling'" in repr(bn.load(setting="weaker_signaling"))


def test_what_a_model_is_made_of_is_short(small: bn.RiskModel) -> None:
    knowledge = small.knowledge
    observed = observe(small.names, SAID).observed
    evidence = weigh(knowledge, observed)
    person = Conditioned.on(small.network, evidence)
    entries = (*knowledge.variables.values(), *knowledge.biomarkers.values(), *knowledge.interventions.values())
    scores = small.posterior_array(pd.DataFrame({"age": [50, 300] * 50}))
    parts = (knowledge, small.names, small.network, observed, evidence, person, scores)
    answers = (infer(person.tables), *small.network.tables.values(), *references(knowledge).values(), *entries)
    assert {
        repr(part): len(repr(part)) for part in (*parts, *answers) if "\n" in repr(part) or len(repr(part)) > 400
    } == {}
    assert repr(evidence) == "<Evidence: rows: 1; said: age; measured: hscrp, grip_strength, p62>"
    assert repr(scores) == "<Scores: rows: 100, of them NaN: 50; 17 columns, with intervals>"
    assert repr(knowledge.variables["sarcopenia"]) == "<Variable sarcopenia: Sarcopenia>"
    assert repr(small.network) == f"<Network: {len(knowledge.variables)} variables, 77 arcs, draws: 1>"


def kinds(answer: type) -> set[type]:
    """A class's subclasses that have none of their own."""
    below = answer.__subclasses__()
    return {kind for each in below for kind in kinds(each)} if below else {answer}


def tiny(folder: Path) -> bn.RiskModel:
    """The network of three variables, at its priors."""
    rng, entries = np.random.default_rng(0), priors(knowledge := load(write_small(folder)))
    return bn.RiskModel(knowledge, {name: prior.at(rng.standard_normal(99)) for name, prior in entries.items()})


def test_every_answer_is_a_line_a_table_and_a_dictionary_with_its_notes(small: bn.RiskModel, tmp_path: Path) -> None:
    asked, few = {"age": 68, "hscrp": 15.0}, tiny(tmp_path / "data")
    answers: list[Any] = [
        small.posterior(asked),
        small.explain(asked),
        small.next_test(asked),
        small.sensitivity(asked),
        small.most_probable(asked),
        small.what_if(asked, do="weight_loss"),
        small.rank(asked, do="weight_loss"),
        small.mediation(),
        small.evidence("weight_loss"),
        few.worth_knowing(),
        small.columns(a_cohort(3)),
        small.validate(a_cohort(200).assign(hscrp=15.0), "homa_ir>2.5"),
        small.update(a_cohort(200), "homa_ir>2.5"),
        bn.diff(few, bn.RiskModel(few.knowledge, few.parameters)),
    ]
    assert {type(answer) for answer in answers} == kinds(Answer)
    for answer in answers:
        assert "\n" not in repr(answer)
        assert isinstance(answer.to_frame(), pd.DataFrame)
        told = json.loads(json.dumps(answer.to_dict()))
        if not isinstance(
            answer, Mediation | Forest | Validation | ColumnsReport | Diff | WorthKnowing | Update
        ):  # which are about nobody in particular
            assert [note["findings"] for note in told["notes"]][:1] == [["hscrp"]]
            assert answer.notes[0].kind == "caution"


@pytest.mark.parametrize(("grade", "said"), [("nosuch", "grade='nosuch'"), (None, "value=0.5")])
def test_a_figure_says_what_it_was_given(grade: str | None, said: str) -> None:
    from cpds.records import Figure

    figure = Figure(basis="graded", grade=grade) if grade else Figure(basis="assumed", why="an example", value=0.5)
    assert said in repr(figure)
    assert "None" not in repr(figure)
