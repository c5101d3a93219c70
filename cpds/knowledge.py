"""Knowledge: the immutable whole of the data folder, with look-ups by id. The only reader of files."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from cpds.files import KnowledgeError, claims_of, entries_of, folder_of, list_of, rows_of, settings_of, split
from cpds.records import (
    LATENT,
    AgeFigure,
    Association,
    BatteryItem,
    Biomarker,
    Case,
    Claim,
    ColumnWord,
    Contrary,
    Definition,
    Derivation,
    Dictionary,
    Figure,
    Grade,
    Intervention,
    LaggedArc,
    Panel,
    Part,
    Pending,
    Record,
    Setting,
    Source,
    Target,
    Term,
    Trial,
    Variable,
)
from cpds.text import LONGEST

DATA = Path(__file__).parent / "data"
R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True)
class Knowledge:
    """The knowledge under `root`, each kind read when first asked for."""

    root: Path

    @cached_property
    def variables(self) -> Mapping[str, Variable]:
        """Variables by id, parents before children."""
        return _parents_first(folder_of(self.root / "variables", Variable))

    @cached_property
    def biomarkers(self) -> Mapping[str, Biomarker]:
        """Biomarkers by id."""
        return folder_of(self.root / "biomarkers", Biomarker)

    @cached_property
    def interventions(self) -> Mapping[str, Intervention]:
        """Interventions by id."""
        return folder_of(self.root / "interventions", Intervention)

    @cached_property
    def parts(self) -> Mapping[str, Part]:
        """What is measured or noted and says something only together, by id."""
        return list_of(self.root / "parts.toml", Part)

    @cached_property
    def derivations(self) -> Mapping[str, Derivation]:
        """What follows from parts, by the id of the finding."""
        return list_of(self.root / "derivations.toml", Derivation)

    @cached_property
    def panels(self) -> Mapping[str, Panel]:
        """Panels by id."""
        return list_of(self.root / "panels.toml", Panel)

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Sources by id."""
        return list_of(self.root / "sources.toml", Source)

    @cached_property
    def grades(self) -> Mapping[str, Grade]:
        """Evidence grades by id."""
        return list_of(self.root / "grades.toml", Grade)

    @cached_property
    def targets(self) -> Mapping[str, Target]:
        """Targets of the synthesis by id."""
        return list_of(self.root / "targets.toml", Target)

    @cached_property
    def definitions(self) -> Mapping[str, Definition]:
        """Other definitions of a variable, by id."""
        return list_of(self.root / "definitions.toml", Definition)

    @cached_property
    def settings(self) -> Mapping[str, Setting]:
        """Structural settings beside the main one, by id."""
        return list_of(self.root / "settings.toml", Setting)

    @cached_property
    def cases(self) -> Mapping[str, Case]:
        """Worked cases by id."""
        return list_of(self.root / "cases.toml", Case)

    @cached_property
    def battery(self) -> Mapping[str, BatteryItem]:
        """What is asked before and after a change, by id."""
        return list_of(self.root / "battery.toml", BatteryItem)

    @cached_property
    def column_words(self) -> Mapping[str, ColumnWord]:
        """Names and parts of names that columns bear, and what they speak of, by id."""
        return list_of(self.root / "column_words.toml", ColumnWord)

    @cached_property
    def dictionaries(self) -> Mapping[str, Dictionary]:
        """What the columns of well-known sources stand for, by id."""
        return folder_of(self.root / "dictionaries", Dictionary)

    @property
    def column_entries(self) -> Iterator[tuple[str, ColumnWord]]:
        """Every entry about columns, of words and of dictionaries, with the place where it stands."""
        for word in self.column_words.values():
            yield f"column_words.toml: column_word {word.id}", word
        for dictionary in self.dictionaries.values():
            yield from ((f"dictionaries/{dictionary.id}.toml: columns: {word.id}", word) for word in dictionary.columns)

    @cached_property
    def lagged(self) -> tuple[LaggedArc, ...]:
        """Arcs onto a later time slice."""
        return tuple(entries_of(self.root / "lagged.toml", LaggedArc))

    @cached_property
    def claims(self) -> Mapping[str, Claim]:
        """Claims of the review by id."""
        return claims_of(self.root / "claims.tsv")

    @cached_property
    def terms(self) -> Mapping[str, Term]:
        """Names in the claims, and what each is in the network."""
        rows = rows_of(self.root / "terms.tsv", Term, {"refers_to": settings_of})
        return {term.term: term for term in rows}

    @cached_property
    def contrary(self) -> tuple[Contrary, ...]:
        """Null and opposite figures of the wider literature."""
        return tuple(rows_of(self.root / "contrary.tsv", Contrary, {"given": settings_of}))

    @cached_property
    def age_figures(self) -> tuple[AgeFigure, ...]:
        """Printed changes of markers with age."""
        return tuple(rows_of(self.root / "age_figures.tsv", AgeFigure, {}))

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """What was done in trials and by genetic instruments."""
        readers = {"given": settings_of, "inputs": settings_of, "acts": split, "against": split}
        return tuple(rows_of(self.root / "trials.tsv", Trial, readers))

    @cached_property
    def associations(self) -> tuple[Association, ...]:
        """What was seen together in people."""
        readers = {"given": settings_of, "inputs": settings_of}
        return tuple(rows_of(self.root / "associations.tsv", Association, readers))

    @cached_property
    def pending(self) -> Mapping[str, Pending]:
        """Names used by trials and associations that the network lacks so far."""
        return {row.name: row for row in rows_of(self.root / "pending.tsv", Pending, {})}

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


def _parents_first(variables: dict[str, Variable]) -> dict[str, Variable]:
    """The same variables in an order in which parents precede children; latent ones, which have none, come first."""
    from graphlib import CycleError, TopologicalSorter

    problems = [
        f"variables/{variable.id}.toml: parents: unknown variable '{parent.id}'{nearest(parent.id, list(variables))}"
        for variable in variables.values()
        for parent in variable.parents
        if parent.id not in variables
    ]
    if problems:
        raise KnowledgeError(problems)
    latent = [name for name, variable in variables.items() if variable.role == LATENT and not variable.parents]
    graph = {
        name: [parent.id for parent in variable.parents if parent.id not in latent]
        for name, variable in variables.items()
        if name not in latent
    }
    try:
        return {name: variables[name] for name in (*latent, *TopologicalSorter(graph).static_order())}
    except CycleError as error:
        raise KnowledgeError(
            [f"variables: parents form a circle: {' -> '.join(reversed(error.args[1]))}; remove an arc"]
        ) from None


__all__ = ["DATA", "Knowledge", "KnowledgeError", "Record", "load", "nearest"]
