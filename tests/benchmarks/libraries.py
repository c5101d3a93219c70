"""Other libraries answer the same people one by one, as their users would have them do it at their best.

Evidence is prepared before the clock starts: states that are known, and for each measured variable the likelihood of
its states. Each function gives the seconds and the probabilities, axes (person, target).
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

import bn
from bn.core.evidence import weigh
from bn.core.observe import observe


@dataclass(frozen=True)
class Person:
    """Index of the state of each known variable, and likelihoods of the states of each measured one."""

    known: dict[str, int]
    likelihood: dict[str, list[float]]


def people(model: bn.RiskModel, frame: pd.DataFrame) -> list[Person]:
    """The rows of a frame as evidence; age and sex must be known, since some likelihoods depend on them."""
    found = []
    for row in frame.to_dict("records"):
        observed = observe(model.names, {name: value for name, value in row.items() if not pd.isna(value)}).observed
        known = weigh(model.knowledge, observed).known
        logs: dict[str, np.ndarray] = {}
        for table in weigh(model.knowledge, observed, known).soft:
            (variable,) = table.axes
            logs[variable] = logs.get(variable, 0) + table.values[:, 0]
        likelihood = {name: np.exp(log - log.max()).tolist() for name, log in logs.items()}
        found.append(Person({name: int(state[0]) for name, state in known.items()}, likelihood))
    return found


def pyagrum_loop(model: bn.RiskModel, some: Sequence[Person], targets: Sequence[str]) -> tuple[float, np.ndarray]:
    """LazyPropagation; evidence is changed from one person to the next, people with like evidence in a row."""
    import pyagrum

    engine = pyagrum.LazyPropagation(model.to_pyagrum())
    engine.setTargets(set(targets))
    answers = np.empty((len(some), len(targets)))
    order = sorted(range(len(some)), key=lambda place: sorted({**some[place].known, **some[place].likelihood}))
    started = time.perf_counter()
    before: set[str] = set()
    for place in order:
        evidence = {**some[place].known, **some[place].likelihood}
        for name in before.difference(evidence):
            engine.eraseEvidence(name)
        for name, finding in evidence.items():
            (engine.chgEvidence if name in before else engine.addEvidence)(name, finding)
        before = set(evidence)
        engine.makeInference()
        for column, target in enumerate(targets):
            answers[place, column] = engine.posterior(target)[1]
    return time.perf_counter() - started, answers


def pgmpy_loop(model: bn.RiskModel, some: Sequence[Person], targets: Sequence[str]) -> tuple[float, np.ndarray]:
    """VariableElimination with virtual evidence."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pgmpy.factors.discrete import TabularCPD
        from pgmpy.inference import VariableElimination

        engine = VariableElimination(model.to_pgmpy())
    logging.getLogger("pgmpy").setLevel(logging.ERROR)
    states = {name: list(variable.states) for name, variable in model.knowledge.variables.items()}
    prepared = [
        (
            {name: states[name][state] for name, state in person.known.items()},
            [
                TabularCPD(name, len(values), [[value] for value in values], state_names={name: states[name]})
                for name, values in person.likelihood.items()
            ],
        )
        for person in some
    ]
    answers = np.empty((len(some), len(targets)))
    started = time.perf_counter()
    for place, (known, virtual) in enumerate(prepared):
        found = engine.query(list(targets), known, virtual_evidence=virtual, joint=False, show_progress=False)
        for column, target in enumerate(targets):
            answers[place, column] = found[target].values[1]
    return time.perf_counter() - started, answers


class NbnBatches:
    """nbn takes neither missing values nor virtual evidence: states instead, one batch for each pattern of them.

    Each pattern is asked once before the clock starts, so that what nbn keeps of it is there.
    """

    def __init__(self, model: bn.RiskModel) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from nbn import NeuralBayesianNetwork

            with TemporaryDirectory() as folder:
                path = model.export(Path(folder) / "network.bif")
                self.network = NeuralBayesianNetwork.from_bif(str(path), device="cpu")

    def __call__(self, some: Sequence[Person], targets: Sequence[str]) -> tuple[float, np.ndarray]:
        import torch

        rows: dict[tuple[str, ...], list[int]] = {}
        for place, person in enumerate(some):
            rows.setdefault(tuple(person.known), []).append(place)
        batches = [
            (places, {name: torch.tensor([some[place].known[name] for place in places]) for name in names})
            for names, places in rows.items()
        ]
        for _, evidence in batches:
            if targets[0] not in evidence and evidence:
                self.network.query_batch(targets[:1], {name: states[:1] for name, states in evidence.items()})
        answers = np.empty((len(some), len(targets)))
        started = time.perf_counter()
        for places, evidence in batches:
            for column, target in enumerate(targets):
                if target in evidence:
                    answers[places, column] = evidence[target].numpy()
                elif evidence:
                    answers[places, column] = self.network.query_batch([target], evidence).numpy()[:, 1]
                else:
                    answers[places, column] = self.network.query([target]).numpy()[1]
        return time.perf_counter() - started, answers
