"""Rows in blocks are rows one by one: on the shipped network, and on small ones with a latent cause and grades."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from latent_data import SHIFTS, add_latent, small_latent
from one_strategy import STRATEGIES, prefer

import bn
from bn.cohort.kernel import blocks
from bn.cohort.kernel.blocks import Pass, Shape
from bn.cohort.kernel.kinds import Found, kinds
from bn.cohort.kernel.plan import Plan
from bn.cohort.kernel.query import Posteriors
from bn.core.evidence import Findings, Statements
from bn.engine import infer
from bn.engine.pairs import cheapest
from bn.engine.run import enumerate_all
from cpds.knowledge import DATA
from cpds.knowledge import load as load_knowledge
from cpds.table import Table

VARIABLES = dict(zip("abcdef", (2, 3, 2, 2, 3, 2), strict=True))


@pytest.fixture
def in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are answered in blocks, of a few rows."""
    prefer(monkeypatch, blocks.ByBlocks)
    monkeypatch.setattr(blocks, "BLOCK", 5)
    monkeypatch.setattr(blocks, "FEWEST", 2)
    monkeypatch.setattr(blocks, "PIECE", 7)


@st.composite
def networks(draw: st.DrawFn) -> list[Table]:
    """Tables over a few variables, some with an entry for each of five rows, some with one for all."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 16)))
    tables = []
    for name in VARIABLES:
        others = rng.choice([other for other in VARIABLES if other != name], rng.integers(0, 4), replace=False)
        axes = (name, *map(str, others))
        tables.append(Table(axes, rng.random((*(VARIABLES[axis] for axis in axes), rng.choice([1, 5])))))
    tables.append(Table(("a",), rng.random((2, 5))))
    return tables


@settings(max_examples=20, deadline=None)
@given(tables=networks(), keep=st.sampled_from([(), ("c",), ("e", "a")]))
def test_pairs_are_multiplied_to_what_enumeration_gives(tables: list[Table], keep: tuple[str, ...]) -> None:
    """With some tables shared by all rows, with and without what is kept and asked for."""
    targets = [name for name in VARIABLES if name not in keep]
    expected = enumerate_all(tables, targets, keep)
    for asked in (targets, []):
        found = infer(tables, asked, keep, pairwise=True)
        np.testing.assert_allclose(found.total.values, expected.total.values, rtol=1e-12)
        for name in asked:
            np.testing.assert_allclose(found.joints[name].values, expected.joints[name].values, rtol=1e-12)


def test_what_rows_share_is_multiplied_once_for_all_of_them() -> None:
    """A path through the shared tables costs less for each row the more rows there are; its work for a row stays."""
    rng = np.random.default_rng(0)
    shared = [Table(tuple(axes), rng.random((2,) * len(axes) + (1,))) for axes in ("abcdefgh", "abcdefg", "bcdefg")]
    alone = [Table(("h",), rng.random((2, 64)))]
    path = cheapest([*shared, *alone], (), adjoints=False)
    assert path.largest <= 2, "a table that rows need not tell apart was written for each of them"
    assert path.cost(640) < path.cost(64)


CELLS = {
    "age": ["", "31", "67", "80+", "55"],
    "sex": ["", "female", "male"],
    "bmi": ["", "22", "34"],
    "physical_activity": ["", "", "low"],
    "hscrp": ["", "6.1", "<0.3"],
    "grip_strength": ["", "21", "44"],
    "homa_ir": ["", "4.4", "1.1"],
    "fasting_glucose": ["", "131"],
    "dysglycemia": ["", "", "impaired", "impaired+"],
    "inflammation": ["", "", "present"],
    "er_stress": ["", "absent"],
    "insulin_resistance": ["", "", "", "present"],
    "autophagy_decline": ["", "present", "absent"],
}


def people(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: rng.choice(np.array(cells, dtype=object), rows) for name, cells in CELLS.items()})


def agree(model: bn.RiskModel, frame: pd.DataFrame) -> None:
    """Every row is what one person gets, also where findings exclude each other."""
    scored = model.score(frame)
    for row, got in zip(frame.to_dict("records"), scored.to_dict("records"), strict=True):
        try:
            person = model.posterior({name: cell for name, cell in row.items() if cell})
        except bn.QuestionError:
            assert got["error"]
            assert np.isnan(got["risk"])
            continue
        assert got["error"] == ""
        assert got["log_evidence"] == pytest.approx(person.log_evidence, abs=1e-9)
        assert (got["risk_low"], got["risk_high"]) == pytest.approx(person.interval(), abs=1e-6)
        for name in person.scored:
            assert got[f"p_{name}"] == pytest.approx(person.probability(name), abs=1e-12), name


@pytest.mark.usefixtures("in_blocks")
def test_rows_in_blocks_are_rows_one_by_one(small: bn.RiskModel) -> None:
    agree(small, people(24, seed=1))


@pytest.mark.usefixtures("in_blocks")
def test_they_are_where_sums_are_too_weak_for_single_precision(
    small: bn.RiskModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if all were: rows then go again, in double precision, and their ends are those of one person to 1e-12."""
    monkeypatch.setattr(blocks, "WEAK", 1e9)
    frame = people(6, seed=2).assign(insulin_resistance="")
    scored = small.score(frame)
    for row, got in zip(frame.to_dict("records"), scored.to_dict("records"), strict=True):
        person = small.posterior({name: cell for name, cell in row.items() if cell})
        assert (got["risk_low"], got["risk_high"]) == pytest.approx(person.interval(), abs=1e-12)


