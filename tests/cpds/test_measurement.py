"""Readings -> log likelihoods: formulas against plain integration and exact models, sanity of the shipped markers."""

import math

import numpy as np
import pytest
from msgspec import structs
from numpy.typing import NDArray
from scipy.stats import norm

import cpds
from cpds import check_biomarkers
from cpds import check_structure as check_strata
from cpds.files import read_entry
from cpds.knowledge import Knowledge
from cpds.measurement import (
    Readings,
    exact,
    log_likelihood,
    panel_log_likelihood,
    settle,
)
from cpds.records import Binned, Declared, Graded, Measured, Ordinal, Referred, Threshold
from cpds.strata import references, strata_variables
from cpds.table import Table

Array = NDArray[np.float64]
KNOWLEDGE = cpds.load()
MARKERS = KNOWLEDGE.biomarkers
REFERRED = [marker for marker in MARKERS.values() if isinstance(marker, Referred)]
CUT = [marker for marker in REFERRED if strata_variables(marker)]
RULES = (*check_biomarkers.RULES, *check_strata.RULES)
ANYONE = {"sex": 0, "age": 9, "adiposity": 4, "insulin_resistance": 0, "insulin_signaling_impairment": 0}


def someone(marker: str, rows: int, **states: int) -> dict[str, NDArray[np.int64]]:
    """State indices of the marker's strata variables, the same in every row."""
    found = MARKERS[marker]
    names = strata_variables(found) if isinstance(found, Referred) else ()
    return {name: np.full(rows, {**ANYONE, **states}[name]) for name in names}


def ratio(table: Table) -> Array:
    """Log likelihood ratio of the last state against the first."""
    return np.asarray(table.values[-1] - table.values[0])


def posterior(prior: float, marker: str, value: float, **states: int) -> float:
    log_odds = math.log(prior / (1 - prior)) + ratio(
        log_likelihood(KNOWLEDGE, marker, exact(value), someone(marker, 1, **states))
    )
    return float(1 / (1 + np.exp(-log_odds[0])))


def grid(marker: Referred, points: int = 200) -> Array:
    low, high = marker.accepted
    return np.geomspace(low, high, points) if marker.reference.scale == "log" else np.linspace(low, high, points)


@pytest.mark.parametrize("marker", REFERRED, ids=lambda marker: marker.id)
def test_limit_is_the_integral_of_the_density(marker: Referred) -> None:
    """P(reading below x | state) - P(below y) is the density between them, where likelihood ratios are not capped."""
    informative = marker.informative if isinstance(marker, Measured) else None
    low, high = informative or marker.accepted
    center = marker.reference.strata[0].center
    low, high = max(low, center / 3), min(high, center * 2)
    values = np.linspace(low, high, 4001)
    at = someone(marker.id, 1, age=0)
    everywhere = {name: np.repeat(state, len(values)) for name, state in at.items()}
    density = np.exp(log_likelihood(KNOWLEDGE, marker.id, exact(values), everywhere).values)
    area = ((density[:, 1:] + density[:, :-1]) / 2 * np.diff(values)).sum(-1)
    for side in (-1, 1):
        limits = Readings(np.array([low, high]), np.array([side, side], dtype=np.int8))
        both = {name: np.repeat(state, 2) for name, state in at.items()}
        chance = np.exp(log_likelihood(KNOWLEDGE, marker.id, limits, both).values)
        assert side * (chance[:, 0] - chance[:, 1]) == pytest.approx(area, abs=3e-5)


