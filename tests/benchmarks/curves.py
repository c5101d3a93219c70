"""Cost by number of observed variables: small and large tables, context known or partly missing, beside pyAgrum's loop.

Run alone (`python tests/benchmarks/curves.py`) it measures nothing else.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import pandas as pd
from cohort import make_states
from libraries import people, pyagrum_loop
from report import Report, per_second

import bn
from bn.engine.contract import contraction
from bn.engine.pairs import cheapest_of
from cpds.records import CONTEXT_ROLES, SCORED_ROLES

CLOSE = 1e-9


@dataclass(frozen=True)
class Curves:
    """How much is measured: numbers of observed variables, and rows of tables and of pyAgrum's loop.

    `most_drawn` is the largest number of observed variables with which the large table gets intervals.
    """

    observed: tuple[int, ...]
    small: int
    large: int
    most_drawn: int
    pyagrum: int
    repeats: int


FULL = Curves((1, 2, 4, 6, 8, 10, 12, 14, 16), small=2_000, large=100_000, most_drawn=8, pyagrum=100, repeats=3)
QUICK = Curves((1, 16), small=100, large=200, most_drawn=1, pyagrum=5, repeats=1)


def curves(report: Report, model: bn.RiskModel, sizes: Curves) -> None:
    """All posteriors of states that are given in place of readings, as pyAgrum takes these with any context missing."""
    variables = model.knowledge.variables
    scored = [name for name, variable in variables.items() if variable.role in SCORED_ROLES]
    order = np.random.default_rng(0).permutation(scored).tolist()
    context = tuple(name for name, variable in variables.items() if variable.role in CONTEXT_ROLES)
    for whole, what in ((context, "context known"), ((), "a quarter of the context missing")):
        section = f"By number of observed variables, {what}"
        for observed in sizes.observed:
            frame = make_states(model, sizes.large, order[:observed], whole=whole)
            loop = beside_loop(model, frame.head(sizes.pyagrum), scored)
            for rows in (sizes.small, sizes.large):
                for interval in (False, True):
                    if interval and rows == sizes.large and observed > sizes.most_drawn:
                        continue
                    rate = rows_per_second(model, frame.head(rows), interval, 1 if interval else sizes.repeats)
                    measured = f"{observed} observed" + (", with intervals" if interval else "")
                    compared = "" if interval else f"{rate / loop:,.0f} x pyAgrum's loop ({per_second(loop)})"
                    report.add(section, measured, f"{rows:,} rows", per_second(rate), compared)


def beside_loop(model: bn.RiskModel, frame: pd.DataFrame, targets: Sequence[str]) -> float:
    """Rows per second of pyAgrum's loop over the same people, whose answers must be ours."""
    seconds, found = pyagrum_loop(model, people(model, frame), targets)
    ours = model.posterior_array(frame, interval=False)
    expected = np.stack([ours.posterior(target)[1] for target in targets], axis=1)
    difference = float(np.abs(found - expected).max())
    if not difference < CLOSE:
        raise SystemExit(f"pyAgrum: answers differ from ours by {difference:.1e}, expected < {CLOSE}")
    return len(frame) / seconds


def rows_per_second(model: bn.RiskModel, frame: pd.DataFrame, interval: bool, repeats: int) -> float:
    """Of a model that has contracted and planned nothing yet, as in a new process."""

    def once() -> float:
        fresh = bn.RiskModel(model.knowledge, model.parameters)
        cheapest_of.cache_clear()
        contraction.cache_clear()
        started = time.perf_counter()
        fresh.score(frame, interval=interval)
        return time.perf_counter() - started

    return len(frame) / median(once() for _ in range(repeats))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rows, once: whether it runs, not how fast")
    options = parser.parse_args()
    table = Report()
    curves(table, bn.load(), QUICK if options.quick else FULL)
    table.print()
