"""RiskModel: the network with its knowledge and parameters, and the questions one puts to it."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bn.core.answer import Note, Posterior
from bn.core.conditioned import posterior
from bn.core.errors import QuestionError, StalePosteriorWarning, UnknownNameError
from bn.core.model import Model, changes_since_fit
from bn.core.notes import notes_on
from bn.core.observe import by_keyword, observe
from bn.report.registry import register
from cpds.knowledge import KnowledgeError
from cpds.knowledge import load as load_knowledge
from cpds.populations import Population, every, find
from cpds.posterior import MAIN, read_parameters, reweighting
from cpds.records import Definition

if TYPE_CHECKING:
    import pandas as pd
    import pyagrum
    from pgmpy.models import DiscreteBayesianNetwork

    from bn.cohort.frames.questions import Scores
    from bn.cohort.frames.tables import Progress
    from bn.cohort.reading.columns_report import ColumnsReport
    from bn.cohort.reading.meaning import Meaning
    from bn.core.observe import ObservationsLike
    from bn.questions.explain import Explanation
    from bn.questions.forest import Forest
    from bn.questions.joint import MostProbable
    from bn.questions.mediation import Mediation
    from bn.questions.next_test import NextTests
    from bn.questions.sensitivity import Sensitivity
    from bn.questions.what_if import Comparison, WhatIf
    from bn.report.figures.style import Picture
    from bn.revision import Diff
    from bn.revision.worth import WorthKnowing
    from bn.updating.result import Update
    from bn.validation.result import Validation

register()


@dataclass(frozen=True, repr=False)
class RiskModel(Model):
    """A network ready to be questioned, and the questions: of one person, of a table, of the network itself."""

    def __repr__(self) -> str:
        from bn.report.text.knowledge import model_text

        return model_text(self)

    def _repr_html_(self) -> str:
        from bn.report.html import model_html

        return model_html(self)

    @by_keyword(such_as="{'age': 68, 'bmi': 31}")
    def posterior(
        self, observations: ObservationsLike = None, /, *, definition: str | Iterable[str] = (), **named: Any
    ) -> Posterior:
        """What is believed of one person, given observations by name.

        Variables take a state, weights of states, or a number on their scale; biomarkers a number in
        their canonical unit, text with a unit, a bound such as `<0.3`, a level, or yes / no.
        For each `definition` of the knowledge, by id or alias, the answer also holds the probability of its event
        (`definitions`); all else stays by the network's own. See `bn.cohort.outcome.by_definition`.
        Raises QuestionError for what cannot be read or cannot be, and where a definition cannot be answered by.
        """
        person = observe(self.names, observations, named)
        found = posterior(self, person)
        if not definition:
            return found
        from bn.cohort.outcome.by_definition import with_definitions

        return with_definitions(self, person, found, definition)

    def notes(self, observations: ObservationsLike = None, /, **named: Any) -> tuple[Note, ...]:
        """Which findings on one person are at odds, want care, or are not used; they stand beside every answer."""
        return notes_on(observe(self.names, observations, named))

    @by_keyword(such_as="observations, seed=0")
    def explain(self, observations: ObservationsLike = None, /, *, seed: int = 0, **named: Any) -> Explanation:
        """Why one person's risk is what it is; observations as for `posterior`. See `bn.questions.explain`."""
        from bn.questions.explain import explain

        return explain(self, observe(self.names, observations, named), seed)

    @by_keyword(such_as="observations, threshold=0.5, costs={...}")
    def next_test(
        self,
        observations: ObservationsLike = None,
        /,
        *,
        threshold: float | None = None,
        costs: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> NextTests:
        """What to measure next in one person; observations as for `posterior`. See `bn.questions.next_test`."""
        from bn.questions.next_test import next_test

        return next_test(self, observe(self.names, observations, named), threshold, costs)

    @by_keyword(such_as="observations")
    def sensitivity(self, observations: ObservationsLike = None, /, **named: Any) -> Sensitivity:
        """How sure one person's risk is; observations as for `posterior`. See `bn.questions.sensitivity`."""
        from bn.questions.sensitivity import sensitivity

        return sensitivity(self, observe(self.names, observations, named))

    def worth_knowing(self) -> WorthKnowing:
        """Which parameters it would matter most to know exactly, over a battery; see `bn.revision.worth`."""
        from bn.revision.worth import worth_knowing

        return worth_knowing(self)

    @by_keyword(such_as="observations, over=[...], best=5")
    def most_probable(
        self,
        observations: ObservationsLike = None,
        /,
        *,
        over: Collection[str] | None = None,
        best: int = 5,
        **named: Any,
    ) -> MostProbable:
        """The `best` most probable joint states of the mechanisms, or of the variables `over`, in one person.

        Observations as for `posterior`. See `bn.questions.joint`.
        """
        from bn.questions.joint import most_probable

        return most_probable(self, observe(self.names, observations, named), over, best)

    @by_keyword(positions=2, such_as="variables, observations")
    def joint(self, variables: Collection[str], observations: ObservationsLike = None, /, **named: Any) -> pd.DataFrame:
        """Joint distribution of a few variables in one person, a row a joint state. See `bn.questions.joint`."""
        from bn.questions.joint import joint

        return joint(self, variables, observations, named)

    def mediation(self, before: Any = None, after: Any = None) -> Mediation:
        """How the effect of the root variable on each outcome splits over what lies between them.

        `before` and `after` are states or ranges of the root, by default its first and last state.
        See `bn.questions.mediation`.
        """
        from bn.questions.mediation import mediation

        return mediation(self, before, after)

    def evidence(self, name: str | None = None) -> Forest:
        """What the network says, by doing or by seeing, beside every trial and study about a name, with their sources.

        `name` is an intervention, a variable or a marker, by id or alias; without one, all studies. Raises
        QuestionError for a name that is not known. See `bn.questions.forest`.
        """
        from bn.questions.forest import evidence

        return evidence(self, name)

    def plot(self, answer: Posterior | WhatIf | None = None) -> Picture:
        """The network as a picture, an answer's beliefs in its nodes (extra `plot`)."""
        from bn.report.figures.network import network

        return network(self, answer)

    def to_pgmpy(self) -> DiscreteBayesianNetwork:
        """The network at the point as a pgmpy `DiscreteBayesianNetwork` with named states."""
        from bn.interop import to_pgmpy

        return to_pgmpy(self.network)

    def to_pyagrum(self) -> pyagrum.BayesNet:
        """The network at the point as a pyAgrum `BayesNet` (extra `export`)."""
        from bn.interop import to_pyagrum

        return to_pyagrum(self.network)

    def export(self, path: Path | str, overwrite: bool = False) -> Path:
        """Write the network at the point for other programs; the suffix says the format."""
        from bn.interop import export

        return export(self.network, path, overwrite=overwrite)

    def score(
        self,
        frame: Any,
        interval: bool = True,
        *,
        posteriors: bool = True,
        definition: str | Iterable[str] = (),
        require: str | Iterable[str] = (),
        missing: str | float | Iterable[str | float] = (),
        meaning: Meaning | None = None,
        progress: Progress | None = None,
        summary: bool = False,
    ) -> Any:
        """Every row of a cohort scored; comes back as the kind of table it was, own columns first.

        Without `posteriors` it is the risk alone, which is quicker. Each `definition` adds columns. With `summary` it
        is the table and what became of rows and columns. See `bn.cohort.frames.questions.Scoring` for kinds of tables,
        options, results and errors.
        """
        from bn.cohort.frames.questions import Scoring
        from bn.cohort.frames.tables import Tables
        from bn.cohort.reading.meaning import ReadOptions

        tables = Tables(Scoring(self, interval, posteriors, definition), ReadOptions(require, missing, meaning))
        return tables.answered(frame, progress, summary)

    def posterior_array(
        self,
        frame: Any,
        interval: bool = True,
        *,
        posteriors: bool = True,
        require: str | Iterable[str] = (),
        missing: str | float | Iterable[str | float] = (),
        meaning: Meaning | None = None,
    ) -> Scores:
        """The results of `score` as plain arrays, float64, the last axis being the row of the table.

        `scores.risk` and `scores.log_evidence` have shape (rows,), `scores.interval` (2, rows), its ends low then
        high, or None without `interval`; `scores.posterior(variable)` has shape (states, rows), the states in the
        variable's order. `scores.probabilities` has shape (columns, rows): `scores.columns` names each as a variable
        and the index of one of its states, all but the first. Rows with an error are NaN throughout.
        """
        from bn.cohort.frames.questions import ArrayScoring
        from bn.cohort.reading.meaning import ReadOptions

        return ArrayScoring(self, interval, posteriors).scores(frame, ReadOptions(require, missing, meaning))

    def columns(
        self,
        table: Any,
        *,
        missing: str | float | Iterable[str | float] = (),
        meaning: Meaning | None = None,
        progress: Progress | None = None,
    ) -> ColumnsReport:
        """What the columns of a table or file would be read as, in which unit, beside what is usual; nothing is scored.

        `table` is a table in memory or the path of a cohort file; options are those of `score`. The answer's `toml` is
        a file for `--columns`, to be edited.
        """
        from bn.cohort.files.columns import read_as
        from bn.cohort.files.places import Options

        return read_as(self, table, Options((), missing, meaning), progress)

    def sample(
        self,
        n: int,
        given: ObservationsLike = None,
        do: str | Iterable[str] = (),
        *,
        measure: str | Iterable[str] | None = None,
        states: bool = False,
        detection_limits: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> pd.DataFrame:
        """`n` people drawn from the network, a row each, with readings and their noise; `score` reads it back.

        `given` are observations as for `posterior`, `do` interventions as for `what_if`, done before anything is
        measured. `measure` names markers, and variables to be stated; by default all markers. With `states` a column
        `state of <variable>` for each variable holds what was drawn. Readings below their marker's entry in
        `detection_limits` come as `<0.2`. The same `seed` gives the same people. Raises QuestionError for what is
        unknown, and for findings on what `do` changes. See `bn.questions.sample`.
        """
        from bn.questions.sample import sample

        return sample(self, n, given, do, measure, states, detection_limits, seed)

    def validate(
        self,
        table: Any,
        outcome: str,
        *,
        inputs: str | Iterable[str] | None = None,
        leave_out: str | Iterable[str] = (),
        by: str | Iterable[str] | None = None,
        weights: str | None = None,
        strata: str | None = None,
        clusters: str | None = None,
        bootstrap: int = 0,
        references: bool = False,
        seed: int = 0,
        require: str | Iterable[str] = (),
        missing: str | float | Iterable[str | float] = (),
        meaning: Meaning | None = None,
        progress: Progress | None = None,
    ) -> Validation:
        """How well the network's probabilities of an outcome fit the people of a table or file (extra `validate`).

        `outcome` is a reading beyond a cut (`homa_ir>2.5`, `grip_strength<27 kg`), an answer
        (`diagnosed_diabetes=yes`), a state (`sarcopenia=present`, `dysglycemia=impaired+`), or a definition of the
        knowledge (`glucose_or_diagnosed`). Findings that speak of it are no inputs, and the answer names them. `inputs`
        names the only ones to use, `leave_out` further ones not to use. `by` are variables or columns to divide people
        by, perhaps with cuts (`age:50,65`); by default, who they are. `weights`, `strata` and `clusters` name the
        columns of the sampling design. Intervals are linearized, or from `bootstrap` resamples of the design.
        `references` adds models trained on the same columns, cross-validated. `seed` is that of resamples and folds.

        `table` is a table in memory or the path of a cohort file; `require`, `missing`, `meaning` and `progress` are
        those of `score`. Raises QuestionError for what cannot be asked, and for people of whom too little is known.
        """
        from bn.cohort.files.places import Options
        from bn.validation.ask import validate

        return validate(
            self,
            table,
            outcome,
            inputs=inputs,
            leave_out=leave_out,
            by=by,
            weights=weights,
            strata=strata,
            clusters=clusters,
            bootstrap=bootstrap,
            references=references,
            seed=seed,
            options=Options(require, missing, meaning),
            progress=progress,
        )

    def update(
        self,
        table: Any,
        outcome: str | Iterable[str],
        *,
        step: str | None = None,
        name: str = "updated",
        title: str | None = None,
        inputs: str | Iterable[str] | None = None,
        leave_out: str | Iterable[str] = (),
        weights: str | None = None,
        strata: str | None = None,
        clusters: str | None = None,
        selected_on_outcome: bool = False,
        seed: int = 0,
        require: str | Iterable[str] = (),
        missing: str | float | Iterable[str | float] = (),
        meaning: Meaning | None = None,
        progress: Progress | None = None,
    ) -> Update:
        """The network moved to the people of a table or file: the answer's `model`, and its `population`, to be saved.

        `outcome` is as for `validate`, or several on different variables; only these move, given all else that is known
        of each person, so that who was included by age, sex, body-mass index or activity does not matter. By default a
        closed test says how far up the ladder it goes: `leave it`, `level`, `level and slope`; `step` asks for one of
        these, or for `full revision`. `name` and `title` say what the population is to be called, and who they are.
        `selected_on_outcome` says that people were included for having the outcome or not, which takes `weights`. Other
        options are those of `validate`, `seed` that of the rows drawn from a very large table. Raises QuestionError for
        what cannot be asked, for people of whom too little is known, and for an outcome that seems selected on. See
        `bn.updating`.
        """
        from bn.cohort.files.places import Options
        from bn.updating.ask import update

        return update(
            self,
            table,
            outcome,
            step=step,
            name=name,
            title=title,
            inputs=inputs,
            leave_out=leave_out,
            weights=weights,
            strata=strata,
            clusters=clusters,
            selected_on_outcome=selected_on_outcome,
            seed=seed,
            options=Options(require, missing, meaning),
            progress=progress,
        )

    @by_keyword(such_as="observations, do='exercise_training'")
    def what_if(
        self,
        observations: ObservationsLike = None,
        /,
        *,
        do: str | Iterable[str],
        exact_interval: bool = False,
        **named: Any,
    ) -> WhatIf:
        """One person before and after interventions; observations were made before them.

        `do` holds interventions by id or alias, at a dose (`at1_blockade:0.5`, of its shift in log odds), or
        variables set to a state (`sarcopenia=absent`), all at once; also one that nobody can set: `age=30` asks of
        the same person, had they been of that age. `exact_interval` takes every draw however long that lasts.
        Raises QuestionError for what is unknown, contradicts itself, or changes nothing.
        """
        from bn.questions.what_if import what_if

        return what_if(self, observe(self.names, observations, named), do, exact_interval=exact_interval)

    def what_if_frame(
        self,
        table: Any,
        do: str | Iterable[str],
        *,
        require: str | Iterable[str] = (),
        missing: str | float | Iterable[str | float] = (),
        meaning: Meaning | None = None,
    ) -> Any:
        """Every row of a table before and after interventions: risk_before, risk_after, difference, error.

        Tables, columns and options are those of `score`, `do` that of `what_if`. See `CohortWhatIf` there.
        """
        from bn.cohort.frames.questions import CohortWhatIf
        from bn.cohort.frames.tables import Tables
        from bn.cohort.reading.meaning import ReadOptions

        return Tables(CohortWhatIf.of(self, do), ReadOptions(require, missing, meaning)).answered(table)

    @by_keyword(such_as="observations, do=['exercise_training', ...]")
    def rank(
        self,
        observations: ObservationsLike = None,
        /,
        *,
        do: str | Iterable[str] | None = None,
        exact_interval: bool = False,
        **named: Any,
    ) -> Comparison:
        """Interventions each by itself (all that are known, or those in `do`), the one that lowers risk most first."""
        from bn.questions.what_if import rank

        return rank(self, observe(self.names, observations, named), do, exact_interval=exact_interval)

    @by_keyword(such_as="observations, do='exercise_training', over='age', between=(20, 85)")
    def sweep(
        self,
        observations: ObservationsLike = None,
        /,
        *,
        do: str | Iterable[str],
        over: str,
        between: tuple[float, float] | None = None,
        exact_interval: bool = False,
        **named: Any,
    ) -> Comparison:
        """The same what-if at each state of the variable `over`, or at those that meet a range of its scale."""
        from bn.questions.what_if import sweep

        known = observe(self.names, observations, named)
        return sweep(self, known, do, over, between, exact_interval=exact_interval)


def load(
    root: Path | str | None = None, setting: str = MAIN, *, population: str | Path | Population | None = None
) -> RiskModel:
    """The shipped network, or the one of another data folder.

    `setting` names a structural setting: `main`, or one of the alternatives beside it. `population` names the people
    that answers are for: one that is shipped (`populations`), or the file that an update of the network wrote. Raises
    QuestionError where there is no such folder, KnowledgeError for what cannot be read in it, and for a population that
    is not known, damaged, or of another network. Warns (StalePosteriorWarning) where the
    posterior was fitted to something else than what the folder says now: answers are then those of before, or, where
    nothing but priors changed and the draws suffice, those of draws that are reweighted to the new priors.
    """
    model = _loaded(root, setting)
    if population is not None:
        model = _moved_to(model, population)
    if model.stale:
        warnings.warn(model.stale, StalePosteriorWarning, stacklevel=2)
    return model


def populations(root: Path | str | None = None) -> tuple[Population, ...]:
    """The populations that the knowledge ships, that which the network was fitted to first."""
    return tuple(sorted(every(load_knowledge(root)), key=lambda one: (one.moved, one.name)))


def definitions(root: Path | str | None = None) -> tuple[Definition, ...]:
    """The definitions that answers can be asked by besides the network's own."""
    return tuple(load_knowledge(root).definitions.values())


def diff(old: Path | str | RiskModel, new: Path | str | RiskModel) -> Diff:
    """Whose answers moved from one state of the knowledge to another: data folders, or models that were loaded.

    Instead of a folder, a population can be named, or its file: then it is the shipped network for these people.

    A battery of people and what-ifs (`battery.toml`), every claim and every target. Raises QuestionError where a folder
    does not exist or both are the same, KnowledgeError for what cannot be read, with the folder's name.
    """
    from bn.revision import diff

    return diff(old, new, _folder_or_population)


def _moved_to(model: RiskModel, population: str | Path | Population) -> RiskModel:
    """The model as it speaks for a population, given by name, file, or itself."""
    return model.moved_to(population if isinstance(population, Population) else find(model.knowledge, population))


def _folder_or_population(said: Path | str) -> RiskModel:
    names = {one.name for one in every(load_knowledge())}
    if not Path(said).is_dir() and (str(said) in names or Path(said).is_file()):
        return _moved_to(_loaded(None, MAIN), said)
    return _loaded(said, MAIN)


def _loaded(root: Path | str | None, setting: str) -> RiskModel:
    if root is not None and not Path(root).is_dir():
        raise QuestionError(f"data folder '{root}' does not exist, or is none; expected what cpds/data holds")
    knowledge = load_knowledge(root)
    if setting != MAIN and setting not in knowledge.settings:
        raise UnknownNameError("setting", setting, [MAIN, *knowledge.settings])
    try:
        weights = reweighting(knowledge, setting)
        told = changes_since_fit(knowledge, weights)
        return RiskModel(knowledge, read_parameters(knowledge, setting), setting, told, weights)
    except LookupError:  # ids that lead nowhere: the rules name them all
        from cpds.check import problems

        if found := problems(root):
            raise KnowledgeError(found) from None
        raise
