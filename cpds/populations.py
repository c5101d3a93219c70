"""Populations: by how much the network's parameters differ in some people, as a small text file that holds no person.

A *move* adds one number to the intercepts of a variable, and may multiply its effects by one factor, so that it remains
one network. What rows tell is the level of an outcome, not the intercept by itself: under parameters with another level
the same rows ask for another number. So a move says how its estimate follows from the parameters (to first order:
`follows`), beside its own uncertainty; drawn anew with every draw of the parameters, the level that the rows determine
has the interval that they leave it. A fully revised population brings draws of its own in place of moves. Where an
assay reads otherwise, an *offset* moves its marker, and no variable.
"""

from __future__ import annotations

import base64
import binascii
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Literal
from zlib import crc32

import numpy as np
from msgspec import to_builtins

from cpds.files import EntryError, KnowledgeError, read_entry
from cpds.knowledge import Knowledge, nearest
from cpds.logistic import effects_at, intercept_names
from cpds.priors import priors
from cpds.records import Record, Referred, Text, Variable
from cpds.table import Array
from cpds.text import quotable
from cpds.toml import lines

FOLDER = "populations"
FORMAT = 1
Step = Literal["leave it", "level", "level and slope", "full revision"]
STEPS: tuple[Step, ...] = ("leave it", "level", "level and slope", "full revision")
LEAST_FACTOR = 0.01
"""No draw of a factor turns the sign of effects."""
AGAIN = "make it again with `myorisk update`"


class Move(Record, frozen=True):
    """What differs at the steps of `variable` to the states `to`: `level` is added, effects are multiplied by `factor`.

    The factor acts around `center`, what the effects add in these people on average, so that it leaves the level alone.
    `covariance` is that of the level and the factor (of the level alone without one), given the parameters.
    `follows` holds by parameter its value at which these were estimated, then how fast each of them follows it; the
    parameters are those after the moves before.
    """

    variable: str
    to: tuple[str, ...]
    level: float
    covariance: tuple[tuple[float, ...], ...]
    outcome: Text
    factor: float | None = None
    center: float = 0.0
    follows: dict[str, tuple[float, ...]] = {}

    @property
    def estimate(self) -> Array:
        """Level, and what the factor is beyond 1, axis (coordinate)."""
        return np.array([self.level] if self.factor is None else [self.level, self.factor - 1])

    def parameters(self, knowledge: Knowledge) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of the intercepts and of the effects that move."""
        return moving(knowledge.variables[self.variable], self.to)

    def applied(self, knowledge: Knowledge, parameters: Mapping[str, Array], place: int = 0) -> dict[str, Array]:
        """The parameters, axis (point and draws), moved: the point by the estimate, each draw by a draw of its own.

        `place` tells several moves of a population apart: the same population always gives the same draws.
        """
        estimate = self.estimate[:, None]
        count = max(map(len, parameters.values()))
        follow = np.zeros((len(estimate), count))
        for name, (at, *slopes) in self.follows.items():
            follow = follow + np.array(slopes)[:, None] * (parameters[name] - at)
        seed = crc32(f"{self.variable} {place}".encode())
        noise = np.random.default_rng(seed).standard_normal((len(estimate), count))
        noise[:, 0] = 0.0
        spread = np.linalg.cholesky(np.array(self.covariance)) @ noise
        by = estimate + follow + spread
        by[1:] = np.maximum(by[1:], LEAST_FACTOR - 1)
        return moved(knowledge, self.variable, self.to, parameters, by, self.center)


def moving(variable: Variable, to: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the intercepts and of the effects at the steps of a variable to some states.

    Steps of a cumulative link share their effects and stay in order, so they move together.
    """
    steps = variable.states[1:] if variable.link == "cumulative" else to
    places = dict(zip(variable.states[1:], intercept_names(variable), strict=True))
    effects = (name for state in steps for one in variable.parents for name in effects_at(state, variable.id, one))
    return tuple(places[state] for state in steps), tuple(dict.fromkeys(effects))


