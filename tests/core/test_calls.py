"""A common wrong call is told how it is written; none is answered as if it were another question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import bn

CASE = {"age": 68}
FRAME = pd.DataFrame(CASE, index=[0])
Call = Callable[[Any], object]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda m: m.what_if(CASE, "exercise_training"), r"write what_if\(observations, do='exercise_training'\)"),
        (lambda m: m.rank(CASE, ["weight_loss"]), r"'weight_loss'.* needs a keyword; write rank\(observations, do="),
        (lambda m: m.sweep(CASE, "weight_loss", "sex"), r"write sweep\(observations, do="),
        (lambda m: m.next_test(CASE, 0.5), r"next_test: 0.5 needs a keyword; .*threshold=0.5"),
        (lambda m: m.explain(CASE, 3), r"write explain\(observations, seed=0\)"),
        (lambda m: m.most_probable(CASE, ["inflammation"]), r"write most_probable\(observations, over="),
        (lambda m: m.posterior(CASE, {"bmi": 30}), r"posterior: \{'bmi': 30\} needs a keyword"),
        (lambda m: m.sensitivity(CASE, 3), r"write sensitivity\(observations\)"),
        (lambda m: m.joint(CASE, ["inflammation"]), r"write joint\(\[...\], observations\)"),
        (lambda m: m.joint(CASE), r"write joint\(\[...\], observations\)"),
        (lambda m: m.joint(["sarcopenia"], CASE, "x"), r"write joint\(variables, observations\)"),
        (lambda m: m.what_if(CASE, do={"at1_blockade": 0.5}), "do: found .*expected texts such as"),
        (lambda m: m.what_if_frame(FRAME, {"at1_blockade": 0.5}), "do: found .*expected texts such as"),
        (lambda m: m.what_if(CASE, do=None), "do: found None"),
        (lambda m: m.rank(CASE, do=[("sarcopenia", "absent")]), "do: found"),
        (
            lambda m: m.sweep(CASE, do="losartan", over="adiposity", between=20),
            "between: found 20, expected two numbers",
        ),
        (lambda m: m.sweep(CASE, do="losartan", over="adiposity", between="20:30"), "between: found '20:30'"),
        (lambda m: m.sweep(CASE, do="losartan", over=["adiposity"]), "over: found"),
        (lambda m: m.next_test(CASE, threshold="0.5"), "threshold: found 0.5, expected a risk"),
        (lambda m: m.next_test(CASE, costs=["hscrp"]), "costs: found"),
        (lambda m: m.score(FRAME, "hscrp"), "interval: found 'hscrp', expected True or False"),
        (lambda m: m.score(FRAME, 0.9), "interval: found 0.9, expected True or False"),
        (lambda m: m.posterior_array(FRAME, posteriors="sarcopenia"), "posteriors: found"),
        (lambda m: m.posterior(CASE).interval(0.9), "unknown variable '0.9'"),
        (lambda _: bn.load(setting="bogus"), "unknown setting 'bogus'"),
    ],
)
def test_wrong_calls(model: bn.RiskModel, call: Call, said: str) -> None:
    with pytest.raises(bn.QuestionError, match=said):
        call(model)


def test_methods_keep_their_names_and_words(model: bn.RiskModel) -> None:
    assert type(model).what_if.__name__ == "what_if"
    assert "before and after interventions" in str(type(model).what_if.__doc__)
