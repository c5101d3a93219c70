"""A reading says more the further out it lies, as a number or as a limit, and never turns back."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import bn
import cpds
from bn.core.conditioned import probability
from bn.engine import infer
from cpds.measurement import Readings, exact, log_likelihood
from cpds.records import Binned, Declared, Ordinal, Quantity, Referred
from cpds.strata import informative_range

Array = NDArray[np.float64]
KNOWLEDGE = cpds.load()
NUMBERS = [marker for marker in KNOWLEDGE.biomarkers.values() if isinstance(marker, Quantity)]
REFERRED = [marker for marker in NUMBERS if isinstance(marker, Referred)]
SOME = ("hscrp", "fasting_glucose", "homa_ir", "grip_strength", "vo2max")
"""On either scale, in either direction, their reference cut by sex, age or fat."""
ROUNDING = 1e-12


def places(marker: Quantity) -> Array:
    """Readings over all that is accepted, some of them close to each end of the informative range."""
    low, high = marker.accepted
    log = not isinstance(marker, Binned) and marker.reference.scale == "log"
    values = np.geomspace(low, high, 120) if log else np.linspace(low, high, 121)
    if isinstance(marker, Binned):  # within each bin, and close to both sides of each edge
        scale = KNOWLEDGE.variables[marker.variable].scale
        assert scale
        edges = np.array(scale.edges)
        inner = edges[1:-1]
        return np.unique(np.concatenate([inner * (1 - 1e-9), inner, (edges[1:] + edges[:-1]) / 2]))
    ends = np.array(informative_range(KNOWLEDGE, marker))
    near = np.concatenate([ends * (1 - 1e-9), ends, ends * (1 + 1e-9), np.linspace(*ends, 60)])
    return np.unique(np.concatenate([values, near[(low <= near) & (near <= high)]]))


def beliefs(model: bn.RiskModel, marker: Quantity, sign: str, values: Array) -> Array:
    """P(state or a later one) of the marker's variable given it alone, axes (state, reading), along its direction."""
    knowledge, size = model.knowledge, len(model.knowledge.variables[marker.variable].states)
    frame = pd.DataFrame({marker.id: [f"{sign}{value!r}" for value in values.tolist()]})
    if knowledge.variables[marker.variable].role in ("root", "context", "exposure"):
        states = np.array(
            [list(model.posterior({marker.id: text})[marker.variable].values()) for text in frame[marker.id]]
        ).T
    else:
        states = model.posterior_array(frame, interval=False).posterior(marker.variable)
    assert len(states) == size
    later = states[::-1].cumsum(axis=0)[::-1][1:]
    return later if marker.direction == "+" else -later


@pytest.mark.parametrize("marker", NUMBERS, ids=lambda marker: marker.id)
def test_belief_follows_the_reading(small: bn.RiskModel, marker: Quantity) -> None:
    values = places(marker)
    said = {sign: beliefs(small, marker, sign, values) for sign in ("", "<", ">")}
    for sign, found in said.items():
        assert np.diff(found, axis=-1).min() >= -ROUNDING, f"turns back at {sign or 'exact'} readings"
    assert (said[">"] - said[""]).min() >= -ROUNDING, "a bound above says less than the number itself"
    assert (said[""] - said["<"]).min() >= -ROUNDING, "a bound below says less than the number itself"


@pytest.mark.parametrize(
    "marker",
    [pytest.param(one, id=one.id, marks=[] if one.id in SOME else pytest.mark.long) for one in REFERRED],
)
def test_far_out_a_number_and_a_bound_say_what_the_end_of_the_range_says(small: bn.RiskModel, marker: Referred) -> None:
    """Of the variable, of the risk, and of sex, age and fat, which cut the reference."""
    low, high = informative_range(KNOWLEDGE, marker)
    asked = [f"{high!r}", f"{(high + marker.accepted[1]) / 2!r}", f">{high * 1.001!r}", f">{marker.accepted[1]!r}"]
    if low > marker.accepted[0]:
        asked += [f"{low!r}", f"{marker.accepted[0]!r}", f"<{low * 0.999!r}", f"<{(low + marker.accepted[0]) / 2!r}"]
    if high > marker.accepted[1]:
        pytest.skip("all that is accepted above lies within the range")
    everything = [
        np.concatenate([list(answer[name].values()) for name in small.knowledge.variables])
        for answer in (small.posterior({marker.id: text}) for text in asked)
    ]
    for found in everything[1:4]:
        np.testing.assert_allclose(found, everything[0], atol=1e-10)
    for found in everything[5:]:
        np.testing.assert_allclose(found, everything[4], atol=1e-10)


