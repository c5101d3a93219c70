"""The shipped posterior is the one that today's knowledge gives, and it says what it claims to say."""

import csv
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pytest
from latent_targets import small_problem
from scipy.stats import norm

import bn
from bn.core.model import Network
from bn.engine import infer
from bn.synthesis.findings import exposure_effect
from bn.synthesis.fit import ENOUGH, Mode, Problem, jacobian, minimize
from bn.synthesis.report import basis_counts, root_routes, table
from bn.synthesis.sampler import ACCEPTED, sample
from cpds.knowledge import DATA, load
from cpds.logistic import DisorderedError, expit
from cpds.posterior import read_parameters
from cpds.table import Array

FOLDER = DATA / "posterior"
PREVALENCES = {"20_39": 0.209, "40_59": 0.469, "60_74": 0.674, "75_plus": 0.756}


class Shipped:
    """The shipped arrays beside the problem that they answer."""

    problem = Problem.of(load())

    @cached_property
    def rows(self) -> dict[str, dict[str, str]]:
        with (FOLDER / "parameters.tsv").open(encoding="utf-8", newline="") as file:
            return {row["parameter"]: row for row in csv.DictReader(file, delimiter="\t")}

    @cached_property
    def parameters(self) -> dict[str, np.ndarray]:
        return dict(read_parameters(self.problem.knowledge))

    @cached_property
    def network(self) -> Network:
        return Network.build(self.problem.knowledge, self.parameters)

    @cached_property
    def said(self) -> dict[str, np.ndarray]:
        targets = self.problem.targets
        return dict(zip((t.id for t in targets.targets), targets.evaluate(self.network), strict=True))


@pytest.fixture(scope="module")
def shipped() -> Shipped:
    return Shipped()


@pytest.mark.long
def test_the_shipped_mode_is_the_mode_of_todays_knowledge(shipped: Shipped) -> None:
    """A changed prior, target, marker or CPD rule moves the mode: rerun `python -m bn.synthesis`."""
    assert list(shipped.rows) == list(shipped.problem.priors)
    modes = {name: np.array([float(row["mode"])]) for name, row in shipped.rows.items()}
    at = shipped.problem.coordinates(modes)[:, 0]
    slope, now = jacobian(shipped.problem.residuals, at), shipped.problem.residuals(at[:, None])[:, 0]
    step = np.linalg.lstsq(slope, -now, rcond=None)[0]
    fall = now @ now - ((now + slope @ step) ** 2).sum()
    assert fall < 10 * ENOUGH * (now @ now), fall


def test_the_report_shows_what_the_shipped_draws_say(shipped: Shipped) -> None:
    report = (FOLDER / "report.md").read_text(encoding="utf-8")
    for name, values in shipped.said.items():
        target = shipped.problem.knowledge.targets[name]
        shown = f"{values[0]:.2f}" if target.versus is not None else f"{expit(values[0]):.3f}"
        line = next(line for line in report.splitlines() if line.startswith(f"| {name} |"))
        assert line.split(" | ")[4] == shown, line
    for basis, count in basis_counts(shipped.problem).items():
        assert f"{basis} {count} (" in report


def test_the_printed_prevalences_hold_in_the_mean_and_across_draws(shipped: Shipped) -> None:
    for band, printed in PREVALENCES.items():
        said = expit(shipped.said[f"dysglycemia_{band}"])
        assert abs(said[0] - printed) < 0.01, band
        assert np.mean(np.abs(said[1:] - printed) < 0.02) > 0.9, band


def test_few_targets_are_missed_and_none_silently(shipped: Shipped) -> None:
    report = (FOLDER / "report.md").read_text(encoding="utf-8")
    conflicts = report.split("### Conflicts")[1].split("##")[0]
    missed = []
    for target in shipped.problem.targets.targets:
        wanted = shipped.problem.targets.wanted[shipped.problem.targets.targets.index(target)]
        if abs(shipped.said[target.id][0] - wanted) > 2 * target.spread:
            missed.append(target.id)
            assert target.id in conflicts
    assert len(missed) <= 3


