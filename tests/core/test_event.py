"""What a variable's title stands for where it has more than two states: read, summed, shown and scored as one event."""

import re
import shutil
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from data_edits import add_frailty, edit
from rich.console import Console

import bn
from bn.claims import execute_contrary
from bn.claims.scene import Scene, Setting
from bn.core.answer import LEVEL, interval_of
from bn.core.conditioned import probability
from bn.core.errors import QuestionError, UnknownNameError
from bn.core.heading import variable_weights
from bn.questions.definitions import under_definition
from bn.report import text
from bn.report.html import posterior_html
from bn.report.text.knowledge import entry
from bn.report.text.person import risk_table
from bn.report.text.what_if import what_if_table
from bn.synthesis.findings import exposure_effect
from bn.synthesis.targets import Targets
from cpds.check import problems
from cpds.knowledge import DATA
from cpds.logistic import expit

PERSON = {"age": 66, "sex": "female", "bmi": 29}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = Path(shutil.copytree(DATA, tmp_path_factory.mktemp("graded") / "data"))
    add_frailty(data)
    return data


@pytest.fixture(scope="module")
def frail(folder: Path) -> bn.RiskModel:
    with pytest.warns(bn.StalePosteriorWarning):
        model = bn.load(folder)
    return bn.RiskModel(model.knowledge, {name: values[:9] for name, values in model.parameters.items()})


def test_an_event_is_named_or_the_risk_or_the_last_state(frail: bn.RiskModel) -> None:
    variables = frail.knowledge.variables
    assert variables["frailty"].event_states == ("prefrail", "frail")
    assert variables["frailty"].event_text == "prefrail+"
    assert variables["insulin_resistance"].event_states == ("present",)
    assert variables["age"].event_states == ("age_85_plus",)


@pytest.mark.parametrize("state", [None, "frail", "prefrail+"])
def test_what_was_believed_before_is_what_is_believed_of_who_a_person_is(
    frail: bn.RiskModel, state: str | None
) -> None:
    found = frail.posterior(PERSON, hba1c=7.5)
    assert found.prior("frailty", state) == pytest.approx(frail.posterior(PERSON).probability("frailty", state))
    assert found.prior(*found.risk_of) == pytest.approx(frail.posterior(PERSON).risk)
    assert found.risk != pytest.approx(found.prior(*found.risk_of), abs=0.01)
    with pytest.raises(UnknownNameError):
        found.prior("frailty", "dead")


def test_the_check_takes_it_and_refuses_what_is_no_event(folder: Path, data: Path) -> None:
    assert all("since the posterior was fitted" in problem for problem in problems(folder))
    add_frailty(data)
    edit(data / "variables/frailty.toml", r"event = \[.*\]", 'event = ["robust", "prefrail", "frail"]')
    edit(data / "targets.toml", r'frailty = "prefrail\+"', 'frailty = "frial+"')
    edit(data / "contrary.tsv", "frailty=frail\t\t", "frailty=robust+\t\t")
    edit(data / "definitions.toml", 'event = "frail"', 'event = "very"')
    found = "\n".join(problems(data))
    assert "frailty.toml: event: found robust, prefrail, frail, expected the last state and those next to it" in found
    assert "target frail_or_nearly: frailty has no state 'frial+' (did you mean 'frail'?); name one of robust" in found
    assert "E010: 'robust+' leaves out no state of frailty" in found
    assert "definition frail_only: event: frailty has no state 'very'; name one of robust, prefrail, frail, or" in found


def test_a_state_or_higher_is_read_as_both_states(frail: bn.RiskModel) -> None:
    weights = variable_weights(frail.knowledge.variables["frailty"], "Prefrail +")
    assert weights.tolist() == [0, 1, 1]
    said = frail.posterior(PERSON, frailty="prefrail+")
    assert said.to_dict() == frail.posterior(PERSON, frailty={"robust": 0, "prefrail": 1, "frail": 1}).to_dict()
    before, after = frail.posterior(PERSON)["frailty"], said["frailty"]
    assert after["frail"] == pytest.approx(before["frail"] / (before["prefrail"] + before["frail"]))
    by_hand = sum(
        before[state] * frail.posterior(PERSON, frailty=state)["sarcopenia"]["present"]
        for state in ("prefrail", "frail")
    )
    assert said["sarcopenia"]["present"] == pytest.approx(by_hand / (1 - before["robust"]))