@pytest.mark.parametrize("marker", REFERRED, ids=lambda marker: marker.id)
def test_what_lies_below_a_limit_and_what_lies_above_it_is_everything(
    marker: Referred,
) -> None:
    """So every density integrates to one, in every state and stratum."""
    for value in (*informative_range(KNOWLEDGE, marker), *np.linspace(*informative_range(KNOWLEDGE, marker), 9)[1:-1]):
        both = Readings(np.array([value, value]), np.array([-1, 1], dtype=np.int8))
        chances = np.exp(log_likelihood(KNOWLEDGE, marker.id, both).values)
        np.testing.assert_allclose(chances.sum(axis=-1), 1, atol=1e-9)


@pytest.mark.parametrize("marker", [one for one in NUMBERS if one in REFERRED], ids=lambda marker: marker.id)
def test_events_and_their_opposites_add_up(small: bn.RiskModel, marker: Quantity) -> None:
    cut = float(np.mean(informative_range(KNOWLEDGE, marker)))  # type: ignore[arg-type]
    found = [probability(small.network, small.names, {marker.id: f"{sign}{cut}"}, {"age": 50}) for sign in ("<=", ">")]
    np.testing.assert_allclose(sum(found), 1, atol=1e-9)


@pytest.mark.parametrize(
    "marker",
    [one for one in KNOWLEDGE.biomarkers.values() if isinstance(one, Ordinal | Declared)],
    ids=lambda marker: marker.id,
)
def test_levels_and_answers_add_up(small: bn.RiskModel, marker: Ordinal | Declared) -> None:
    said = [level.id for level in marker.levels] if isinstance(marker, Ordinal) else ["yes", "no"]
    found = [probability(small.network, small.names, {marker.id: level}) for level in said]
    np.testing.assert_allclose(sum(found), 1, atol=1e-9)


@pytest.mark.parametrize("asked", ["glucose", "hba1c", "homa_ir"])
def test_limits_far_out_are_heard(small: bn.RiskModel, asked: str) -> None:
    """Above the range of any reference the risk of dysglycemia or resistance was that of nobody measured."""
    far = {"glucose": (">600", "600"), "hba1c": (">16.5", "16.5"), "homa_ir": (">250", "250")}[asked]
    bound, number = (small.posterior({"age": 68, asked: text}) for text in far)
    nothing = small.posterior(age=68)
    assert bound.risk == pytest.approx(number.risk, abs=1e-9)
    assert bound.risk > nothing.risk + 0.05
    assert bound.log_evidence > -100


def test_a_bound_in_a_batch_is_that_of_the_row_alone(small: bn.RiskModel) -> None:
    """The nodes of an integral were once laid for all rows of a batch together."""
    rows = pd.DataFrame({"homa_ir": [">140", "2"], "age": [80, 80], "bmi": [22, 22]})
    together, alone = small.score(rows), small.score(rows.iloc[:1])
    assert together["risk"][0] == pytest.approx(alone["risk"][0], abs=1e-12)
    assert together["risk"][0] == pytest.approx(small.posterior(homa_ir=">140", age=80, bmi=22).risk, abs=1e-12)
    assert together["risk"][0] > 0.95


def test_an_acute_crp_says_nothing_of_sex(small: bn.RiskModel) -> None:
    ten, sixty, four_hundred = (small.posterior(age=60, hscrp=value) for value in (10, 60, 400))
    for far in (sixty, four_hundred):
        assert far.risk == pytest.approx(ten.risk, abs=1e-12)
        assert far["sex"] == pytest.approx(ten["sex"], abs=1e-12)
    assert far.log_evidence < sixty.log_evidence < ten.log_evidence


def test_the_oracle_agrees_far_out(small: bn.RiskModel) -> None:
    """A reading at 40 SDs: the sum over the whole network in plain tables gives the same answer."""
    table = log_likelihood(KNOWLEDGE, "fasting_glucose", exact([900.0]))
    scaled = type(table)(table.axes, np.exp(table.values - table.values.max()))
    total = infer([*small.network.tables.values(), scaled], keep=("insulin_resistance",)).total.values[:, 0]
    assert small.posterior(fasting_glucose=900).risk == pytest.approx(total[1] / total.sum(), abs=1e-12)