@pytest.mark.parametrize("marker", CUT, ids=lambda marker: marker.id)
def test_known_strata_pick_from_the_full_table(marker: Referred) -> None:
    rng = np.random.default_rng(1)
    names, rows = strata_variables(marker), 50
    readings = Readings(rng.choice(grid(marker), rows), rng.integers(-1, 2, rows).astype(np.int8))
    readings.values[::7] = np.nan
    at = {name: rng.integers(0, len(KNOWLEDGE.variables[name].states), rows) for name in names}
    full = log_likelihood(KNOWLEDGE, marker.id, readings)
    assert full.axes == (marker.variable, *names)
    picked = full.values[(slice(None), *(at[name] for name in names), np.arange(rows))]
    assert log_likelihood(KNOWLEDGE, marker.id, readings, at).values == pytest.approx(picked)
    partly = log_likelihood(KNOWLEDGE, marker.id, readings, {names[-1]: at[names[-1]]})
    assert partly.axes == (marker.variable, *names[:-1])
    moved = np.moveaxis(full.values, -2, 0)
    assert partly.values == pytest.approx(
        moved[at[names[-1]], ..., np.arange(rows)].transpose(*range(1, moved.ndim - 1), 0)
    )


@pytest.mark.parametrize("marker", MARKERS.values(), ids=lambda marker: marker.id)
def test_missing_says_nothing(marker: Measured) -> None:
    table = log_likelihood(KNOWLEDGE, marker.id, exact([math.nan, math.nan]))
    assert (table.values == 0).all()


class TestSanity:
    """What the answers must be like for a person."""

    def test_crp(self) -> None:
        for sex in (0, 1):
            assert 0.5 < posterior(0.3, "hscrp", 4.1, sex=sex) < 0.85
            assert posterior(0.3, "hscrp", 400.0, sex=sex) == pytest.approx(posterior(0.3, "hscrp", 10.0, sex=sex))
        assert posterior(0.3, "hscrp", 0.5) < 0.15

    @pytest.mark.parametrize(
        ("marker", "value", "bounds"),
        [
            ("fasting_glucose", 85, ((0.75, 1), (0, 0.15), (0, 0.15))),
            ("fasting_glucose", 99, ((0.3, 0.7), (0.3, 0.7), (0, 0.15))),
            ("fasting_glucose", 101, ((0.3, 0.7), (0.3, 0.7), (0, 0.15))),
            ("fasting_glucose", 116, ((0, 0.1), (0.5, 0.9), (0.1, 0.5))),
            ("fasting_glucose", 200, ((0, 0.001), (0, 0.001), (0.999, 1))),
            ("hba1c", 5.5, ((0.3, 0.7), (0.3, 0.7), (0, 0.1))),
            ("hba1c", 7.5, ((0, 0.01), (0, 0.01), (0.98, 1))),
            ("glucose_2h", 220, ((0, 0.1), (0, 0.5), (0.5, 1))),
            ("diagnosed_diabetes", 1, ((0, 0.005), (0, 0.02), (0.98, 1))),
            ("diagnosed_diabetes", 0, ((0.55, 0.65), (0.33, 0.4), (0.02, 0.06))),
        ],
    )
    def test_grades(self, marker: str, value: float, bounds: tuple[tuple[float, float], ...]) -> None:
        """In a woman of 65 to 70 without resistance, where 55, 33 and 12 % of adults are normal, impaired, diabetic."""
        logs = log_likelihood(KNOWLEDGE, marker, exact(value), someone(marker, 1)).values[:, 0]
        joint = np.array([0.55, 0.33, 0.12]) * np.exp(logs - logs.max())
        posterior = joint / joint.sum()
        for (low, high), found in zip(bounds, posterior, strict=True):
            assert low <= found <= high, posterior

    def test_homa_ir(self) -> None:
        overweight = KNOWLEDGE.variables["adiposity"].states.index("bmi_27_30")
        assert 0.55 < posterior(0.45, "homa_ir", 3.0, adiposity=overweight) < 0.8
        assert posterior(0.45, "homa_ir", 1.0, adiposity=overweight) < 0.05
        assert 0.9 < posterior(0.45, "homa_ir", 20.0, adiposity=overweight) < 0.99
        assert posterior(0.45, "fasting_insulin", 20.0, adiposity=overweight) > 0.85

    def test_grip(self) -> None:
        assert 0.08 < posterior(0.06, "grip_strength", 19.5, sex=0, age=9) < 0.3
        assert posterior(0.06, "grip_strength", 19.5, sex=1, age=9) > posterior(
            0.06, "grip_strength", 19.5, sex=0, age=9
        )
        assert posterior(0.06, "grip_strength", 30, sex=0, age=9) < 0.03

    @pytest.mark.parametrize(
        "marker", [marker for marker in MARKERS.values() if isinstance(marker, Ordinal)], ids=lambda m: m.id
    )
    def test_only_markers_that_are_read_both_ways_argue_at_both_ends(self, marker: Ordinal) -> None:
        ratios = ratio(log_likelihood(KNOWLEDGE, marker.id, exact(np.arange(len(marker.levels)))))
        other = ratios[0] if marker.direction == "+" else ratios[-1]
        assert (other > 0) == (marker.id in ("p62", "lc3_ratio", "ace2"))

    def test_bmi_names_a_state(self) -> None:
        states = KNOWLEDGE.variables["adiposity"].states
        found = log_likelihood(
            KNOWLEDGE, "bmi", Readings(np.array([31.2, 35.0, 35.0]), np.array([0, 0, 1], dtype=np.int8))
        )
        allowed = [
            [state for state, value in zip(states, column, strict=True) if value == 0] for column in found.values.T
        ]
        assert allowed == [["bmi_30_32"], ["bmi_35_40"], ["bmi_35_40", "bmi_40_plus"]]
        assert np.isneginf(found.values[found.values != 0]).all()