def moved(
    knowledge: Knowledge,
    variable: str,
    to: tuple[str, ...],
    parameters: Mapping[str, Array],
    by: Array,
    center: float = 0.0,
) -> dict[str, Array]:
    """The parameters with a level added and, where `by` has a second row, effects multiplied: axes (coordinate, draw).

    `by` holds the level, then what the factor is beyond 1; see `Move` for the `center`.
    """
    intercepts, effects = moving(knowledge.variables[variable], to)
    added = by[0] - center * by[1] if len(by) > 1 else by[0]
    found = dict(parameters)
    found.update((name, parameters[name] + added) for name in intercepts)
    if len(by) > 1:
        found.update((name, parameters[name] * (1 + by[1])) for name in effects)
    return found


class Draws(Record, frozen=True):
    """Parameters of a fully revised population: `names`, and `count` rows, the point first, as base 64 of `<f4`."""

    names: tuple[str, ...]
    count: int
    values: str

    @classmethod
    def of(cls, parameters: Mapping[str, Array]) -> Draws:
        """From parameters with axis (point and draws)."""
        table = np.stack(list(parameters.values()), axis=1).astype("<f4")
        return cls(tuple(parameters), len(table), base64.b64encode(table.tobytes()).decode("ascii"))

    def parameters(self) -> dict[str, Array]:
        """Axis (point and draws) each. Raises ValueError where the text holds something else."""
        table = np.frombuffer(base64.b64decode(self.values, validate=True), "<f4").astype(float)
        table = table.reshape(self.count, len(self.names))
        if self.count < 2 or not np.isfinite(table).all():
            raise ValueError("expected finite numbers: a row for the point and one for each draw")
        return {name: table[:, place] for place, name in enumerate(self.names)}


class Population(Record, frozen=True):
    """People whom the network speaks for: `name`, who they are, and what differs in them.

    `source` says where the rows came from, `rows` how many were used, `columns` what was known of them, `made` when.
    `sha256` is the hash of the file of rows, on request only: of a small file it could confirm who is in it. `offsets`
    are those of markers whose readings lie higher here, on the marker's scale (see `cpds.assays`).
    """

    format: int
    name: Text
    title: Text
    step: Step
    source: str = ""
    rows: int = 0
    columns: tuple[str, ...] = ()
    made: date | None = None
    sha256: str = ""
    moves: tuple[Move, ...] = ()
    offsets: dict[str, float] = {}
    draws: Draws | None = None
    notes: tuple[str, ...] = ()

    @property
    def moved(self) -> bool:
        """Whether anything differs from the network as it was fitted."""
        return bool(self.moves or self.draws or self.offsets)

    def applied(self, knowledge: Knowledge, parameters: Mapping[str, Array]) -> Mapping[str, Array]:
        """The parameters of these people from those of the network, axis (point and draws) each."""
        found = self.draws.parameters() if self.draws else parameters
        for place, move in enumerate(self.moves):
            found = move.applied(knowledge, found, place)
        return found

    def text(self) -> str:
        """As a file holds it; `read` gives the same back."""
        head = "# A population of myorisk: what differs from the network in these people. It holds nobody's data."
        return "\n".join([head, *lines(to_builtins(self, builtin_types=(date,)))]) + "\n"


def find(knowledge: Knowledge, said: str | Path) -> Population:
    """A population by the name that the knowledge ships it under, or by the path of its file.

    Raises KnowledgeError where there is none, or it is damaged, of another version, or of another network.
    """
    shipped = {path.stem: path for path in sorted((knowledge.root / FOLDER).glob("*.toml"))}
    path = shipped.get(str(said), Path(said))
    if not path.is_file():
        known = f"shipped are {', '.join(shipped)}" if shipped else "none are shipped"
        hint = nearest(str(said), list(shipped))
        raise KnowledgeError([f"population '{quotable(said)}': no such name or file{hint}; {known}"])
    return read(knowledge, path)