BATTERY = [
    {},
    {"age": 30, "bmi": 22},
    {"age": 68, "sex": "female", "bmi": 31.2, "hscrp": 4.1, "grip_strength": 19.5},
    {"age": 80, "physical_activity": "inactive", "sarcopenia": "present"},
    {"age": 50, "bmi": 41, "er_stress": "present", "ptp1b_excess": "present"},
    {"age": 50, "homa_ir": 3.0},
    {"age": 60, "hba1c": 6.6},
]


@pytest.mark.parametrize("findings", BATTERY, ids=str)
def test_the_point_lies_inside_its_interval(model: bn.RiskModel, findings: dict[str, object]) -> None:
    frame = model.posterior(findings).to_frame()
    free = frame[(frame["posterior"] > 0) & (frame["posterior"] < 1)]
    assert (free["low"] <= free["posterior"] + 1e-9).all()
    assert (free["posterior"] <= free["high"] + 1e-9).all()


def test_little_of_the_age_gradient_of_dysglycemia_runs_through_muscle(shipped: Shipped) -> None:
    """The result that must be published: a few points at most of more than fifty."""
    at_the_point = {name: values[:1] for name, values in shipped.parameters.items()}
    routes = root_routes(Network.build(shipped.problem.knowledge, at_the_point), shipped.problem)["dysglycemia"]
    assert routes["total"][0] == pytest.approx(0.756 - 0.209, abs=0.02)
    assert 0 < routes["mechanisms"][0] < 0.04
    report = (FOLDER / "report.md").read_text(encoding="utf-8")
    assert (
        f"| main | dysglycemia | {100 * routes['total'][0]:.1f} | mechanisms | {100 * routes['mechanisms'][0]:.1f} |"
        in report
    )


def test_explained_not_leaked(model: bn.RiskModel) -> None:
    mechanisms = [n for n, v in model.knowledge.variables.items() if v.role in ("mechanism", "signaling")]
    nothing = model.posterior(
        {"age": 30, "bmi": 24, "physical_activity": "active"} | dict.fromkeys(mechanisms, "absent")
    )
    everything = model.posterior(
        {"age": 70, "bmi": 37, "physical_activity": "inactive"} | dict.fromkeys(mechanisms, "present")
    )
    assert nothing.risk == pytest.approx(0.1, abs=0.05)
    assert 0.9 < everything.risk < 0.995  # whoever has all of it is likely to be susceptible, too


def test_gauss_newton_finds_a_known_minimum() -> None:
    """Residuals (x, 2 (y - 1), exp(x) - 1) vanish at x = 0, y = 1."""

    def residuals(at: np.ndarray) -> np.ndarray:
        return np.stack([at[0], 2 * (at[1] - 1), np.exp(at[0]) - 1])

    mode = minimize(residuals, np.array([1.0, -3.0]))
    assert mode.deviates == pytest.approx([0, 1], abs=1e-6)
    assert mode.cost < 1e-9


def test_the_sampler_recovers_a_skewed_posterior() -> None:
    """Prior N(0, 1) and exp(x) observed as 2 with SD 0.7: mean and SD by quadrature."""

    def residuals(at: np.ndarray) -> np.ndarray:
        return np.stack([at[0], (np.exp(at[0]) - 2) / 0.7])

    grid = np.linspace(-6, 4, 20001)
    weight = np.exp(-0.5 * (residuals(grid[None]) ** 2).sum(axis=0))
    mean = np.average(grid, weights=weight)
    deviation = np.sqrt(np.average((grid - mean) ** 2, weights=weight))
    drawn = sample(residuals, minimize(residuals, np.zeros(1)), np.random.default_rng(0), 100, warmup=100, draws=200)
    assert drawn.coordinates.mean() == pytest.approx(mean, abs=0.02)
    assert drawn.coordinates.std() == pytest.approx(deviation, rel=0.03)
    assert drawn.accepted == pytest.approx(ACCEPTED, abs=0.1)