def test_threshold_against_simulated_people() -> None:
    """Among simulated people the share beyond the cut at a reading is what the likelihood ratio says."""
    marker = MARKERS["homa_ir"]
    assert isinstance(marker, Threshold)
    row = KNOWLEDGE.variables["adiposity"].states.index("bmi_27_30")
    stratum = next(s for s in marker.reference.strata if s.where == {"adiposity": "bmi_27_30"})
    rng = np.random.default_rng(2)
    w = marker.within.number
    usual = math.log(stratum.center) + rng.normal(0, math.sqrt(stratum.sd**2 - w**2), 2_000_000)
    reading = usual + rng.normal(0, w, len(usual))
    present = usual > math.log(marker.cut.number)
    prior = present.mean()
    swap = rng.random(len(usual))
    error = marker.error.number
    filed = np.where(present, swap >= error, swap < error * prior / (1 - prior))
    for value in (1.5, 2.5, 3.0, 4.0, 6.0):
        near = np.abs(reading - math.log(value)) < 0.02
        assert posterior(prior, "homa_ir", value, adiposity=row) == pytest.approx(
            filed_share(filed, present, near), abs=0.015
        )


def filed_share(filed: NDArray[np.bool_], present: NDArray[np.bool_], near: NDArray[np.bool_]) -> float:
    """Share filed as present among people with a reading near a value: a slip swaps the file, not the reading."""
    return float(filed[near].mean()) if near.any() else float(present.mean())


@pytest.mark.parametrize("name", [marker.id for marker in REFERRED if isinstance(marker, Graded)])
def test_graded_is_normal_in_each_state_until_a_ratio_would_turn(name: str) -> None:
    """Between two states the log ratio moves as that of two normal densities, and not at all beyond its turn."""
    marker = MARKERS[name]
    assert isinstance(marker, Graded)
    x = np.linspace(*np.log([marker.reference.strata[0].center * 0.8, marker.reference.strata[-1].center * 1.2]), 400)
    at = {key: np.full(len(x), state[0]) for key, state in someone(name, 1).items()}
    logs = log_likelihood(KNOWLEDGE, name, exact(np.exp(x)), at).values
    grid = references(KNOWLEDGE)[name]
    place = tuple(at[key][0] for key in grid.axes)
    for below in range(len(logs) - 1):
        (m0, s0), (m1, s1) = (
            (grid.center[(state, *place, 0)], grid.sd[(state, *place, 0)]) for state in (below, below + 1)
        )
        steps = np.diff(logs[below + 1] - logs[below])
        plain = np.diff(norm.logpdf(x, m1, s1) - norm.logpdf(x, m0, s0))
        assert (steps > -1e-12).all()
        np.testing.assert_allclose(steps, np.maximum(plain, 0), atol=0.002)


