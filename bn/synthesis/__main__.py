"""Rerun the synthesis: `python -m bn.synthesis [DATA_FOLDER]` writes the posterior folder and its report."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import click
import numpy as np
from threadpoolctl import threadpool_limits

from bn.synthesis.findings import sign_support
from bn.synthesis.fit import Mode, Problem, minimize, sample
from bn.synthesis.report import Run, write_report
from cpds.fitted import NAME, write_fitted_to
from cpds.knowledge import DATA, KnowledgeError, load
from cpds.posterior import FOLDER
from cpds.table import Array

DRAWS = 400
STEPS = 3000
STEPS_BESIDE = 1000
SEED = 20260101


def main(root: Path, steps: int = STEPS) -> None:
    """Fit and sample every setting, then write draws, parameters and report."""
    knowledge = load(root)
    problem = Problem.of(knowledge)
    settings = {"main": problem}
    for setting in knowledge.settings.values():
        settings[setting.id] = problem.with_prior(setting.parameter, setting.value)
    runs = {
        name: run(name, chosen, steps if name == "main" else min(steps, STEPS_BESIDE))
        for name, chosen in settings.items()
    }
    signs = sign_support(problem)
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / NAME).unlink(missing_ok=True)
    for name, each in runs.items():
        np.save(folder / f"{name}.npy", each.parameters.T)
    _write_parameters(folder / "parameters.tsv", runs["main"])
    write_fitted_to(knowledge, folder)
    (folder / "report.md").write_text(write_report(runs, signs), encoding="utf-8")


def run(name: str, problem: Problem, steps: int) -> Run:
    """Mode and draws of one setting; several starts must end in the same mode."""
    size = len(problem.priors)
    rng = np.random.default_rng(SEED)
    mode = minimize(problem.residuals, np.zeros(size))
    for _ in range(2):
        _same(mode, minimize(problem.residuals, rng.standard_normal(size)))
    print(f"{name}: mode after {mode.steps} steps, cost {mode.cost:.2f}", flush=True)
    drawn = sample(problem.residuals, mode, DRAWS, rng, steps=steps)
    print(f"{name}: accepted {drawn.accepted:.2f}, scale reduction {drawn.scale_reduction:.3f}", flush=True)
    draws = np.array(list(problem.parameters(drawn.deviates).values()))
    point = draws.mean(axis=1, keepdims=True)
    return Run(name, problem, mode, drawn, np.concatenate([point, draws], axis=1))


def _same(one: Mode, other: Mode) -> None:
    if abs(one.cost - other.cost) > 1e-4 * one.cost:
        raise RuntimeError(f"two starts end in different modes, costs {one.cost:.6g} and {other.cost:.6g}")


def _write_parameters(path: Path, main_run: Run) -> None:
    """One row a parameter: prior, mode, posterior mean, SD and interval, all in log odds."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(["parameter", "prior_mean", "prior_sd", "basis", "mode", "mean", "sd", "low", "high"])
        modes = main_run.problem.parameters(main_run.mode.deviates[:, None])
        for row, (name, prior) in enumerate(main_run.problem.priors.items()):
            draws: Array = main_run.parameters[row, 1:]
            mode = float(modes[name][0])
            low, high = np.quantile(draws, [0.05, 0.95])
            numbers = [prior.mean, prior.deviation, mode, main_run.parameters[row, 0], draws.std(), low, high]
            texts = [f"{number:.9g}" for number in numbers]
            writer.writerow([name, *texts[:2], prior.figure.basis, *texts[2:]])


@click.command("python -m bn.synthesis", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument(
    "folder",
    default=DATA,
    type=click.Path(path_type=Path, exists=True, file_okay=False, writable=True),
    metavar="[DATA_FOLDER]",
)
def rerun(folder: Path) -> None:
    """Fit and sample the knowledge of a data folder, by default the shipped one: about a quarter of an hour.

    Writes its folder `posterior`: draws, parameters, report, and a record of what was fitted.
    """
    try:
        with threadpool_limits(1):
            main(folder)
    except KnowledgeError as error:
        print("\n".join(error.problems), file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    rerun(prog_name="python -m bn.synthesis")