def test_states_of_a_scale_have_it_too_and_bounds_stay_bounds(frail: bn.RiskModel) -> None:
    age = frail.knowledge.variables["age"]
    assert variable_weights(age, "age_75_79+").tolist() == [0.0] * 11 + [1.0] * 3
    assert variable_weights(age, "75+").tolist() == variable_weights(age, "age_75_79+").tolist()


@pytest.mark.parametrize(
    ("said", "error", "message"),
    [
        (
            "yes",
            UnknownNameError,
            "no question of yes or no; name a state, or prefrail+ for that or higher.*robust, prefra",
        ),
        ("present", UnknownNameError, "no question of yes or no"),
        (1, UnknownNameError, "no question of yes or no"),
        ("robust+", QuestionError, "'robust+' leaves out no state; name a higher one, such as prefrail"),
        ("fraill+", UnknownNameError, "unknown state of frailty 'fraill+' .did you mean 'frail'"),
        ({"robust": 1, "yes": 1}, UnknownNameError, "no question of yes or no"),
    ],
)
def test_what_names_no_state_is_an_error_that_names_them(
    frail: bn.RiskModel, said: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message.replace("+", r"\+")):
        frail.posterior(PERSON, frailty=said)


def test_two_states_know_no_higher_and_aliases_say_yes(frail: bn.RiskModel) -> None:
    with pytest.raises(UnknownNameError, match=r"state of sex 'female\+'"):
        frail.posterior(sex="female+")
    with pytest.raises(UnknownNameError, match=r"state of sex 'yes' \(it is no question of yes or no; name a state\)"):
        frail.posterior(sex="yes")
    assert frail.posterior(physical_activity="yes")["physical_activity"]["active"] == 1


def test_an_events_probability_is_a_sum(frail: bn.RiskModel) -> None:
    post = frail.posterior(PERSON)
    both = post["frailty"]["prefrail"] + post["frailty"]["frail"]
    assert post.probability("frailty") == pytest.approx(both)
    assert post.probability("frailty", "frail") == post["frailty"]["frail"]
    draws = post.posteriors["frailty"][1:].sum(axis=0)
    assert post.interval("frailty") == post.interval("frailty", "prefrail+")
    assert post.interval("frailty") == pytest.approx(interval_of(draws[1:], LEVEL))
    assert probability(frail.network, frail.names, {"frailty": "prefrail+"}, PERSON) == pytest.approx([both])
    target = frail.knowledge.targets["frail_or_nearly"]
    found = Targets(frail.names, frail.network, (target,)).evaluate(frail.network)
    given = frail.posterior(age="[60, 75)")
    assert expit(found[0]) == pytest.approx([given.probability("frailty")])


@pytest.mark.parametrize(("definition", "state"), [("frail_or_nearly", None), ("frail_only", "frail")])
def test_a_definition_is_of_an_event(frail: bn.RiskModel, definition: str, state: str | None) -> None:
    anybody = frail.posterior().probability("frailty", state)
    assert under_definition(frail, definition, np.array([anybody]), {}) == pytest.approx([0.2], abs=1e-9)


