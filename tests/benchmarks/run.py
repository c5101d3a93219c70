"""Measure scoring: `python tests/benchmarks/run.py`, a few minutes on a quiet machine; `--quick` for a try.

Everything is measured in one run on synthetic people; times are medians. With `--markdown FILE` the table is written
for the README. Results of other libraries are compared with ours before their speed is.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from cohort import CONTEXT, EIGHT, SIX, make_cohort, make_states, write_cohort
from commands import asked_what_if, cold, floor, make_ready, scored, scored_on_dask
from curves import FULL as ALL_CURVES
from curves import QUICK as FEW_CURVES
from curves import Curves, curves
from libraries import NbnBatches, Person, people, pgmpy_loop, pyagrum_loop
from report import Report, per_second

import bn
from bn.engine.parallel import cores

RISK, ALL = "risk alone", "all posteriors"
Answers = Callable[[list[Person], list[str]], tuple[float, np.ndarray]]


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    rows: int
    files: int
    pyagrum: int
    pgmpy: int
    nbn: int
    steps: tuple[int, ...]
    changed: tuple[int, ...]
    curves: Curves
    draws: int
    repeats: int


FULL = Sizes(
    rows=1_000_000,
    files=8,
    pyagrum=2_000,
    pgmpy=200,
    nbn=20_000,
    steps=(250_000, 500_000, 1_000_000, 2_000_000),
    changed=(2_000, 100_000),
    curves=ALL_CURVES,
    draws=400,
    repeats=3,
)
QUICK = Sizes(
    rows=500,
    files=2,
    pyagrum=20,
    pgmpy=4,
    nbn=0,
    steps=(250, 500),
    changed=(50,),
    curves=FEW_CURVES,
    draws=8,
    repeats=1,
)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rows, once: whether it runs, not how fast")
    parser.add_argument("--markdown", type=Path, help="also write the table for the README")
    options = parser.parse_args()
    sizes = QUICK if options.quick else FULL
    report = Report()
    shipped = bn.load()
    model = bn.RiskModel(
        shipped.knowledge, {name: values[: 1 + sizes.draws] for name, values in shipped.parameters.items()}
    )
    frame = make_cohort(model, sizes.rows, SIX)
    in_memory(report, model, frame, sizes)
    by_state(report, model, sizes)
    eight(report, model, sizes)
    with TemporaryDirectory() as folder:
        files(report, model, Path(folder), sizes)
        many_files(report, model, Path(folder), sizes)
        what_if(report, model, Path(folder), sizes)
        growth(report, model, sizes)
        curves(report, model, sizes.curves)
        for name, seconds in cold(Path(folder), max(sizes.repeats, 1)).items():
            report.add("Cold start", name, "a new process", f"{seconds:.2f} s")
    report.print()
    if options.markdown:
        options.markdown.write_text(report.markdown(), encoding="utf-8")


def in_memory(report: Report, model: bn.RiskModel, frame: pd.DataFrame, sizes: Sizes) -> None:
    """Rows per second of a frame in memory, beside loops of other libraries on the same people."""
    section = "In memory, six biomarkers"
    rates = both_speeds(report, section, model, frame, sizes)
    with_interval = speed(model, frame, True, sizes.repeats)
    named = f"`model.score`, all posteriors, intervals from {sizes.draws} draws"
    report.add(section, named, rows(frame), per_second(with_interval))
    some = frame[frame.age.notna() & frame.sex.notna()].head(max(sizes.pyagrum, sizes.pgmpy))
    known = people(model, some)
    beside(
        report, section, "pyAgrum `LazyPropagation`", model, some, known[: sizes.pyagrum],
        lambda one, targets: pyagrum_loop(model, one, targets), rates, 1e-9, sizes.repeats,
    )  # fmt: skip
    beside(
        report, section, "pgmpy `VariableElimination`", model, some, known[: sizes.pgmpy],
        lambda one, targets: pgmpy_loop(model, one, targets), rates, 1e-9, sizes.repeats,
    )  # fmt: skip
    report.notes.append(
        f"Six biomarkers: {', '.join(SIX)}, beside age, sex and body-mass index; a quarter of all cells is missing."
    )
    report.notes.append(
        "Rows of other libraries have age and sex, without which a likelihood is no vector; their likelihoods were "
        "prepared outside the measured time, ours are computed within it."
    )


def by_state(report: Report, model: bn.RiskModel, sizes: Sizes) -> None:
    """States in place of readings, which is what nbn can be asked."""
    section = "In memory, states in place of readings"
    if not sizes.nbn or find_spec("nbn") is None:
        report.notes.append(
            "nbn was not measured: " + ("too slow to load for a try." if sizes.nbn == 0 else "not installed.")
        )
        return
    frame = make_states(model, sizes.rows)
    rates = both_speeds(report, section, model, frame, sizes)
    some = frame.head(sizes.nbn)
    beside(report, section, "nbn `query_batch`", model, some, people(model, some), NbnBatches(model), rates, 1e-5, 1)
    report.notes.append(
        "nbn refuses missing values and virtual evidence: it got states, batched by pattern of what is missing, and "
        "computes in single precision."
    )


def beside(
    report: Report,
    section: str,
    name: str,
    model: bn.RiskModel,
    frame: pd.DataFrame,
    known: list[Person],
    answers: Answers,
    rates: Mapping[str, float],
    tolerance: float,
    repeats: int,
) -> None:
    """Another library on some of the people: its answers must be ours, then its speed is compared."""
    risk, _ = model.risk_of
    ours = model.posterior_array(frame.head(len(known)), interval=False)
    scored = list(dict.fromkeys(variable for variable, _ in ours.columns))
    for targets, what in (([risk], RISK), (scored, ALL)):
        runs = [answers(known, targets) for _ in range(repeats)]
        expected = np.stack([ours.posterior(target)[1] for target in targets], axis=1)
        difference = float(np.abs(runs[0][1] - expected).max())
        if not difference < tolerance:
            raise SystemExit(f"{name}, {what}: answers differ from ours by {difference:.1e}, expected < {tolerance}")
        theirs = len(known) / median(seconds for seconds, _ in runs)
        report.add(
            section,
            f"{name}, {what}",
            f"{len(known):,} rows",
            per_second(theirs),
            f"{rates[what] / theirs:,.0f} times slower; largest difference {difference:.0e}",
        )


def both_speeds(
    report: Report, section: str, model: bn.RiskModel, frame: pd.DataFrame, sizes: Sizes
) -> dict[str, float]:
    """Rows per second of the risk alone and of all posteriors, without intervals."""
    rates = {}
    for what in (RISK, ALL):
        rates[what] = speed(model, frame, False, sizes.repeats, posteriors=what == ALL)
        report.add(section, f"`model.score`, {what}", rows(frame), per_second(rates[what]))
    return rates


def eight(report: Report, model: bn.RiskModel, sizes: Sizes) -> None:
    """Eight markers of eight variables."""
    section = "In memory, eight biomarkers of eight variables"
    report.notes.append(f"Eight biomarkers: {', '.join(EIGHT)}; a quarter of their cells is missing.")
    for whole, what in ((CONTEXT, "context complete"), ((), "a quarter of context missing")):
        frame = make_cohort(model, sizes.rows, EIGHT, whole=whole)
        for interval in (False, True):
            rate = speed(model, frame, interval, sizes.repeats)
            measured = "`model.score`, " + ("with intervals" if interval else "all posteriors")
            report.add(section, f"{measured}, {what}", rows(frame), per_second(rate))


def files(report: Report, model: bn.RiskModel, folder: Path, sizes: Sizes) -> None:
    """CSV to CSV as a command from start to end, beside pyarrow's reading and writing alone; and its memory."""
    peaks: dict[int, float] = {}
    for size in (sizes.rows, 4 * sizes.rows):
        source = write_cohort(model, folder / f"{size}.csv", size)
        if size == sizes.rows:
            peaks[size] = max(beside_floor(report, model, source, interval, sizes) for interval in (False, True))
        else:
            peaks[size] = scored(source)[1]
        source.unlink()
    for size, peak in peaks.items():
        report.add("Peak memory", "`myorisk score`, CSV to CSV", f"{size:,} rows", f"{peak:,.0f} MB")