def every(knowledge: Knowledge) -> Iterator[Population]:
    """All populations that the knowledge ships, by name. Raises KnowledgeError for one that cannot be read."""
    for path in sorted((knowledge.root / FOLDER).glob("*.toml")):
        yield read(knowledge, path)


def read(knowledge: Knowledge, path: Path) -> Population:
    """The population of a file. Raises KnowledgeError as `find` does."""
    where = quotable(path.name)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise KnowledgeError([f"{where}: damaged: not valid TOML: {quotable(error)}; {AGAIN}"]) from None
    return parsed(knowledge, text, where)


def parsed(knowledge: Knowledge, text: str, where: str) -> Population:
    """The population of the `text` of a file, which errors call `where`. Raises KnowledgeError as `find` does."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise KnowledgeError([f"{where}: damaged: not valid TOML: {quotable(error)}; {AGAIN}"]) from None
    found = document.get("format")
    if found != FORMAT:
        what = "no format" if found is None else f"format {quotable(repr(found))}"
        raise KnowledgeError([f"{where}: {what}, expected {FORMAT}: no population, or one of another version; {AGAIN}"])
    try:
        population: Population = read_entry(document, Population)
    except EntryError as error:
        raise KnowledgeError([f"{where}: damaged: {problem}; {AGAIN}" for problem in error.problems]) from None
    if problem := next(_problems(knowledge, population), None):
        raise KnowledgeError([f"{where}: {problem}; {AGAIN}"])
    return population


def _problems(knowledge: Knowledge, population: Population) -> Iterator[str]:
    """What keeps a population from being applied to the network of the knowledge."""
    known = priors(knowledge).keys()
    if (population.step == "full revision") != (population.draws is not None):
        yield f"damaged: step '{population.step}' {'with' if population.draws else 'without'} draws"
    if population.draws:
        try:
            population.draws.parameters()
        except (ValueError, binascii.Error) as error:
            yield f"damaged: draws: {quotable(error)}"
        if differing := sorted(known ^ {*population.draws.names}):
            yield f"of another network: only one of the two has the parameter {quotable(differing[0])}"
    for name, by in population.offsets.items():
        if not isinstance(knowledge.biomarkers.get(name), Referred):
            yield f"offsets: {quotable(name)}: expected a marker of this network with a reference distribution"
        elif not abs(by) < np.inf:
            yield f"offsets: {name}: found {by}, expected a finite number"
    for number, move in enumerate(population.moves, 1):
        yield from (f"move {number}: {problem}" for problem in _problems_of_move(knowledge, move))
        if absent := [name for name in move.follows if name not in known]:
            yield f"of another network, which has the parameter {quotable(absent[0])}"


def _problems_of_move(knowledge: Knowledge, move: Move) -> Iterator[str]:
    variable = knowledge.variables.get(move.variable)
    if variable is None:
        yield f"of another network, which has the variable {quotable(move.variable)}"
        return
    if variable.shares or not move.to or not {*move.to} <= {*variable.states[1:]}:
        yield f"to: found {quotable(', '.join(move.to))}, expected states of {variable.id} that an intercept leads to"
    if move.factor is not None and not LEAST_FACTOR <= move.factor < np.inf:
        yield f"factor: found {move.factor}, expected a positive number"
        return
    size, covariance = len(move.estimate), move.covariance
    numbers = [move.level, move.center, *(x for row in (*covariance, *move.follows.values()) for x in row)]
    if not np.isfinite(numbers).all():
        yield "damaged: a number is not finite"
    elif [len(row) for row in covariance] != [size] * size or not _is_definite(np.array(covariance)):
        yield f"covariance: expected a positive definite matrix of {size} by {size}"
    elif any(len(row) != 1 + size for row in move.follows.values()):
        yield f"damaged: follows: expected {1 + size} numbers a parameter"


def _is_definite(matrix: Array) -> bool:
    return np.allclose(matrix, matrix.T) and bool((np.linalg.eigvalsh(matrix) > 0).all())
