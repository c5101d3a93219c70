"""Markers whose reference is cut by a variable that is measured itself tell of both: in rows as in one person."""

import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from data_edits import recut
from one_strategy import STRATEGIES, prefer

import bn
from bn.cohort.files import Options, run_files, score_file
from bn.cohort.frames.questions import CohortWhatIf
from bn.core.answer import LEVEL
from cpds.knowledge import DATA, Knowledge
from cpds.knowledge import load as load_knowledge
from cpds.strata import measured_by

ANSWERS = ["risk", "risk_low", "risk_high", "log_evidence", "p_inflammation", "p_sarcopenia"]
STATES = ["insulin_resistance", "dysglycemia", "inflammation"]
EMPTY = {"age": "", "sex": "", "bmi": ""}
ROWS: list[dict[str, Any]] = [
    {"hscrp": "6.1"},
    {"hscrp": "<0.3", "sex": "male"},
    {"homa_ir": "4.4", "age": "71", "sex": "female", "bmi": "33"},
    {"hscrp": ">5", "homa_ir": "1.1", "bmi": "24"},
    {"hscrp": "3.3", "homa_ir": "5.2", "age": "40", "sex": "male", "bmi": "29"},
    {"hscrp": "0.7", "fasting_insulin": "19", "fasting_glucose": "118", "sex": "female"},
    {"hscrp": "4.1", "il6": "3.9", "age": "66", "sex": "female"},
    {"il6": "<1", "fasting_glucose": "131", "tnf_alpha": "9"},
    {"hscrp": "2.2", "grip_strength": "21", "age": "80+", "sex": "female"},
    {"hscrp": "4.1", "insulin_resistance": "present", "sex": "male"},
    {"hscrp": "4.1", "insulin_resistance": "absent", "inflammation": "absent"},
    {"il6": "4.5", "dysglycemia": "absent", "bmi": "31"},
    {"il6": "4.5", "inflammation": "present", "age": "55"},
    {"hscrp": "4.1", "homa_ir": "9", "insulin_treated": "yes"},
    {"age": "50", "sex": "female"},
]
TABLE = pd.DataFrame([{**EMPTY, **row} for row in ROWS]).fillna("")
KNOWN = [bool(set(row) & set(STATES)) for row in ROWS]


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """C-reactive protein cut by insulin resistance and sex, interleukin-6, of the same panel, by dysglycemia."""
    data = Path(shutil.copytree(DATA, tmp_path_factory.mktemp("cut") / "data"))
    states = {name: load_knowledge().variables[name].states for name in ("insulin_resistance", "sex", "dysglycemia")}
    people = product(enumerate(states["insulin_resistance"]), enumerate(states["sex"]))
    recut(
        data,
        "hscrp",
        [
            ({"insulin_resistance": one, "sex": other}, 1.2 + 1.5 * i + 0.4 * j, 1.1 + 0.1 * i)
            for (i, one), (j, other) in people
        ],
    )
    recut(data, "il6", [({"dysglycemia": one}, 1.5 + 0.8 * i, 0.6) for i, one in enumerate(states["dysglycemia"])])
    return load_knowledge(data)


@pytest.fixture(scope="module")
def cut(small: bn.RiskModel, knowledge: Knowledge) -> bn.RiskModel:
    return bn.RiskModel(knowledge, small.parameters)


@pytest.fixture(scope="module")
def one_by_one(cut: bn.RiskModel) -> np.ndarray:
    """What each row gets as a person, axes (row, answer)."""
    rows = []
    for row in ROWS:
        person = cut.posterior(row)
        last = [list(person[name.removeprefix("p_")].values())[-1] for name in ANSWERS[4:]]
        rows.append([person.risk, *person.interval(level=LEVEL), person.log_evidence, *last])
    return np.array(rows)


def through_file(model: bn.RiskModel, table: pd.DataFrame, folder: Path, suffix: str) -> pd.DataFrame:
    source, target = folder / f"in{suffix}", folder / "out.parquet"
    table.to_csv(source, index=False) if suffix == ".csv" else table.to_parquet(source)
    score_file(model, str(source), str(target), Options(force=True))
    return pd.read_parquet(target)


PATHS: dict[str, Callable[[bn.RiskModel, Path], Any]] = {
    "pandas": lambda model, _: model.score(TABLE),
    "polars": lambda model, _: model.score(pl.from_pandas(TABLE)).to_pandas(),
    "each by itself": lambda model, _: pd.concat([model.score(TABLE.iloc[[row]]) for row in range(len(TABLE))]),
    "tabulated": lambda model, _: model.score(pd.concat([TABLE] * 100, ignore_index=True)).tail(len(TABLE)),
    "csv": lambda model, folder: through_file(model, TABLE, folder, ".csv"),
    "parquet": lambda model, folder: through_file(model, pd.concat([TABLE] * 20), folder, ".parquet").tail(len(TABLE)),
}


