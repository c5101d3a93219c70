"""One question, one interval: by itself, in a ranking, in a sweep, from Python and from the command line."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from command_line import Myorisk

import bn
from bn.cohort.kernel.strategies import in_single

PATIENT = {"age": 68, "sex": "female", "bmi": 31.2, "hscrp": 4.1, "grip_strength": 19.5}
NO_AGE = {name: value for name, value in PATIENT.items() if name != "age"}
MEASURED = {"age": 68, "sex": "female", "bmi": 31.2, "homa_ir": 3.0}
ALIKE = 1e-12


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Two records of one question, as `to_dict` gives them."""
    for name in ("before", "after", "difference", "low", "high", "interval_error"):
        assert one[name] == pytest.approx(other[name], abs=ALIKE), name
    assert one["interval_draws"] == other["interval_draws"]


def alone(answer: bn.questions.what_if.WhatIf) -> dict[str, Any]:  # type: ignore[name-defined]
    record = answer.to_dict()
    low, high = record["interval"]
    return record | {"low": low, "high": high, "interval_draws": record["interval_draws"][0]}


@pytest.mark.parametrize(
    ("among", "findings"),
    [
        pytest.param("some", PATIENT, id="some-age"),
        pytest.param("some", MEASURED, id="some-outcome"),
        *(
            pytest.param("all", findings, id=f"all-{name}", marks=pytest.mark.long)
            for name, findings in {"age": PATIENT, "no age": NO_AGE, "outcome": MEASURED, "nothing": {}}.items()
        ),
    ],
)
def test_a_ranking_says_of_each_act_what_the_act_alone_says(
    model: bn.RiskModel, among: str, findings: dict[str, Any]
) -> None:
    do = ["exercise_training", "jnk_inhibition", "losartan"]
    more = [*do, "weight_loss", "mas_blockade"] if among == "some" else None
    rows = {row["intervention"]: row for row in model.rank(findings, do=do).to_dict()["rows"]}
    every = {row["intervention"]: row for row in model.rank(findings, do=more).to_dict()["rows"]}
    for name, row in rows.items():
        same(row, alone(model.what_if(findings, do=name)))
        same(row, every[name])


@pytest.mark.parametrize("exact", [False, pytest.param(True, marks=pytest.mark.long)], ids=["some draws", "all draws"])
def test_a_sweep_says_at_each_state_what_the_question_there_says(model: bn.RiskModel, exact: bool) -> None:
    swept = model.sweep(NO_AGE, do="jnk_inhibition", over="age", between=(60, 75), exact_interval=exact)
    for row in swept.to_dict()["rows"]:
        there = NO_AGE | {"age": row["age"]}
        same(row, alone(model.what_if(there, do="jnk_inhibition", exact_interval=exact)))
        same(row, model.rank(there, do="jnk_inhibition", exact_interval=exact).to_dict()["rows"][0])


def test_what_is_swept_beside_it_does_not_change_an_interval(model: bn.RiskModel) -> None:
    wide = model.sweep(hscrp=4.1, sex="male", do="losartan", over="age").to_dict()["rows"]
    (narrow,) = model.sweep(hscrp=4.1, sex="male", do="losartan", over="age", between=(60, 65)).to_dict()["rows"]
    same(narrow, next(row for row in wide if row["age"] == narrow["age"]))


def test_risks_before_are_those_of_the_posterior_at_the_same_draws(model: bn.RiskModel) -> None:
    """With all draws in, the interval of the risk before is the one that the posterior gives."""
    variable, state = model.risk_of
    post = model.posterior(PATIENT)
    at = post.states[variable].index(state)
    (row,) = model.rank(PATIENT, do="exercise_training", exact_interval=True).rows
    np.testing.assert_allclose(row.before, post.posteriors[variable][at], atol=ALIKE)


def test_the_command_gives_the_same_interval_each_way(myorisk: Myorisk) -> None:
    typed = ["age=68", "sex=female", "bmi=31.2", "hscrp=4.1", "--do", "exercise_training", "--json"]

    def asked(*arguments: str) -> dict[str, Any]:
        return dict(json.loads(myorisk("what-if", *arguments).stdout))

    one = asked(*typed)
    one |= {"low": one["interval"][0], "high": one["interval"][1], "interval_draws": one["interval_draws"][0]}
    (ranked,) = asked(*typed, "--rank")["rows"]
    (swept,) = asked(*typed[1:], "--sweep", "age=65:70")["rows"]
    same(one, ranked)
    same(one, swept)


def test_a_long_sum_in_single_precision_loses_little_for_one_row_as_for_many() -> None:
    """Thousands of small terms behind a large one: in one go, a single row would lose 2e-4 of them."""
    weights, joint = np.ones((1, 9000)), np.full((9000, 8), 2.4e-8, np.float32)
    joint[0] = 1
    for rows in (1, 64):
        sums = in_single(np.repeat(weights, rows, axis=0), joint)
        np.testing.assert_allclose(sums, np.full((rows, 8), 1 + 8999 * 2.4e-8), rtol=5e-6)