@pytest.mark.parametrize(
    ("chains", "draws", "near"), [(12, 150, 0.08), pytest.param(64, 300, 0.02, marks=pytest.mark.long)]
)
def test_impossible_parameters_are_never_drawn(chains: int, draws: int, near: float) -> None:
    """A normal cut off at 0.5, where the density cannot be computed: its mean is 0 - phi(0.5) / Phi(0.5)."""

    def residuals(at: np.ndarray) -> np.ndarray:
        if (0.5 - at < 0).any():
            raise DisorderedError
        return at * 1.0

    mode = Mode(np.zeros(1), np.ones((1, 1)), 0.0, 1)
    drawn = sample(residuals, mode, np.random.default_rng(0), chains, warmup=100, draws=draws).coordinates
    assert drawn.max() < 0.5
    assert drawn.mean() == pytest.approx(-norm.pdf(0.5) / norm.cdf(0.5), abs=near)


def test_a_start_that_cannot_be_is_told() -> None:
    def residuals(at: np.ndarray) -> np.ndarray:
        return at * np.nan

    with pytest.raises(RuntimeError, match="no possible parameters"):
        sample(residuals, Mode(np.zeros(1), np.ones((1, 1)), 0.0, 1), np.random.default_rng(0), 2, 4, 4)


@pytest.mark.parametrize("toward", [-1.5, 1.5])
def test_what_is_seen_stays_where_it_was_along_a_loading(toward: float) -> None:
    """Someone of an age has a state as often; with the loading alone changed, another share and slope would be seen."""
    problem = small_problem()
    row = list(problem.priors).index("lipid|luck")
    at = np.zeros((len(problem.priors), 2))
    at[row, 1] = toward
    along = problem.parameters(at)
    alone = {name: values[[0, 0]] for name, values in along.items()} | {"lipid|luck": along["lipid|luck"]}

    def seen(parameters: Mapping[str, Array]) -> Array:
        """Log odds of the state by age."""
        network = Network.build(problem.knowledge, parameters)
        joint = infer(list(network.tables.values()), keep=("age", "lipid")).total.over(("age", "lipid"))
        return np.asarray(np.log(joint[:, 1] / joint[:, 0]))

    stretched, changed = (abs(np.diff(seen(parameters), axis=-1)).max() for parameters in (along, alone))
    assert stretched < 0.5 * changed


def test_coordinates_and_parameters_are_inverse() -> None:
    problem = Problem.of(load())
    at = np.random.default_rng(1).standard_normal((len(problem.priors), 2))
    assert problem.coordinates(problem.parameters(at)) == pytest.approx(at, abs=1e-9)


def test_routes_of_an_exposure_add_up_on_a_network_worked_by_hand() -> None:
    """x -> m -> y and x -> y: P(y | x, m) = 0.1 + 0.2 x + 0.4 m, P(m | x) = 0.5 x."""
    from cpds.table import Table

    m = np.array([[1.0, 0.5], [0.0, 0.5]])[..., None]
    y1 = np.array([[0.1, 0.5], [0.3, 0.7]])
    tables = {
        "x": Table(("x",), np.array([[0.5], [0.5]])),
        "m": Table(("m", "x"), m),
        "y": Table(("y", "x", "m"), np.stack([1 - y1, y1])[..., None]),
    }
    network = Network(dict.fromkeys(tables, ("no", "yes")), tables)
    shift = exposure_effect(
        network, "x", np.array([1.0, 0.0]), np.array([0.0, 1.0]), ("y", (1,)), {"by m": ["m"], "straight": ["y"]}
    )
    assert shift.low == pytest.approx([0.1])
    assert shift.high == pytest.approx([0.3 + 0.5 * 0.4])
    assert shift.through["by m"] == pytest.approx([0.1 + 0.5 * 0.4])
    assert shift.through["straight"] == pytest.approx([0.3])


def test_a_markdown_table() -> None:
    assert table(["a", "b"], [(1, "x")]) == "| a | b |\n| --- | --- |\n| 1 | x |"
