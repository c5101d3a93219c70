"""Settings fitted and sampled side by side in processes, and what is told of how the chains mixed."""

import multiprocessing
from pathlib import Path

import msgspec
import numpy as np
import pytest
from latent_targets import small_problem

from bn.synthesis.__main__ import shipped
from bn.synthesis.diagnostics import Diagnostics, Worst, read_diagnostics, worst, worst_by_weight, write_diagnostics
from bn.synthesis.report import sampler_table
from bn.synthesis.sampler import sample
from bn.synthesis.settings import Fitted, Plan, fit_all, seeds

GOOD = Diagnostics(
    seed=1, chains=20, warmup=400, draws=1000, accepted=0.812, taken=0.618, divergences=0, leapfrogs=4.31, seconds=61.0,
    rhat=Worst(1.0041, "a|b"), bulk=Worst(812.4, "a|b"), tail=Worst(911.0, "c|intercept"),
)  # fmt: skip


@pytest.mark.long
def test_a_sample_comes_in_blocks_by_their_own_seeds() -> None:
    """Three blocks of chains; whatever runs beside, each draws the same."""
    problem = small_problem()
    plan = Plan(seed=3, chains=18, draws=60, warmup=60)
    assert plan.blocks == [6, 6, 6]
    heard: list[tuple[int, int]] = []
    found, signs = fit_all({"main": problem}, plan, lambda done, total: heard.append((done, total)))
    fitted = found["main"]
    assert fitted.parameters.shape == (len(problem.priors), 18, 60)
    assert len(np.unique(fitted.parameters[0, :, 0])) == 18
    assert (fitted.diagnostics.chains, fitted.diagnostics.draws) == (18, 60)
    assert fitted.diagnostics.weighted is None
    assert fitted.mode
    block = sample(problem.residuals, fitted.mode, rng_of(plan, "main", 1), 6, plan.warmup, plan.draws)
    again = np.array(list(problem.parameters(block.coordinates.reshape(360, -1).T).values()))
    np.testing.assert_array_equal(fitted.parameters[:, 6:12], again.reshape(-1, 6, 60))
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert heard[-1][1] == 3 * 120
    assert signs == []


@pytest.mark.long
def test_settings_have_by_weight_from_one_sample_what_each_would_have_by_sampling() -> None:
    """A prior that is centered at half and at twice as much; the mode that is told is that of the main setting."""
    problem = small_problem()
    value = problem.priors["resistance|lipid"].value
    problems = {name: problem.with_prior("resistance|lipid", value * by) for name, by in FACTORS.items()}
    plan = Plan(seed=5, chains=16, draws=300, warmup=240)
    together, _ = fit_all(problems, plan, lambda *_: None)
    row = list(problem.priors).index("resistance|lipid")
    for name, setting in problems.items():
        alone, _ = fit_all({name: setting}, plan, lambda *_: None)
        by_weight, sampled = together[name], alone[name]
        assert by_weight.diagnostics.weighted
        assert by_weight.diagnostics.weighted.effective > 800
        one, other = (fitted.parameters[row].ravel() for fitted in (by_weight, sampled))
        assert one.mean() == pytest.approx(other.mean(), abs=4 * other.std() / 20)
        assert one.std() == pytest.approx(other.std(), rel=0.15)
        assert by_weight.diagnostics.bulk.value < together["main"].diagnostics.chains * 300
        assert (by_weight.mode is not None) is (name == "main")
    main = together["main"].mode
    assert main
    assert main.cost == pytest.approx(float((problem.residuals(main.deviates[:, None]) ** 2).sum()))


FACTORS = {"main": 1.0, "weaker": 0.5, "stronger": 2.0}


@pytest.mark.long
def test_an_interrupt_stops_every_process() -> None:
    """Chains that would take hours end with the one who asked for them."""

    def interrupt(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_all({"main": small_problem()}, Plan(draws=1_000_000), interrupt)
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(("chains", "length"), [(8, 400), (16, 450), (7, 300)])
def test_draws_that_are_shipped_lie_far_apart_in_every_chain(chains: int, length: int) -> None:
    chain, time = np.indices((chains, length), dtype=float)
    problem = small_problem()
    run = shipped("main", problem, Fitted(None, np.array([chain, time]), GOOD))
    of, at = run.parameters[:, 1:]
    assert np.ptp(np.bincount(of.astype(int), minlength=chains)) <= 1
    apart = min(np.diff(at[of == each]).min() for each in range(chains))
    assert apart >= chains * length // len(of)


def rng_of(plan: Plan, setting: str, block: int) -> np.random.Generator:
    return np.random.default_rng(seeds(plan, setting)[1 + block])


def test_draws_by_weight_are_worth_what_weights_and_likeness_leave_of_them() -> None:
    """Alike in a row or of unequal weight they tell less; both at once less still, where the weights follow the draws."""
    rng = np.random.default_rng(4)
    noise, other = rng.standard_normal((2, 4, 2000))
    slow = np.repeat(rng.standard_normal((4, 200)), 10, axis=1)
    even, tilted = np.ones((4, 2000)), np.exp(0.8 * other)
    kish = float(tilted.sum() ** 2 / (tilted**2).sum())
    assert worst_by_weight({"slow": slow}, even)["tail"].value == pytest.approx(worst({"slow": slow})["tail"].value)
    assert worst_by_weight({"slow": slow}, even)["bulk"].value == pytest.approx(800, rel=0.2)
    assert worst_by_weight({"free": noise}, tilted)["bulk"].value == pytest.approx(kish, rel=0.2)
    both = worst_by_weight({"free": noise, "slow": slow}, np.exp(0.8 * slow))
    assert both["bulk"].parameter == both["tail"].parameter == "slow"
    assert both["bulk"].value < 0.7 * 800


def test_the_worst_parameter_is_named() -> None:
    """One parameter whose chains disagree, one that hardly moves, and independent draws."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((4, 500))
    apart = noise + np.arange(4.0)[:, None]
    slow = np.cumsum(rng.standard_normal((4, 500)), axis=1)
    found = worst({"free": noise, "apart": apart})
    assert found["rhat"].parameter == "apart"
    assert found["rhat"].value > 1.3
    assert worst({"free": noise})["rhat"].value < 1.01
    assert worst({"free": noise, "slow": slow})["bulk"].parameter == "slow"
    assert worst({"free": noise})["bulk"].value == pytest.approx(2000, rel=0.2)


def test_bounds_of_convergence() -> None:
    assert GOOD.converged
    assert not replace_figure("rhat", 1.0101).converged
    assert not replace_figure("bulk", 400.0).converged
    assert not replace_figure("tail", 399.0).converged


def replace_figure(name: str, value: float) -> Diagnostics:
    return msgspec.structs.replace(GOOD, **{name: Worst(value, "a|b")})


def test_the_file_of_diagnostics_is_read_as_written_and_its_table_shows_it(tmp_path: Path) -> None:
    write_diagnostics(tmp_path, {"main": GOOD})
    assert read_diagnostics(tmp_path) == {"main": GOOD}
    row = sampler_table({"main": GOOD}).splitlines()[-1]
    assert row == (
        "| main | 20 | 400 | 1000 | 0.81 | 0.62 | 0 | 4.3 | 1 | 1.0041 (`a <- b`) | 812 (`a <- b`) | 911 (`c <- intercept`) | sampled |"
    )