class TestPanels:
    """Tempering against the exact multivariate normal, and its calibration."""

    members = ("il6", "tnf_alpha", "mcp1")

    @staticmethod
    def twins(shift: float, rho: float, count: int) -> Knowledge:
        """Knowledge whose inflammation panel holds `count` markers alike, N(0, 1) and N(shift, 1)."""
        why = {"basis": "assumed", "why": "-"}
        plain = {
            "kind": "measured", "title": "-", "variable": "inflammation", "tissue": "-", "direction": "+", "note": "-",
            "panel": "twins", "unit": "1", "accepted": (-50, 50), "informative": (-40, 40),
            "shift": {"value": shift, **why},
            "reference": {"scale": "linear", "of": "absent", "strata": [{"center": 0, "sd": 1, **why}]},
        }  # fmt: skip
        knowledge = Knowledge(KNOWLEDGE.root)
        markers = {f"twin{i}": read_entry({**plain, "id": f"twin{i}"}, Measured) for i in range(count)}
        panel = KNOWLEDGE.panels["inflammation"]
        assert panel.rho is not None
        twin = structs.replace(panel, id="twins", rho=structs.replace(panel.rho, value=rho, low=None, high=None))
        object.__setattr__(
            knowledge, "__dict__", {**knowledge.__dict__, "biomarkers": markers, "panels": {"twins": twin}}
        )
        return knowledge

    @pytest.mark.parametrize("rho", [0.0, 0.3, 0.5, 0.9])
    @pytest.mark.parametrize("count", [1, 2, 5])
    def test_equals_exact_multivariate_normal(self, rho: float, count: int) -> None:
        rng = np.random.default_rng(3)
        shift = 1.3
        knowledge, z = self.twins(shift, rho, count), rng.normal(0.4, 1, (count, 20))
        inverse = np.linalg.inv(np.full((count, count), rho) + (1 - rho) * np.eye(count))
        wanted = shift * (inverse.sum(0) @ (z - shift / 2))
        table = panel_log_likelihood(knowledge, "twins", {f"twin{i}": exact(z[i]) for i in range(count)})
        assert ratio(table) == pytest.approx(wanted)
        plain = -0.5 * (z**2).sum(0) - count * math.log(math.sqrt(2 * math.pi))
        assert table.values[0] == pytest.approx(plain)

    def test_counts_what_each_row_measured(self) -> None:
        knowledge = self.twins(1.0, 0.5, 3)
        z = np.array([[1.5, 1.5, 1.5], [1.5, 1.5, np.nan], [1.5, np.nan, np.nan]])
        table = panel_log_likelihood(knowledge, "twins", {f"twin{i}": exact(z[i]) for i in range(3)})
        assert ratio(table) == pytest.approx([3 / 2, 2 / 1.5, 1.0])

    def test_calibration_on_correlated_people(self) -> None:
        """Five correlated markers: the tempered odds are calibrated, the plain product is overconfident."""
        rng = np.random.default_rng(4)
        shift, rho, count, people, prior = 1.0, 0.5, 5, 40_000, 0.3
        present = rng.random(people) < prior
        noise = math.sqrt(rho) * rng.normal(size=people) + math.sqrt(1 - rho) * rng.normal(size=(count, people))
        z = noise + shift * present
        readings = {f"twin{i}": exact(z[i]) for i in range(count)}
        knowledge = self.twins(shift, rho, count)
        tempered = ratio(panel_log_likelihood(knowledge, "twins", readings)) + math.log(prior / (1 - prior))
        naive = ratio(panel_log_likelihood(self.twins(shift, 0.0, count), "twins", readings)) + math.log(
            prior / (1 - prior)
        )
        assert calibration_slope(tempered, present) == pytest.approx(1.0, abs=0.05)
        assert calibration_slope(naive, present) < 0.5
        assert brier(tempered, present) < brier(naive, present) - 0.01

    def test_shipped_inflammation_panel_is_worth_less_than_its_product(self) -> None:
        raised = {"hscrp": 6.0, "il6": 4.0, "tnf_alpha": 5.0, "mcp1": 260.0, "il1_beta": 2.0}
        at = someone("hscrp", 1)
        single = {name: ratio(log_likelihood(KNOWLEDGE, name, exact(value), at))[0] for name, value in raised.items()}
        joint = ratio(panel_log_likelihood(KNOWLEDGE, "inflammation", {k: exact(v) for k, v in raised.items()}, at))[0]
        assert min(single.values()) > 0
        rho = KNOWLEDGE.panels["inflammation"].rho
        assert rho is not None
        assert joint == pytest.approx(sum(single.values()) / (1 + 4 * rho.number))
        assert joint < 2.5 * max(single.values())

    def test_strata_of_members_join(self) -> None:
        readings = {
            "grip_strength": exact([25.0, np.nan]),
            "gait_speed": exact([0.9, 1.0]),
            "leg_strength": exact([0, 1]),
        }
        table = panel_log_likelihood(KNOWLEDGE, "muscle", readings)
        assert table.axes == ("sarcopenia", "sex", "age")
        at = {"sex": np.array([0, 1]), "age": np.array([9, 3])}
        known = panel_log_likelihood(KNOWLEDGE, "muscle", readings, at)
        assert known.axes == ("sarcopenia",)
        assert known.values == pytest.approx(table.values[:, at["sex"], at["age"], np.arange(2)])


