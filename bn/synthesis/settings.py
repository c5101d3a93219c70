"""All settings from one sample on the cores of this machine: mode, blocks of chains, weights for each setting.

Chains come in blocks, each with its own random numbers and its own step; so the same seed gives the
same draws on any number of cores.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import msgspec
import numpy as np

from bn.core.progress import Tell
from bn.engine.parallel import cores, single_blas
from bn.synthesis.diagnostics import Diagnostics, Weighted, worst, worst_by_weight
from bn.synthesis.findings import SignSupport, sign_support
from bn.synthesis.fit import ENOUGH, Mode, Problem, minimize
from bn.synthesis.sampler import Chains, sample
from cpds.reweighting import Reweighting
from cpds.table import Array

STOP = -(1 << 60)
"""Count of trajectories that no process goes on from."""
BLOCK = 8
"""Chains side by side in one batch, which takes little longer than one: two cores are busy with twice as many."""


@dataclass(frozen=True)
class Plan:
    """How much is drawn: `chains` in blocks, each with `draws` after a warm-up of `warmup` trajectories."""

    seed: int = 20260101
    chains: int = 16
    draws: int = 1200
    warmup: int = 300

    @property
    def blocks(self) -> list[int]:
        """Chains of each block."""
        count = -(-self.chains // BLOCK)
        return [len(part) for part in np.array_split(np.arange(self.chains), count)]

    @property
    def trajectories(self) -> int:
        """Trajectories of all blocks."""
        return len(self.blocks) * (self.warmup + self.draws)


@dataclass(frozen=True)
class Fitted:
    """A setting's mode where that was looked for, draws of its parameters and how they mixed.

    Axes of `parameters`: (parameter, chain, draw). Draws by weight keep the shape of the chains that they come from.
    """

    mode: Mode | None
    parameters: Array
    diagnostics: Diagnostics


def fit_all(problems: Mapping[str, Problem], plan: Plan, tell: Tell) -> tuple[dict[str, Fitted], list[SignSupport]]:
    """Every setting by its name, and what the targets say of each sign in the first of them; tells of trajectories.

    Settings differ by numbers of priors alone, so one sample serves them all: it is drawn under priors that hold every
    setting's, and has weights for each. Raises RuntimeError where two starts end in different modes.
    """
    context = multiprocessing.get_context("spawn")
    done = context.Value("q", 0)
    first, main = next(iter(problems.items()))
    wide = holding(list(problems.values()))
    with ProcessPoolExecutor(cores(), context, _start, (done,)) as pool:
        try:
            signs = pool.submit(sign_support, main)
            mode = pool.submit(_mode, main, seeds(plan, first)[0]).result()
            start = wide.coordinates(main.parameters(mode.deviates[:, None]))[:, 0]
            around = pool.submit(_mode_from, wide, start).result() if wide != main else mode
            blocks = [
                pool.submit(_block, wide, around, seed, chains, plan)
                for seed, chains in zip(seeds(plan, first)[1:], plan.blocks, strict=True)
            ]
            for _ in _until_done([signs, *blocks]):
                tell(done.value, plan.trajectories)
        except BaseException:
            done.value = STOP
            pool.shutdown(cancel_futures=True)
            raise
        sampled = _fitted(wide, plan, around, [block.result() for block in blocks])
        found = {name: weighted(wide, sampled, problem) for name, problem in problems.items()}
        return found | {first: replace(found[first], mode=mode)}, signs.result()


def holding(problems: Sequence[Problem]) -> Problem:
    """The first problem with priors so wide that draws under them can be weighted for every one of the problems."""
    priors = {
        name: prior.widened([problem.priors[name] for problem in problems])
        for name, prior in problems[0].priors.items()
    }
    return replace(problems[0], priors=priors)


def weighted(wide: Problem, sampled: Fitted, other: Problem) -> Fitted:
    """The draws of a problem weighted for another with other numbers of priors."""
    if other.priors == wide.priors:
        return sampled
    flat = sampled.parameters.reshape(len(wide.priors), -1)
    stored = {name: np.insert(row, 0, row.mean()) for name, row in zip(wide.priors, flat, strict=True)}
    weights = Reweighting.between([(wide.priors[name], other.priors[name]) for name in wide.priors], stored)
    by_name = dict(zip(wide.priors, sampled.parameters, strict=True))
    sizes = worst_by_weight(by_name, weights.weights.reshape(sampled.parameters.shape[1:]))
    drawn = np.array([values[1:] for values in weights.applied().values()])
    told = Weighted(effective=round(weights.effective, 1), shape=round(weights.shape, 3))
    diagnostics = msgspec.structs.replace(sampled.diagnostics, weighted=told, **sizes)
    return Fitted(None, drawn.reshape(sampled.parameters.shape), diagnostics)


def _until_done(futures: list[Future[Any]]) -> Iterator[None]:
    """Now and then until all are done; the first error is raised."""
    left = set(futures)
    while left:
        finished, left = wait(left, timeout=0.5)
        for future in finished:
            future.result()
        yield


def seeds(plan: Plan, name: str) -> list[np.random.SeedSequence]:
    """One for the mode, one for each block; they depend on the seed and on the setting's name."""
    return np.random.SeedSequence((plan.seed, crc32(name.encode()))).spawn(1 + len(plan.blocks))