@pytest.fixture(scope="module")
def with_latent(tmp_path_factory: pytest.TempPathFactory, small: bn.RiskModel) -> bn.RiskModel:
    """The shipped network with a variable that is never observed, a parent of many."""
    from cpds.priors import at_prior

    data = Path(shutil.copytree(DATA, tmp_path_factory.mktemp("latent") / "data"))
    add_latent(data)
    knowledge = load_knowledge(data)
    length = len(next(iter(small.parameters.values())))
    return bn.RiskModel(knowledge, {name: value.repeat(length) for name, value in at_prior(knowledge).items()})


@pytest.mark.usefixtures("in_blocks")
def test_so_they_are_with_a_latent_cause(with_latent: bn.RiskModel) -> None:
    agree(with_latent, people(8, seed=3))


def small_rows(model: bn.RiskModel) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    columns = {"age": ["", "young", "old"], **{name: ["", *v.states] for name, v in model.knowledge.variables.items()}}
    del columns["luck"]
    columns |= {name: ["", "low", "high"] for name in model.knowledge.biomarkers}
    return pd.DataFrame({name: rng.choice(np.array(cells, dtype=object), 40) for name, cells in columns.items()})


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_says_the_same_of_a_small_network_with_a_latent_cause(
    strategy: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefer(monkeypatch, strategy)
    model = small_latent()
    frame = small_rows(model)
    agree(model, frame)
    for change in SHIFTS:
        result = model.what_if_frame(frame.assign(resistance=""), change)
        for row, got in zip(frame.assign(resistance="").to_dict("records"), result.to_dict("records"), strict=True):
            if got["error"]:
                continue
            alone = model.what_if({name: cell for name, cell in row.items() if cell}, do=change)
            assert got["risk_before"] == pytest.approx(alone.risk_before, abs=1e-12)
            assert got["risk_after"] == pytest.approx(alone.risk_after, abs=1e-12)


@pytest.mark.usefixtures("in_blocks")
@pytest.mark.parametrize("do", [pytest.param("exercise_training", marks=pytest.mark.long), "weight_loss", "sex=male"])
def test_a_what_if_in_blocks_is_that_of_one_person(small: bn.RiskModel, do: str) -> None:
    """What the acts reach keeps its axis, with the states of before; also of context variables, known and open."""
    frame = people(10, seed=5).assign(insulin_resistance="", physical_activity="")
    frame["sex"] = frame["sex"].replace("male", "")  # one person who is so already is refused
    found = small.what_if_frame(frame, do)
    assert not found["error"].any()
    for row, got in zip(frame.to_dict("records"), found.to_dict("records"), strict=True):
        alone = small.what_if({name: cell for name, cell in row.items() if cell}, do=do)
        assert got["risk_before"] == pytest.approx(alone.risk_before, abs=1e-12)
        assert got["risk_after"] == pytest.approx(alone.risk_after, abs=1e-12)


class TestShapes:
    """What is open stays an axis or is written out: the sums are the same, and what is chosen costs least."""

    def plan(self, model: bn.RiskModel) -> Plan:
        """Rows that know sex and stress, and of age nothing."""
        rng = np.random.default_rng(6)
        statements = {
            name: Statements(np.column_stack([np.eye(size), np.ones(size)]), rng.integers(0, size, 20))
            for name, size in (("sex", 2), ("er_stress", 2), ("inflammation", 2))
        }
        return Plan.of(model.knowledge, Findings(20, statements, {}), np.arange(20), ("er_stress", "inflammation"))

    def shapes(self, model: bn.RiskModel) -> Iterator[tuple[Pass, Found, tuple[str, ...]]]:
        asked = next(
            Pass.each(Posteriors(model.knowledge, model.point, (("insulin_resistance", 1), ("sarcopenia", 1))))
        )
        plan = self.plan(model)
        (kind,) = kinds(plan, frozenset())
        assert set(kind.open) == {"metabolic_susceptibility", "age", "physical_activity", "adiposity"}
        found = Found.of(plan, kind)
        return ((asked, found, written) for written in ((), ("age",), ("physical_activity", "adiposity"), kind.open))

    def test_they_say_the_same(self, model: bn.RiskModel) -> None:
        sums = [asked.sums(found, written) for asked, found, written in self.shapes(model)]
        for other in sums[1:]:
            np.testing.assert_allclose(other, sums[0], rtol=1e-12)

    def test_the_cheapest_is_taken(self, model: bn.RiskModel) -> None:
        shapes = list(self.shapes(model))
        asked, found, _ = shapes[0]
        chosen = Shape.of(asked, found)
        assert all(chosen.cost <= Shape.of_written(asked, found, written).cost for _, _, written in shapes[:2])


def test_at_the_border_between_shapes_answers_are_the_same(small: bn.RiskModel) -> None:
    """Many rows with few variables observed, and few with many: in one table, in pieces, and each way for all."""
    frame = pd.concat([people(6, seed=7), people(6, seed=8).assign(**dict.fromkeys(list(CELLS)[8:], ""))])
    frame = frame.assign(insulin_resistance="")
    frame = pd.concat([frame] * 3, ignore_index=True)
    names = ["risk", "log_evidence", *(f"p_{name}" for name in ("inflammation", "dysglycemia", "ptp1b_excess"))]
    answers = [small.score(frame, interval=False)[names].to_numpy(float)]
    for strategy in STRATEGIES:
        with pytest.MonkeyPatch.context() as patch:
            prefer(patch, strategy)
            answers.append(small.score(frame, interval=False)[names].to_numpy(float))
    for other in answers[1:]:
        np.testing.assert_allclose(other, answers[0], rtol=0, atol=1e-12)