def test_claims_speak_of_events(frail: bn.RiskModel) -> None:
    scene = Scene(frail.knowledge, frail.network)
    assert scene.ends("frailty") == ("robust", "prefrail+")
    assert scene.ends("frailty=frail") == ("robust", "frail")
    anybody = frail.posterior()
    assert scene.probability("frailty") == pytest.approx(anybody.probability("frailty"))
    assert scene.probability("frailty=frail") == pytest.approx(anybody["frailty"]["frail"])
    assert scene.whole(["frailty", "frailty=frail"])
    assert not scene.whole(["frailty=prefrail"])
    known = scene.known_as(["frailty"], 1)
    assert scene.probability("sarcopenia", known) == pytest.approx(
        frail.posterior(frailty="prefrail+")["sarcopenia"]["present"]
    )
    done = scene.marginals(scene.set_to(["frailty"], 1))["frailty"]
    assert done == pytest.approx(
        [0, *(anybody["frailty"][s] / anybody.probability("frailty") for s in ("prefrail", "frail"))]
    )
    assert scene.probability("sarcopenia", scene.set_to(["frailty"], 1)) == pytest.approx(
        anybody["sarcopenia"]["present"]
    )
    raised = {end: Setting(do=(("sarcopenia", end),)) for end in ("absent", "present")}
    wanted = scene.probability("frailty", raised["present"]) - scene.probability("frailty", raised["absent"])
    shares = anybody["age"].values()
    table = frail.network.tables["frailty"]
    by_hand = sum(
        share * (table.values[1:, 1, at, 0].sum() - table.values[1:, 0, at, 0].sum()) for at, share in enumerate(shares)
    )
    assert table.axes == ("frailty", "sarcopenia", "age")
    assert scene.direct("sarcopenia", "frailty") == pytest.approx(by_hand)
    assert scene.direct("sarcopenia", "frailty") == pytest.approx(wanted, abs=0.02)


def test_contrary_findings_name_states(frail: bn.RiskModel) -> None:
    caused, seen, held = execute_contrary(frail.network, frail.knowledge)[-3:]
    assert "frailty=frail: rise under sarcopenia" in caused.question
    changed = {end: frail.network.do("sarcopenia", end) for end in ("absent", "present")}
    low, high = (probability(changed[end], frail.names, {"frailty": "frail"}) for end in ("absent", "present"))
    assert caused.value == pytest.approx(float((high - low)[0]))
    given = {"age": "[60, 75)"}
    ends = [frail.posterior(given, frailty=state)["sarcopenia"]["present"] for state in ("robust", "frail")]
    assert (seen.kind, seen.value) == ("associate", pytest.approx(ends[1] - ends[0]))
    assert held.outcome != "not executable"


def test_mediation_splits_the_event(frail: bn.RiskModel) -> None:
    split = frail.mediation("[20, 25)", "[80, 85)")["frailty"]
    assert split.state == "prefrail+"
    young, old = (frail.posterior(age=age) for age in ("[20, 25)", "[80, 85)"))
    assert split.before.value == pytest.approx(young.probability("frailty"))
    assert split.after.value == pytest.approx(old.probability("frailty"))
    assert sum(route.share.value for route in split.groups if route.share) == pytest.approx(split.total.value)
    ends = np.eye(len(frail.network.states["age"]))
    shift = exposure_effect(frail.network, "age", ends[0], ends[12], ("frailty", (1, 2)), {})
    assert float((shift.high - shift.low)[0]) == pytest.approx(split.total.value)


def printed(monkeypatch: pytest.MonkeyPatch, *modules: str) -> StringIO:
    out = StringIO()
    for module in modules:
        monkeypatch.setattr(f"bn.report.text.{module}.console", lambda: Console(file=out, width=200, highlight=False))
    return out


