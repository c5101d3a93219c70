"""Rerun the synthesis: `python -m bn.synthesis [DATA_FOLDER]` writes the posterior folder and its report."""

from __future__ import annotations

import csv
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import numpy as np

from bn.core.progress import Tell, progress
from bn.synthesis.diagnostics import write_diagnostics
from bn.synthesis.findings import SignSupport
from bn.synthesis.fit import Problem
from bn.synthesis.report import sampler_table, write_report
from bn.synthesis.run import Run
from bn.synthesis.settings import Fitted, Plan, fit_all
from cpds.fitted import write_fitted_to
from cpds.knowledge import DATA, Knowledge, KnowledgeError, load
from cpds.posterior import FOLDER, LISTING, MAIN, STUDIES
from cpds.table import Array

DRAWS = 400
"""Draws that are shipped, of all."""
EVERY = 60.0
"""Seconds from one line of progress to the next."""


def problems_of(knowledge: Knowledge) -> dict[str, Problem]:
    """The main setting and the alternatives to it, by name."""
    problem = Problem.of(knowledge)
    others = {one.id: problem.with_prior(one.parameter, one.value) for one in knowledge.settings.values()}
    return {MAIN: problem, **others}


def main(root: Path, plan: Plan, tell: Tell) -> dict[str, Run]:
    """Fit and sample every setting, then write draws, parameters, diagnostics and report, all of them or none."""
    knowledge = load(root)
    problems = problems_of(knowledge)
    fitted, signs = fit_all(problems, plan, tell)
    runs = {name: shipped(name, problems[name], found) for name, found in fitted.items()}
    with replacing_folder(root / FOLDER) as folder:
        write(folder, knowledge, runs, signs)
    return runs


def shipped(name: str, problem: Problem, fitted: Fitted) -> Run:
    """Few of all draws, from one chain after another and far apart in each, and their mean as the point."""
    _, chains, length = fitted.parameters.shape
    each = np.arange(DRAWS)
    draws = fitted.parameters[:, each % chains, ((each + 0.5) * length / DRAWS).astype(int)]
    point = draws.mean(axis=1, keepdims=True)
    return Run(name, problem, fitted.mode, fitted.diagnostics, np.concatenate([point, draws], axis=1))


def write(folder: Path, knowledge: Knowledge, runs: Mapping[str, Run], signs: Sequence[SignSupport]) -> None:
    """All files of a posterior."""
    for name, each in runs.items():
        np.save(folder / f"{name}.npy", each.parameters.T)
    _write_parameters(folder / LISTING, runs[MAIN])
    _write_studies(folder / STUDIES, runs[MAIN])
    write_diagnostics(folder, {name: each.diagnostics for name, each in runs.items()})
    (folder / "report.md").write_text(write_report(runs, signs), encoding="utf-8")
    write_fitted_to(knowledge, folder)


@contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """An empty folder to write into, which takes the target's place when all went well and vanishes otherwise."""
    partial, former = (target.with_name(f".{target.name}.{ending}") for ending in ("partial", "former"))
    for left in (partial, former):
        shutil.rmtree(left, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        if target.exists():
            target.rename(former)
        partial.rename(target)
    except BaseException:
        if former.exists() and not target.exists():
            former.rename(target)
        raise
    finally:
        for left in (partial, former):
            shutil.rmtree(left, ignore_errors=True)


def _write_parameters(path: Path, main_run: Run) -> None:
    """One row a parameter: prior, mode, posterior mean, SD and interval, all in log odds."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(["parameter", "prior_mean", "prior_sd", "basis", "mode", "mean", "sd", "low", "high"])
        assert main_run.mode
        modes = main_run.problem.parameters(main_run.mode.deviates[:, None])
        for row, (name, prior) in enumerate(main_run.problem.priors.items()):
            draws: Array = main_run.parameters[row, 1:]
            mode = float(modes[name][0])
            low, high = np.quantile(draws, [0.05, 0.95])
            numbers = [prior.mean, prior.deviation, mode, main_run.parameters[row, 0], draws.std(), low, high]
            texts = [f"{number:.9g}" for number in numbers]
            writer.writerow([name, *texts[:2], prior.figure.basis, *texts[2:]])


def _write_studies(path: Path, main_run: Run) -> None:
    """Each fitted study at the mode: its residual, and its slope along each coordinate."""
    assert main_run.mode
    problem, mode = main_run.problem, main_run.mode
    said = problem.residuals(mode.deviates[:, None])[:, 0]
    first = len(said) - len(problem.studies.studies)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(["study", "residual", *problem.priors])
        for study, residual, slopes in zip(problem.studies.studies, said[first:], mode.jacobian[first:], strict=True):
            writer.writerow([study.id, *(f"{number:.9g}" for number in (residual, *slopes))])


@click.command("python -m bn.synthesis", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument(
    "folder",
    default=DATA,
    type=click.Path(path_type=Path, exists=True, file_okay=False, writable=True),
    metavar="[DATA_FOLDER]",
)
@click.option("--setting", help="Sample this setting alone and tell how it mixed; nothing is written.")
@click.option("--seed", type=click.IntRange(min=0), default=Plan.seed, show_default=True)
@click.option("--chains", type=click.IntRange(min=2), default=Plan.chains, show_default=True)
@click.option("--draws", type=click.IntRange(min=100), default=Plan.draws, show_default=True, help="Of each chain.")
@click.option("--warmup", type=click.IntRange(min=100), default=Plan.warmup, show_default=True, help="Of each chain.")
def rerun(folder: Path, setting: str | None, seed: int, chains: int, draws: int, warmup: int) -> None:
    """Fit and sample the knowledge of a data folder, by default the shipped one, on all cores.

    Replaces its folder `posterior`: draws, parameters, diagnostics, report, and a record of what was fitted. It needs
    ArviZ: `pip install 'myorisk[synthesis]'`.
    """
    try:
        import arviz  # noqa: F401
    except ImportError:
        print("the synthesis needs ArviZ: pip install 'myorisk[synthesis]'", file=sys.stderr)
        sys.exit(1)
    plan = Plan(seed=seed, chains=chains, draws=draws, warmup=warmup)
    try:
        if not sys.stderr.isatty():
            print("trajectories: the modes first", file=sys.stderr, flush=True)
        with progress("trajectories", EVERY) as tell:
            if setting is None:
                diagnostics = {name: run.diagnostics for name, run in main(folder, plan, tell).items()}
            else:
                chosen = problems_of(load(folder))
                if setting not in chosen:
                    raise KnowledgeError([f"--setting: unknown '{setting}'; choose one of {', '.join(chosen)}"])
                fitted, _ = fit_all({setting: chosen[setting]}, plan, tell)
                diagnostics = {setting: fitted[setting].diagnostics}
    except KnowledgeError as error:
        print("\n".join(error.problems), file=sys.stderr)
        sys.exit(1)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    print(sampler_table(diagnostics))
    if late := [name for name, found in diagnostics.items() if not found.converged]:
        print(f"not converged: {', '.join(late)}; take more --draws", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    rerun(prog_name="python -m bn.synthesis")
