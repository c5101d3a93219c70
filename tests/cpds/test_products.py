"""Insulin, glucose and HOMA-IR, exact or as limits: what counts, what is told, and what cannot be."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cohort_files import scored_with_summary

import bn
from bn.core.errors import QuestionError

NAMES = ("fasting_insulin", "fasting_glucose", "homa_ir")
LEVELS: dict[str, list[float]] = {
    "fasting_insulin": [1, 3, 8, 9.9, 14, 30, 120],
    "fasting_glucose": [30, 60, 95, 101, 105, 160, 400, 880],
    "homa_ir": [0.1, 0.9, 2.4, 2.6, 6.1, 20, 100],
}
SLACK = 0.25
"""Log odds. Insulin errs more than HOMA-IR, so that one takes over from the other with a step of 0.22 to 0.23 (insulin 14 with
HOMA-IR <2.4 to <6.1), about whatever the odds were before. The least fault that these tests were written for is a step of 0.3
in probability, which is 1.2 or more."""


@pytest.mark.parametrize(
    ("findings", "same"),
    [
        ({"insulin": 3, "glucose": ">600"}, {"homa_ir": ">4.4444444444", "glucose": ">600"}),
        ({"insulin": 10, "glucose": ">400"}, {"homa_ir": ">9.8765432098", "glucose": ">400"}),
        ({"insulin": 25, "glucose": "<40"}, {"homa_ir": "<2.4691358025", "glucose": "<40"}),
        ({"insulin": ">3", "glucose": 400}, {"homa_ir": ">2.9629629630", "glucose": 400}),
        ({"insulin": "<2", "glucose": 600}, {"homa_ir": "<2.9629629630", "glucose": 600}),
        ({"insulin": ">3", "glucose": ">600"}, {"homa_ir": ">4.4444444444", "glucose": ">600"}),
        ({"insulin": 30, "glucose": 200, "homa_ir": "<50"}, {"insulin": 30, "glucose": 200}),
        ({"insulin": 30, "homa_ir": "<50"}, {"insulin": 30}),
        ({"insulin": 3, "homa_ir": ">4.44"}, {"homa_ir": 4.44}),
        ({"insulin": 3, "homa_ir": ">2", "glucose": ">600"}, {"homa_ir": ">4.4444444444", "glucose": ">600"}),
        ({"insulin": ">1", "homa_ir": "<2"}, {"homa_ir": "<2"}),
        ({"insulin": ">100", "homa_ir": ">1"}, {"insulin": ">100"}),
        ({"insulin": ">3", "glucose": 400, "homa_ir": "<200"}, {"insulin": ">3", "glucose": 400}),
        ({"insulin": ">3", "glucose": 400, "homa_ir": ">6"}, {"homa_ir": ">6", "glucose": 400}),
        ({"insulin": 20, "glucose": 200, "homa_ir": 1, "insulin_treated": "yes"}, {"glucose": 200, "insulin_treated": "yes"}),
    ],
)  # fmt: skip
def test_what_says_most_counts_and_nothing_twice(
    small: bn.RiskModel, findings: dict[str, Any], same: dict[str, Any]
) -> None:
    assert small.posterior(age=60, **findings).risk == pytest.approx(small.posterior(age=60, **same).risk, abs=1e-9)


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        ({"insulin": 12, "glucose": 101.25}, [("derived", "homa_ir 3 from fasting_insulin and fasting_glucose")]),
        ({"insulin": 3, "glucose": ">600"}, [("derived", "homa_ir >4.444 from fasting_insulin and fasting_glucose")]),
        ({"insulin": 12, "glucose": 101.25, "homa_ir": 3.1}, [("unused", "fasting_insulin counts within homa_ir")]),
        (
            {"insulin": 30, "glucose": 200, "homa_ir": "<50"},
            [
                ("unused", "homa_ir <50 says less than fasting_insulin x fasting_glucose"),
                ("derived", "homa_ir 14.81 from fasting_insulin and fasting_glucose"),
            ],
        ),
        ({"insulin": 30, "homa_ir": "<50"}, [("unused", "homa_ir <50 says less than fasting_insulin")]),
        (
            {"insulin": 3, "homa_ir": ">4.44"},
            [
                (
                    "unused",
                    "fasting_insulin counts within homa_ir, which is read as the limit itself, since fasting_insulin "
                    "lies beyond it",
                )
            ],
        ),
        (
            {"insulin": ">3", "glucose": "<90"},
            [("unused", "fasting_glucose does not enter homa_ir, of which fasting_insulin by itself says more")],
        ),
        (
            {"insulin": 12, "glucose": 101, "insulin_treated": "yes"},
            [("unused", "fasting_insulin is void, as insulin_treated says yes")],
        ),
    ],
)
def test_what_was_computed_and_what_not_used_is_told(
    small: bn.RiskModel, findings: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    notes = [(note.kind, note.text) for note in small.notes(findings) if note.kind in ("unused", "derived")]
    assert notes == told


def test_a_batch_tells_of_computed_products_in_one_line(small: bn.RiskModel) -> None:
    frame = pd.DataFrame({"insulin": [12.0, 3.0, 5.0], "glucose": ["101", ">600", None]})
    _, summary = scored_with_summary(small, frame, False, False)
    assert summary.remarks == {}
    assert "homa_ir from fasting_insulin and fasting_glucose (2 rows)" in summary.derived
    assert str(summary).count("homa_ir") == 1


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        (
            {"homa_ir": 9, "insulin": 3},
            "homa_ir: 9 with fasting_insulin 3 implies fasting_glucose 1215 mg/dL, expected 20 to 900 mg/dL; check both",
        ),
        ({"homa_ir": 1, "insulin": 30}, "implies fasting_glucose 13.5 mg/dL, .* its unit if it is in pmol/L$"),
        ({"homa_ir": ">9", "insulin": 3}, "implies fasting_glucose >1215 mg/dL"),
        ({"homa_ir": 290, "glucose": 22}, "implies fasting_insulin 5339 uU/mL"),
    ],
)
def test_an_implied_factor_that_nobody_could_have_is_an_error(
    small: bn.RiskModel, findings: dict[str, Any], told: str
) -> None:
    with pytest.raises(QuestionError, match=told) as alone:
        small.posterior(findings)
    scored = small.score(
        pd.DataFrame({name: [str(value), "5"] for name, value in findings.items()} | {"age": [60, 60]})
    )
    assert scored["error"][0] == str(alone.value)
    assert small.posterior({"homa_ir": "<9", "insulin": 3}).risk > 0, "a limit that leaves something is none"


def combinations() -> pd.DataFrame:
    """Every sign and level, and none, of each of the three."""
    cells = [[("", np.nan), *((sign, value) for sign in ("", "<", ">") for value in LEVELS[name])] for name in NAMES]
    rows = list(product(*cells))
    table = {
        name: [f"{row[place][0]}{row[place][1]:g}" if row[place][1] > 0 else "" for row in rows]
        for place, name in enumerate(NAMES)
    }
    return pd.DataFrame(table | {"signs": [tuple(cell[0] for cell in row) for row in rows]} | {
        f"value of {name}": [row[place][1] for row in rows] for place, name in enumerate(NAMES)
    })  # fmt: skip


@pytest.fixture(scope="module")
def answered(small: bn.RiskModel) -> pd.DataFrame:
    table = combinations()
    risk = small.score(table[list(NAMES)], interval=False)["risk"]
    return table.assign(risk=risk, log_odds=np.log(risk / (1 - risk)))


@pytest.mark.parametrize("name", NAMES)
def test_a_higher_reading_or_bound_never_lowers_the_risk(answered: pd.DataFrame, name: str) -> None:
    others = [other for other in NAMES if other != name]
    fine = answered[answered["risk"].notna() & (answered[name] != "")]
    sign = fine["signs"].map(lambda signs: signs[NAMES.index(name)])
    ordered = fine.sort_values(f"value of {name}")
    steps = ordered.groupby([*others, sign])["log_odds"].diff()
    assert steps.notna().sum() > 1000
    assert steps.min() >= -SLACK, answered.loc[steps.idxmin()]


@pytest.mark.parametrize(
    "findings",
    [
        {"insulin": 3, "homa_ir": ">4.44"},
        pytest.param({"insulin": 30, "glucose": 200, "homa_ir": "<50"}, marks=pytest.mark.long),
        pytest.param({"insulin": 3, "glucose": ">600"}, marks=pytest.mark.long),
    ],
)
def test_every_question_takes_what_counts(small: bn.RiskModel, findings: dict[str, Any]) -> None:
    risk = small.posterior(findings).risk
    told = small.explain(findings)
    assert told.after == pytest.approx(np.log(risk / (1 - risk)))
    assert small.sensitivity(findings).risk == pytest.approx(risk)
    assert sum(row.log_odds for row in told.contributions) == pytest.approx(told.after - told.before)
    assert small.next_test(findings).risk == pytest.approx(risk)
    asked = small.what_if_frame(pd.DataFrame([findings]).astype(str), do="exercise_training")
    assert asked["risk_before"][0] == pytest.approx(risk)


def test_a_batch_is_its_people(small: bn.RiskModel, answered: pd.DataFrame) -> None:
    chosen = answered.sample(60, random_state=0)
    for _, row in chosen.iterrows():
        findings = {name: row[name] for name in NAMES if row[name]}
        if np.isnan(row["risk"]):
            with pytest.raises(QuestionError):
                small.posterior(findings)
        else:
            assert small.posterior(findings).risk == pytest.approx(row["risk"], abs=1e-12)


def test_a_batch_whose_every_product_is_an_empty_limit_counts_the_factors(small: bn.RiskModel) -> None:
    """So many rows of few products that these are tabulated, which the computed ones must not be read from."""
    findings = {"homa_ir": "<50", "insulin": 30, "glucose": 200}
    scored = small.score(pd.DataFrame([findings] * 3000), interval=False)
    assert scored["risk"].tolist() == pytest.approx([small.posterior(findings).risk] * 3000, abs=1e-12)