def test_tables_show_the_event_and_the_grade_in_it(frail: bn.RiskModel, monkeypatch: pytest.MonkeyPatch) -> None:
    out = printed(monkeypatch, "person", "what_if", "knowledge")
    monkeypatch.setattr(text, "console", lambda: Console(file=out, width=200))
    post = frail.posterior(PERSON)
    risk_table(frail, post, "")
    shown = [line.split() for line in out.getvalue().splitlines() if "rail" in line]
    assert [row[: row.index(f"{post.priors['frailty'][1:].sum():.2f}") + 2] for row in shown[:1]] == [
        ["Frailty", f"{post.priors['frailty'][1:].sum():.2f}", f"{post.probability('frailty'):.2f}"]
    ]
    assert shown[1][:5] == [
        "of",
        "it",
        "frail",
        f"{post.priors['frailty'][2, 0]:.2f}",
        f"{post['frailty']['frail']:.2f}",
    ]
    out.truncate(0)
    answer = frail.what_if(PERSON, do="sarcopenia=absent")
    what_if_table(frail, answer, "")
    before, after = (np.asarray(world["frailty"])[:, 0] for world in (answer.before, answer.after))
    assert re.search(rf"\nFrailty +{before[1:].sum():.3f} +{after[1:].sum():.3f} ", out.getvalue())
    assert re.search(rf"\n  of it frail +{before[2]:.3f} +{after[2]:.3f} ", out.getvalue())
    entry(frail, "frailty")
    assert "Frailty stands for prefrail or frail." in out.getvalue()


def test_an_explanation_believes_in_the_event(frail: bn.RiskModel) -> None:
    rows = {row.mechanism: row for row in frail.explain(PERSON, grip_strength=18).mechanisms}
    post = frail.posterior(PERSON, grip_strength=18)
    assert rows["fatigue"].before == pytest.approx(frail.posterior().probability("fatigue"))
    assert rows["fatigue"].after == pytest.approx(post.probability("fatigue"))


def test_pages_show_the_event_and_the_grade_in_it(frail: bn.RiskModel) -> None:
    post = frail.posterior(PERSON)
    page = posterior_html(post)
    assert re.search(rf">Frailty</td><td[^>]*>[0-9.]+</td><td[^>]*>{post.probability('frailty'):.2f}<", page)
    assert re.search(rf">&emsp;of it frail</td><td[^>]*>[0-9.]+</td><td[^>]*>{post['frailty']['frail']:.2f}<", page)
    answer = frail.what_if(PERSON, do="sarcopenia=absent")
    assert "prefrail or frail" in answer._repr_html_()


def test_pictures_show_the_event_and_the_grade_in_it(frail: bn.RiskModel) -> None:
    post = frail.posterior(PERSON)
    (axes,) = post.plot().axes
    labels = [text.get_text() for text in axes.get_yticklabels()]
    place = labels.index("Frailty")
    assert labels[place + 1] == "of it frail"
    widths = [patch.get_width() for patch in axes.patches]
    assert widths[place : place + 2] == pytest.approx([post.probability("frailty"), post["frailty"]["frail"]])
    answer = frail.what_if(PERSON, do="sarcopenia=absent")
    rows = [text.get_text() for text in answer.plot().axes[0].get_yticklabels()]
    assert {"Frailty", "of it frail"} <= set(rows)
    (axes,) = frail.plot(post).axes
    bars = {str(patch.get_gid()): patch for patch in axes.patches}
    assert "belief frailty" in bars
    assert f"{post.probability('frailty'):.2f}" in [text.get_text() for text in axes.texts]
    assert any("of frailty prefrail or frail" in text.get_text().replace("\n", " ") for text in axes.texts)


def test_a_cohort_has_a_column_for_the_event_and_one_a_grade(frail: bn.RiskModel) -> None:
    table = pd.DataFrame({"age": [66, 40, 71], "sex": ["female", "male", "male"], "frailty": [None, None, "prefrail+"]})
    scored = frail.score(table)
    assert [name for name in scored if "frail" in name and name != "frailty"] == [
        "p_frailty",
        "p_frailty_prefrail",
        "p_frailty_frail",
    ]
    both = scored["p_frailty_prefrail"] + scored["p_frailty_frail"]
    assert scored["p_frailty"].to_numpy() == pytest.approx(both.to_numpy())
    for row, one in table.iterrows():
        post = frail.posterior({name: value for name, value in one.items() if value is not None})
        assert scored.loc[row, "p_frailty"] == pytest.approx(post.probability("frailty"))
        assert scored.loc[row, "risk"] == pytest.approx(post.risk)