def calibration_slope(log_odds: Array, present: NDArray[np.bool_]) -> float:
    """Slope of a logistic regression of the truth on the stated log odds; below 1 means overconfident."""
    x, beta = np.column_stack([np.ones(len(log_odds)), log_odds]), np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        beta = beta + np.linalg.solve((x.T * (p * (1 - p))) @ x, x.T @ (present - p))
    return float(beta[1])


def brier(log_odds: Array, present: NDArray[np.bool_]) -> float:
    return float(np.mean((1 / (1 + np.exp(-log_odds)) - present) ** 2))


class TestSettle:
    """Products, what they supersede, and what treatment voids."""

    def test_homa_ir_is_computed_and_insulin_not_counted_again(self) -> None:
        given = {"fasting_insulin": exact([12.0, 12.0, 12.0]), "fasting_glucose": exact([101.25, np.nan, 101.25])}
        given["fasting_glucose"].censored[2] = 1  # a HOMA-IR above 3.0, of which the insulin says more
        settled = settle(KNOWLEDGE, given)
        assert settled["homa_ir"].values == pytest.approx([3.0, np.nan, np.nan], nan_ok=True)
        assert settled["fasting_insulin"].values == pytest.approx([np.nan, 12.0, 12.0], nan_ok=True)
        assert settled["fasting_glucose"].values == pytest.approx([101.25, np.nan, 101.25], nan_ok=True)
        assert given["fasting_insulin"].values == pytest.approx([12.0, 12.0, 12.0])

    def test_a_given_homa_ir_stands(self) -> None:
        settled = settle(
            KNOWLEDGE, {"homa_ir": exact([2.0]), "fasting_insulin": exact([12.0]), "fasting_glucose": exact([101.25])}
        )
        assert settled["homa_ir"].values == pytest.approx([2.0])
        assert np.isnan(settled["fasting_insulin"].values).all()

    def test_insulin_treatment_voids(self) -> None:
        given = {"homa_ir": exact([4.0, 4.0, 4.0]), "insulin_treated": exact([1.0, 0.0, np.nan])}
        assert settle(KNOWLEDGE, given)["homa_ir"].values == pytest.approx([np.nan, 4.0, 4.0], nan_ok=True)


