"""Knowledge: the immutable whole of the data folder, with look-ups by id. The only reader of files."""

from __future__ import annotations

import csv
import difflib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from cpds.entries import EntryError, read_entry
from cpds.quoting import LONGEST
from cpds.records import (
    AgeFigure,
    Biomarker,
    Claim,
    ColumnWord,
    Contrary,
    Definition,
    Derivation,
    Figure,
    Grade,
    Intervention,
    LaggedArc,
    Panel,
    Part,
    Record,
    Setting,
    Source,
    Target,
    Term,
    Variable,
)

DATA = Path(__file__).parent / "data"
R = TypeVar("R")
T = TypeVar("T")


class KnowledgeError(ValueError):
    """All problems found in the knowledge files; each names file and key and says what to do."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Knowledge:
    """The knowledge under `root`, each kind read when first asked for."""

    root: Path

    @cached_property
    def variables(self) -> Mapping[str, Variable]:
        """Variables by id, parents before children."""
        return _parents_first(_folder(self.root / "variables", Variable))

    @cached_property
    def biomarkers(self) -> Mapping[str, Biomarker]:
        """Biomarkers by id."""
        return _folder(self.root / "biomarkers", Biomarker)

    @cached_property
    def interventions(self) -> Mapping[str, Intervention]:
        """Interventions by id."""
        return _folder(self.root / "interventions", Intervention)

    @cached_property
    def parts(self) -> Mapping[str, Part]:
        """What is measured or noted and says something only together, by id."""
        return _list(self.root / "parts.toml", Part)

    @cached_property
    def derivations(self) -> Mapping[str, Derivation]:
        """What follows from parts, by the id of the finding."""
        return _list(self.root / "derivations.toml", Derivation)

    @cached_property
    def panels(self) -> Mapping[str, Panel]:
        """Panels by id."""
        return _list(self.root / "panels.toml", Panel)

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Sources by id."""
        return _list(self.root / "sources.toml", Source)

    @cached_property
    def grades(self) -> Mapping[str, Grade]:
        """Evidence grades by id."""
        return _list(self.root / "grades.toml", Grade)

    @cached_property
    def targets(self) -> Mapping[str, Target]:
        """Targets of the synthesis by id."""
        return _list(self.root / "targets.toml", Target)

    @cached_property
    def definitions(self) -> Mapping[str, Definition]:
        """Other definitions of a variable, by id."""
        return _list(self.root / "definitions.toml", Definition)

    @cached_property
    def settings(self) -> Mapping[str, Setting]:
        """Structural settings beside the main one, by id."""
        return _list(self.root / "settings.toml", Setting)

    @cached_property
    def column_words(self) -> Mapping[str, ColumnWord]:
        """Names and parts of names that columns bear, and what they speak of, by id."""
        return _list(self.root / "column_words.toml", ColumnWord)

    @cached_property
    def lagged(self) -> tuple[LaggedArc, ...]:
        """Arcs onto a later time slice."""
        return tuple(_read_list(self.root / "lagged.toml", LaggedArc))

    @cached_property
    def claims(self) -> Mapping[str, Claim]:
        """Claims of the review by id."""
        return _claims(self.root / "claims.tsv")

    @cached_property
    def terms(self) -> Mapping[str, Term]:
        """Names in the claims, and what each is in the network."""
        rows = _tsv(self.root / "terms.tsv", Term, {"refers_to": _split})
        return {term.term: term for term in rows}

    @cached_property
    def contrary(self) -> tuple[Contrary, ...]:
        """Null and opposite figures of the wider literature."""
        return tuple(_tsv(self.root / "contrary.tsv", Contrary, {"given": _settings}))

    @cached_property
    def age_figures(self) -> tuple[AgeFigure, ...]:
        """Printed changes of markers with age."""
        return tuple(_tsv(self.root / "age_figures.tsv", AgeFigure, {}))

    @cached_property
    def _once(self) -> dict[str, Any]:
        return {}

    def once(self, key: str, make: Callable[[], T]) -> T:
        """What `make` gives, made when it is first asked for under the key."""
        if key not in self._once:
            self._once[key] = make()
        made: T = self._once[key]
        return made

    def number(self, figure: Figure) -> float:
        """Value of a figure in log odds; a graded one takes it from its grade."""
        if figure.basis != "graded":
            return figure.number
        from math import log

        return log(self.grades[str(figure.grade)].odds_ratio)

    def spread(self, figure: Figure) -> float:
        """Standard deviation of a figure; a graded one takes it from its grade."""
        if figure.basis == "graded":
            return self.grades[str(figure.grade)].spread * self.number(figure)
        if figure.spread is not None:
            return figure.spread
        if figure.low is not None and figure.high is not None:
            return (figure.high - figure.low) / (2 * 1.959964)
        raise ValueError(f"figure {figure.value} has neither spread nor interval")


