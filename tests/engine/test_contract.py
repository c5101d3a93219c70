"""Sums of products of tables, by either way of doing them, and what a table is multiplied by in the whole sum."""

import numpy as np
import pytest

import bn
from bn.core.observe import observe
from bn.engine import adjoints, infer
from bn.engine.contract import FEW, contract
from bn.engine.run import enumerate_all
from bn.questions.sensitivity.variance import risks, risks_moved
from cpds.table import Table

SIZES = {"a": 2, "b": 3, "c": 4, "d": 2, "e": 3}


def table(axes: str, batch: int, seed: int) -> Table:
    values = np.random.default_rng(seed).random((*(SIZES[axis] for axis in axes), batch))
    values[values < 0.2] = 0.0
    return Table(tuple(axes), values)


@pytest.mark.parametrize("batches", [(1, 1), (1, 3), (FEW, 1), (FEW + 1, FEW + 1)])
@pytest.mark.parametrize("onto", ["", "a", "be", "cab", "abcde"])
@pytest.mark.parametrize("axes", [("abc", "bcd"), ("ab", "cd"), ("abe", "eba"), ("", "ab"), ("", "")])
def test_contract_is_the_whole_product_summed(axes: tuple[str, str], onto: str, batches: tuple[int, int]) -> None:
    one, other = (table(*args) for args in zip(axes, batches, (1, 2), strict=True))
    found = contract(one, other, onto)
    everything = tuple(SIZES)
    whole = one.over(everything) * other.over(everything)
    assert set(found.axes) == set(onto) & set("".join(axes))
    gone = tuple(place for place, axis in enumerate(everything) if axis not in found.axes)
    np.testing.assert_allclose(found.over(everything), whole.sum(axis=gone, keepdims=True), rtol=1e-12)


@pytest.mark.parametrize("batch", [1, FEW + 1])
@pytest.mark.parametrize("keep", [(), ("c",), ("d", "a")])
def test_a_rest_times_any_table_in_its_place_is_the_total(batch: int, keep: tuple[str, ...]) -> None:
    tables = [table("ab", batch, 1), table("bcd", 1, 2), table("de", batch, 3), table("c", batch, 4), table("e", 1, 5)]
    for place, rest in enumerate(adjoints(tables, range(len(tables)), keep)):
        other = table("".join(tables[place].axes), batch, 9)
        expected = enumerate_all([*tables[:place], other, *tables[place + 1 :]], keep=keep).total
        found = contract(rest, other, keep)
        np.testing.assert_allclose(found.over(keep), expected.values, rtol=1e-12)


@pytest.mark.parametrize("batch", [1, FEW + 1])
def test_many_batch_entries_equal_the_whole_joint(batch: int) -> None:
    tables = [table("ab", batch, 1), table("bcd", 1, 2), table("de", batch, 3), table("c", batch, 4)]
    found, expected = infer(tables, "abe", ("d",)), enumerate_all(tables, "abe", ("d",))
    np.testing.assert_allclose(found.total.values, expected.total.values, rtol=1e-12)
    for name in "abe":
        np.testing.assert_allclose(found.joints[name].values, expected.joints[name].values, rtol=1e-12)


def test_one_parameter_moved_equals_the_network_rebuilt(model: bn.RiskModel) -> None:
    evidence = observe(model.names, {"hscrp": 4.1, "bmi": 31.2}).evidence
    names = [
        "inflammation|er_stress",
        "adiposity|physical_activity",
        "insulin_resistance|intercept",
        "sarcopenia|age:40-70",
    ]
    to = {name: model.point[name][0] + np.array([-0.4, 0.0, 0.7]) for name in names if name in model.point}
    assert len(to) >= 3
    found = risks_moved(model.knowledge, model.point, to, evidence, model.risk_of)
    for name, values in to.items():
        batch = {key: np.repeat(value, 3) for key, value in model.point.items()} | {name: values}
        expected = risks(model.knowledge, batch, evidence, model.risk_of)
        np.testing.assert_allclose(found[name], expected, rtol=1e-12)
