"""What is missing of one person is not known, in every question; what is given comes in any mapping."""

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from command_line import Myorisk

import bn
from bn.core.observe import MISSING

ABSENT = [
    None,
    float("nan"),
    np.nan,
    np.float32("nan"),
    pd.NA,
    pd.NaT,
    np.datetime64("NaT"),
    np.ma.masked,
    np.array(np.nan),
    pa.scalar(None, pa.float64()),
    *sorted(MISSING),
    "  N/A ",
    " ",
]
QUESTIONS: dict[str, Callable[[bn.RiskModel, Any], Any]] = {
    "posterior": lambda model, person: model.posterior(person).risk,
    "explain": lambda model, person: model.explain(person).to_dict(),
    "next_test": lambda model, person: model.next_test(person).to_dict(),
    "sensitivity": lambda model, person: model.sensitivity(person).to_dict(),
    "most_probable": lambda model, person: model.most_probable(person).to_dict(),
    "joint": lambda model, person: model.joint(["inflammation", "sarcopenia"], person).to_dict(),
    "what_if": lambda model, person: model.what_if(person, do="exercise_training").to_dict(),
    "rank": lambda model, person: model.rank(person, do="exercise_training").to_dict(),
    "sweep": lambda model, person: model.sweep(person, do="exercise_training", over="physical_activity").to_dict(),
}  # fmt: skip


@pytest.fixture(scope="module")
def plain(small: bn.RiskModel) -> bn.Posterior:
    return small.posterior(homa_ir=2)


@pytest.mark.parametrize("absent", ABSENT, ids=repr)
@pytest.mark.parametrize("name", ["sex", "age", "hscrp", "diagnosed_diabetes", "p62"])
def test_every_missing_value_of_every_kind_of_finding_is_not_known(
    small: bn.RiskModel, plain: bn.Posterior, name: str, absent: Any
) -> None:
    found = small.posterior({"homa_ir": 2, name: absent})
    assert (found.risk, found.log_evidence) == (plain.risk, plain.log_evidence)


@pytest.mark.parametrize(
    "question", [pytest.param(name, marks=[pytest.mark.long] * (name == "sensitivity")) for name in QUESTIONS]
)
def test_every_question_passes_over_what_is_missing_and_takes_a_row_of_a_frame(
    small: bn.RiskModel, question: str
) -> None:
    ask = QUESTIONS[question]
    person = {"age": 68, "hscrp": 4.1}
    expected = ask(small, person)
    row = pd.DataFrame({"age": [68], "hscrp": [4.1], "sex": [None], "il6": [np.nan]}).iloc[0]
    assert str(ask(small, row)) == str(expected)
    if question == "explain":  # there is nothing to explain then
        with pytest.raises(bn.QuestionError, match="finding"):
            ask(small, {"age": None, "hscrp": pd.NA})
    else:
        assert str(ask(small, {"age": None, "hscrp": pd.NA})) == str(ask(small, {}))


def test_nothing_known_is_an_answer_for_anybody(small: bn.RiskModel) -> None:
    assert small.posterior(age=None, sex="").risk == small.posterior().risk


def test_any_mapping_of_names_serves(small: bn.RiskModel) -> None:
    expected = small.posterior(age=68, sex="female").risk
    person = namedtuple("person", ["age", "sex", "hscrp"])
    frame = pd.DataFrame({"age": [68], "sex": pd.Categorical(["female"]), "hscrp": [None]})
    for given in (frame.iloc[0], frame.loc[0], person(68, "female", None), next(frame.itertuples(index=False))):
        assert small.posterior(given).risk == expected
    assert small.posterior(frame.iloc[0], age=50).risk == small.posterior(age=50, sex="female").risk


@pytest.mark.parametrize(
    ("person", "said"),
    [
        (pd.Series({"age": 68, "notes": "x"}), "unknown observation 'notes'"),
        ({"hscrpp": None}, "unknown observation 'hscrpp'.*did you mean 'hscrp'"),
        (pd.Series([68, 70], index=["age", "age"]), "'age' is given twice"),
        (pd.Series([68, 70]), "unknown observation '0'"),
        (pd.DataFrame({"age": [68]}), r"found pandas\S*DataFrame, expected what is known of one person.*frame.iloc\[0\]"),
        ([68], "found list, expected what is known of one person"),
        ("age", "found str, expected"),
    ],
)  # fmt: skip
def test_what_is_no_person_or_holds_an_unknown_name_is_refused(small: bn.RiskModel, person: Any, said: str) -> None:
    with pytest.raises(bn.QuestionError, match=said):
        small.posterior(person)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"inflammation": {"present": 0.7}}, "inflammation: no weight for absent; each state needs one, 0 where"),
        ({"inflammation": {}}, "no weight for absent, present;"),
        ({"sex": {"f": 1, "female": 1}}, "sex: two weights for female; keep one"),
        ({"age": {"age_20_24": 1}}, "age: no weight for age_25_29, .*age_85_plus"),
        ({"inflammation": {"present": 0.7, "absent": None}}, "weight of absent: found None"),
    ],
)
def test_weights_that_leave_out_states_are_refused(small: bn.RiskModel, weights: Any, said: str) -> None:
    with pytest.raises(bn.QuestionError, match=said):
        small.posterior(weights)
    frame = pd.DataFrame({name: [weight, None] for name, weight in weights.items()}, dtype=object)
    error, fine = small.score(frame)["error"]
    assert error.startswith(next(iter(weights)))
    assert fine == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("inflammation={present=0.7}", "no weight for absent"),
        ("inflammation={present=0.7,absent=1,present=2}", "'present' is given twice"),
        ("age=", "'age=': no value; leave age out, or write age=NA, where it is not known"),
    ],
)
def test_the_command_refuses_the_same(myorisk: Myorisk, typed: str, said: str) -> None:
    for options in ((), ("--json",)):
        found = myorisk("risk", typed, *options)
        assert found.returncode != 0
        assert said in found.stderr


def test_the_command_takes_a_missing_value(myorisk: Myorisk) -> None:
    known, plain = (myorisk("risk", "age=60", *more, "--json") for more in (["hscrp=NA"], []))
    assert known.returncode == 0, known.stderr
    assert known.stdout == plain.stdout