def load(root: Path | str | None = None) -> Knowledge:
    """The knowledge in folder `root`; without one, what the package ships."""
    return Knowledge(Path(root) if root is not None else DATA)


def nearest(name: str, known: Iterator[str] | list[str], likeness: float = 0.6) -> str:
    """A hint such as " (did you mean 'hscrp'?)", or an empty string when nothing is that like it.

    Names longer than any name should be are not compared: that takes time with the square of their length.
    """
    if not 2 < len(name) <= LONGEST:
        return ""
    names = sorted(other for other in known if len(other) <= LONGEST)
    close = difflib.get_close_matches(name.lower(), names, n=1, cutoff=likeness)
    return f" (did you mean '{close[0]}'?)" if close else ""


def _folder(folder: Path, kind: Any) -> dict[str, Any]:
    """One record a file; the file is named after the record's id."""
    records: dict[str, Any] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            entry = _toml(path)
            if entry.get("id") != path.stem:
                problems.append(
                    f"{path.name}: id: found {entry.get('id')!r}, expected '{path.stem}' as the file is named"
                )
            records[path.stem] = read_entry(entry, kind)
        except EntryError as error:
            problems += (f"{folder.name}/{path.name}: {problem}" for problem in error.problems)
        except KnowledgeError as error:
            problems += error.problems
    if problems:
        raise KnowledgeError(problems)
    return records


def _list(path: Path, record: type[R]) -> dict[str, R]:
    """Records of a file that holds a list of tables, by id."""
    entries = _read_list(path, record)
    records = {str(getattr(entry, "id")): entry for entry in entries}  # noqa: B009
    if len(records) != len(entries):
        raise KnowledgeError([f"{path.name}: id: the same id stands twice; give each entry its own"])
    return records


def _read_list(path: Path, record: type[R]) -> list[R]:
    key = path.stem.removesuffix("s")
    document = _toml(path)
    problems = [
        f"{path.name}: {extra}: unknown key; entries are written [[{key}]]" for extra in document if extra != key
    ]
    entries = []
    for position, entry in enumerate(document.get(key, []), 1):
        try:
            entries.append(read_entry(entry, record))
        except EntryError as error:
            where = f"{path.name}: {key} {entry.get('id', position)}"
            problems += (f"{where}: {problem}" for problem in error.problems)
    if problems:
        raise KnowledgeError(problems)
    return entries


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KnowledgeError([f"{path.name}: missing; every data folder holds this file"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KnowledgeError([f"{path.name}: not valid TOML: {error}"]) from None


def _claims(path: Path) -> dict[str, Claim]:
    rows = _tsv(path, Claim, {"refs": _split})
    claims = {claim.id: claim for claim in rows}
    if len(claims) != len(rows):
        raise KnowledgeError([f"{path.name}: id: the same id stands twice; give each claim its own"])
    return claims


def _tsv(path: Path, record: type[R], readers: Mapping[str, Callable[[str], Any]]) -> list[R]:
    """One record a line; `readers` take apart the columns that hold more than text, empty cells are left out."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except UnicodeDecodeError as error:
        raise KnowledgeError([f"{path.name}: not UTF-8: {error}"]) from None
    except FileNotFoundError:
        raise KnowledgeError([f"{path.name}: missing; every data folder holds this file"]) from None
    entries: list[R] = []
    problems: list[str] = []
    for line, row in enumerate(rows, 2):
        cells = {key: readers.get(key, str)(value) for key, value in row.items() if key is not None and value}
        if "line_from" in cells:
            cells["lines"] = (cells.pop("line_from"), cells.pop("line_to", None))
        try:
            entries.append(read_entry(cells, record, strict=False))
        except EntryError as error:
            problems += (f"{path.name}: line {line}: {problem}" for problem in error.problems)
    if problems:
        raise KnowledgeError(problems)
    return entries


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def _settings(cell: str) -> dict[str, str]:
    """`a=x;b=y` as a mapping."""
    return {key.strip(): value.strip() for key, _, value in (part.partition("=") for part in _split(cell))}


def _parents_first(variables: dict[str, Variable]) -> dict[str, Variable]:
    """The same variables in an order in which parents precede children."""
    from graphlib import CycleError, TopologicalSorter

    problems = [
        f"variables/{variable.id}.toml: parents: unknown variable '{parent.id}'{nearest(parent.id, list(variables))}"
        for variable in variables.values()
        for parent in variable.parents
        if parent.id not in variables
    ]
    if problems:
        raise KnowledgeError(problems)
    graph = {name: [parent.id for parent in variable.parents] for name, variable in variables.items()}
    try:
        return {name: variables[name] for name in TopologicalSorter(graph).static_order()}
    except CycleError as error:
        raise KnowledgeError(
            [f"variables: parents form a circle: {' -> '.join(reversed(error.args[1]))}; remove an arc"]
        ) from None


__all__ = ["DATA", "Knowledge", "KnowledgeError", "Record", "load", "nearest"]