def beside_floor(report: Report, model: bn.RiskModel, source: Path, interval: bool, sizes: Sizes) -> float:
    """Scoring in turn with the floor of the same columns; the most memory that scoring held, in MB."""
    frame = pd.read_csv(source)
    ready = make_ready(model.score(frame, interval=interval).drop(columns=frame.columns), source.with_suffix(".arrow"))
    options = () if interval else ("--no-interval",)
    runs = [(floor(source, ready), scored(source, *options)) for _ in range(sizes.repeats)]
    least, whole = (median(times[place] for times, _ in runs) for place in range(2))
    seconds = median(run[0] for _, run in runs)
    section = f"CSV to CSV, six biomarkers, {'with' if interval else 'without'} intervals"
    for measured, taken, compared in (
        ("the floor: pyarrow reads and writes, results ready", least, ""),
        ("the floor as a command, start to end", whole, ""),
        (
            " ".join(("`myorisk score", *options)) + "`, start to end",
            seconds,
            f"{seconds / least:.2f} x floor, {seconds / whole:.2f} x floor as a command",
        ),
    ):
        report.add(section, measured, rows(frame), f"{taken:.2f} s", compared)
    return max(run[1] for _, run in runs)


def many_files(report: Report, model: bn.RiskModel, folder: Path, sizes: Sizes) -> None:
    """Parquet files by worker processes, and what a billion rows would cost at that rate."""
    if find_spec("distributed") is None:
        report.notes.append("Dask was not measured: not installed.")
        return
    parts = folder / "parts"
    parts.mkdir()
    for number in range(sizes.files):
        make_cohort(model, sizes.rows // 2, SIX, seed=number).to_parquet(parts / f"{number}.parquet")
    total = sizes.files * (sizes.rows // 2)
    runs = [scored_on_dask(parts) for _ in range(sizes.repeats)]
    rate = total / median(seconds for seconds, _ in runs)
    report.add(
        "Many Parquet files",
        f"`myorisk score --dask`, {cores()} processes, start to end",
        f"{sizes.files} files, {total:,} rows",
        per_second(rate),
    )
    hours, size = 1e9 / rate * cores() / 3600, runs[0][1]
    report.notes.append(
        f"At the rate of many files a billion rows, with intervals, take {hours:.1f} hours of one core, and "
        f"{size:.0f} GB for the results."
    )


def what_if(report: Report, model: bn.RiskModel, folder: Path, sizes: Sizes) -> None:
    """A what-if of every row, as a command from start to end."""
    for size in sizes.changed:
        source = write_cohort(model, folder / f"before-{size}.csv", size)
        seconds = median(asked_what_if(source) for _ in range(sizes.repeats))
        report.add("What if, CSV to CSV", "`myorisk what-if`, start to end", f"{size:,} rows", f"{seconds:.2f} s")


def growth(report: Report, model: bn.RiskModel, sizes: Sizes) -> None:
    """Cost against the number of rows."""
    frame = make_cohort(model, max(sizes.steps), SIX)
    for interval in (False, True):
        what = "with intervals" if interval else "without intervals"
        for size in sizes.steps:
            rate = speed(model, frame.head(size), interval, sizes.repeats)
            report.add("Cost by rows", f"a row, {what}", f"{size:,} rows", microseconds(rate))


def speed(model: bn.RiskModel, frame: pd.DataFrame, interval: bool, repeats: int, posteriors: bool = True) -> float:
    """Rows per second of `model.score`, all of it: contraction, cells, posteriors, result frame."""

    def once() -> float:
        started = time.perf_counter()
        model.score(frame, interval=interval, posteriors=posteriors)
        return time.perf_counter() - started

    return len(frame) / median(once() for _ in range(repeats))


def rows(frame: pd.DataFrame) -> str:
    """Number of rows, to read."""
    return f"{len(frame):,} rows"


def microseconds(rate: float) -> str:
    """Time for a row."""
    return f"{1e6 / rate:.2f} µs"


if __name__ == "__main__":
    main()