@pytest.mark.parametrize("path", PATHS)
def test_a_row_is_told_what_one_person_is(cut: bn.RiskModel, one_by_one: np.ndarray, tmp_path: Path, path: str) -> None:
    scored = PATHS[path](cut, tmp_path)
    assert not scored["error"].fillna("").any()
    found = scored[ANSWERS].to_numpy(float)
    np.testing.assert_allclose(found[:, [0, 3, 4, 5]], one_by_one[:, [0, 3, 4, 5]], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found[:, 1:3], one_by_one[:, 1:3], rtol=0, atol=1e-6)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("most", [1 << 12, 4], ids=["all rows in one plan", "by what is measured"])
def test_so_it_is_by_every_strategy(
    cut: bn.RiskModel, one_by_one: np.ndarray, strategy: type, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows with likelihoods of different variables in one plan, and in plans of their own."""
    prefer(monkeypatch, strategy)
    monkeypatch.setattr("bn.cohort.kernel.Kernel.__init__.__defaults__", (None, most))
    again = bn.RiskModel(cut.knowledge, cut.parameters)
    found = again.score(TABLE)[ANSWERS].to_numpy(float)
    np.testing.assert_allclose(found[:, [0, 3, 4, 5]], one_by_one[:, [0, 3, 4, 5]], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found[:, 1:3], one_by_one[:, 1:3], rtol=0, atol=1e-6)


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.long)], ids=["some rows", "all rows"])
@pytest.mark.parametrize("do", ["weight_loss", "inflammation=absent"])
def test_so_it_is_after_a_change(cut: bn.RiskModel, tmp_path: Path, do: str, step: int) -> None:
    """In frames and files; the cutting variable is within reach of the acts, and the findings are of before."""
    open_rows = [row for row, known in zip(ROWS, KNOWN, strict=True) if not known][::step]
    table = pd.DataFrame([{**EMPTY, **row} for row in open_rows]).fillna("")
    alone = [cut.what_if(row, do=do) for row in open_rows]
    expected = np.array([[one.risk_before, one.risk_after] for one in alone])
    many = pd.concat([table] * 30, ignore_index=True)
    found = cut.what_if_frame(many, do)[["risk_before", "risk_after"]].to_numpy(float)
    np.testing.assert_allclose(found.reshape(30, *expected.shape) - expected, 0, atol=1e-12)
    many.to_csv(tmp_path / "in.csv", index=False)
    list(run_files(CohortWhatIf.of(cut, do), [str(tmp_path / "in.csv")], str(tmp_path / "out.parquet"), Options()))
    written = pd.read_parquet(tmp_path / "out.parquet")[["risk_before", "risk_after"]].to_numpy(float)
    np.testing.assert_allclose(written, found, rtol=0, atol=1e-12)


def test_what_is_weighed_jointly(knowledge: Knowledge) -> None:
    assert measured_by(knowledge, "hscrp") == ("inflammation", "insulin_resistance")
    assert measured_by(knowledge, "homa_ir") == ("insulin_resistance",)  # adiposity is context


class TestQuestions:
    """Of one person, where the marker's own variable is stated and what cuts its reference is open."""

    def test_the_note_says_what_a_reading_still_tells_of(self, cut: bn.RiskModel) -> None:
        (note,) = cut.notes(hscrp=3.3, inflammation="present", sex="male")
        assert note.text == (
            "hscrp adds nothing to inflammation, which is stated; it only tells of insulin_resistance, by which its "
            "reference differs"
        )

    @pytest.mark.parametrize("stated", [{"inflammation": "present"}, {"inflammation": "absent", "tnf_alpha": 2.5}])
    def test_the_marker_is_still_worth_reading(
        self, small: bn.RiskModel, cut: bn.RiskModel, stated: dict[str, Any]
    ) -> None:
        """Its bits are the mean gain over the readings that the network foretells; a partner of its panel may be read.

        In the first state, partners of a panel are independent.
        """
        person = {**stated, "sex": "male", "bmi": 28}
        assert "hscrp" in small.next_test(person).left_out
        grid = np.geomspace(0.0101, 499, 3000)
        scored = cut.score(
            pd.DataFrame({**{name: [value] * len(grid) for name, value in person.items()}, "hscrp": grid})
        )
        before = cut.posterior(person)
        density = np.exp(scored.log_evidence.to_numpy() - before.log_evidence)
        gain = sum(p * np.log2(p / q) for p, q in ((scored.risk, before.risk), (1 - scored.risk, 1 - before.risk)))
        shares = np.gradient(grid) * density
        assert shares.sum() == pytest.approx(1, abs=1e-3)
        assert cut.next_test(person)["hscrp"].bits == pytest.approx(float(shares @ gain), rel=1e-2)

    def test_contributions_add_up(self, cut: bn.RiskModel) -> None:
        answer = cut.explain(hscrp=6.0, homa_ir=2.6, il6=3.0, sex="female")
        total = sum(one.log_odds for one in answer.contributions)
        assert total == pytest.approx(answer.after - answer.before, abs=1e-9)