class TestRules:
    """The knowledge check: each rule speaks when its defect is put in."""

    @staticmethod
    def broken(marker: str, **changes: object) -> list[str]:
        knowledge = Knowledge(KNOWLEDGE.root)
        changed = {**MARKERS, marker: structs.replace(MARKERS[marker], **changes)}
        object.__setattr__(knowledge, "__dict__", {**knowledge.__dict__, "biomarkers": changed})
        return [line for rule in RULES for line in rule(knowledge)]

    @pytest.mark.parametrize(
        ("marker", "changes", "words"),
        [
            ("il6", {"variable": "inflamation"}, ["biomarkers/il6.toml", "variable", "did you mean 'inflammation'"]),
            ("il6", {"panel": "muscle"}, ["biomarkers/il6.toml", "panel", "sarcopenia"]),
            ("il6", {"panel": "inflamation"}, ["panel", "did you mean 'inflammation'"]),
            ("il6", {"claims": ("C999",)}, ["biomarkers/il6.toml", "claims", "C999"]),
            ("il6", {"units": ("kg",)}, ["biomarkers/il6.toml", "units", "kg"]),
            ("il6", {"accepted": (0.0, 5.0)}, ["accepted", "log scale"]),
            ("il6", {"informative": (5.0, 1.0)}, ["informative"]),
            ("homa_ir", {"voided_by": ("fasting_insuline",)}, ["voided_by", "did you mean 'fasting_insulin'"]),
            ("homa_ir", {"voided_by": ("fasting_insulin",)}, ["voided_by", "threshold"]),
            ("homa_ir", {"variable": "adiposity", "panel": None}, ["kind", "10 states", "two"]),
            ("bmi", {"variable": "sex"}, ["kind", "no numeric scale"]),
            ("bmi", {"panel": "muscle"}, ["panel", "binned"]),
            ("hba1c", {"factors": {}}, ["offsets", "mmol/mol"]),
        ],
    )
    def test_defect_is_named(self, marker: str, changes: dict[str, object], words: list[str]) -> None:
        assert any(all(word in line for word in words) for line in self.broken(marker, **changes))

    def test_strata_gap_and_overlap(self) -> None:
        grip = MARKERS["grip_strength"]
        assert isinstance(grip, Measured)
        strata = grip.reference.strata
        gap = self.broken("grip_strength", reference=structs.replace(grip.reference, strata=strata[1:]))
        twice = self.broken("grip_strength", reference=structs.replace(grip.reference, strata=(*strata, strata[0])))
        odd = structs.replace(strata[0], where={"sex": "female", "age": (20.0, 33.0)})
        cut = self.broken("grip_strength", reference=structs.replace(grip.reference, strata=(odd, *strata[1:])))
        assert any("covered 0 times" in line and "age_20_24" in line for line in gap)
        assert any("covered 2 times" in line for line in twice)
        assert any("cuts through a state" in line for line in cut)

    def test_levels_must_sum(self) -> None:
        p62 = MARKERS["p62"]
        assert isinstance(p62, Ordinal)
        off = structs.replace(p62.levels[0], probabilities=(0.2, 0.2))
        assert any("sum to 1.08" in line for line in self.broken("p62", levels=(off, *p62.levels[1:])))

    def test_figures(self) -> None:
        homa_ir = MARKERS["homa_ir"]
        assert isinstance(homa_ir, Threshold)
        wide = self.broken("homa_ir", within=structs.replace(homa_ir.within, value=0.9))
        outside = self.broken("homa_ir", cut=structs.replace(homa_ir.cut, value=0.001))
        assert any("within" in line and "varies less" in line for line in wide)
        assert any("cut" in line and "outside accepted" in line for line in outside)

    def test_grades(self) -> None:
        glucose, diagnosed = MARKERS["fasting_glucose"], MARKERS["diagnosed_diabetes"]
        assert isinstance(glucose, Graded)
        assert isinstance(diagnosed, Declared)
        one = structs.replace(glucose.reference, of="everyone")
        few = structs.replace(diagnosed.yes, probabilities=(0.1, 0.2))
        gap = structs.replace(glucose.reference, strata=glucose.reference.strata[1:])
        assert any("'each' goes with kind 'graded'" in line for line in self.broken("fasting_glucose", reference=one))
        assert any("a probability for each of" in line for line in self.broken("diagnosed_diabetes", yes=few))
        assert any("covered 0 times" in line for line in self.broken("fasting_glucose", reference=gap))


def test_kinds_are_all_in_use() -> None:
    assert {type(marker) for marker in MARKERS.values()} == {Binned, Declared, Graded, Measured, Ordinal, Threshold}