def _fitted(problem: Problem, plan: Plan, mode: Mode, blocks: list[tuple[Chains, float]]) -> Fitted:
    chains = np.concatenate([block.coordinates for block, _ in blocks])
    flat = np.array(list(problem.parameters(chains.reshape(-1, chains.shape[-1]).T).values()))
    parameters = flat.reshape(len(flat), *chains.shape[:2])
    figures = worst(dict(zip(problem.priors, parameters, strict=True)))
    diagnostics = Diagnostics(
        seed=plan.seed,
        chains=chains.shape[0],
        warmup=plan.warmup,
        draws=chains.shape[1],
        accepted=round(float(np.mean([block.accepted for block, _ in blocks])), 4),
        taken=round(float(np.mean([block.taken for block, _ in blocks])), 4),
        divergences=sum(block.diverged for block, _ in blocks),
        leapfrogs=round(float(np.mean([block.leaps for block, _ in blocks])) / plan.draws, 2),
        seconds=round(sum(seconds for _, seconds in blocks)),
        rhat=figures["rhat"],
        bulk=figures["bulk"],
        tail=figures["tail"],
    )
    return Fitted(mode, parameters, diagnostics)


_done: Any = None


def _start(done: Any) -> None:
    """In a new process: where to count. An interrupt is left to the process that started it, which then says stop."""
    global _done
    _done = done
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _mode(problem: Problem, seed: np.random.SeedSequence) -> Mode:
    """The mode; two starts must end in the same."""
    size = len(problem.priors)
    mode = _mode_from(problem, np.zeros(size))
    other = _mode_from(problem, np.random.default_rng(seed).standard_normal(size))
    if abs(mode.cost - other.cost) > 1e-4 * mode.cost:
        raise RuntimeError(f"two starts end in different modes, costs {mode.cost:.6g} and {other.cost:.6g}")
    return mode


def _mode_from(problem: Problem, start: Array) -> Mode:
    with single_blas():
        return minimize(problem.residuals, start, ENOUGH)


def _block(problem: Problem, mode: Mode, seed: np.random.SeedSequence, chains: int, plan: Plan) -> tuple[Chains, float]:
    """Some chains of a setting, with the seconds of the processor that they took."""

    def tell(_: int) -> None:
        with _done.get_lock():
            _done.value += 1
            if _done.value < 0:
                raise RuntimeError("stopped, as the synthesis was elsewhere")

    start = time.process_time()
    with single_blas():
        rng, misfit = np.random.default_rng(seed), problem.misfit if problem.studies.studies else None
        found = sample(problem.smooth, mode, rng, chains, plan.warmup, plan.draws, tell, misfit)
    return found, time.process_time() - start
