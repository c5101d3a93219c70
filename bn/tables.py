"""The questions that one puts to a model about the people of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bn.core.model import Model

if TYPE_CHECKING:
    import pandas as pd

    from bn.cohort.frames.arrays import Scores
    from bn.cohort.frames.tables import Progress
    from bn.cohort.reading.columns_report import ColumnsReport
    from bn.cohort.reading.meaning import Meaning
    from bn.core.observe import ObservationsLike
    from bn.updating.result import Update
    from bn.validation.result import Validation


class AboutTables(Model):
    """A network that answers about many people at once."""

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
        from bn.cohort.reading.read_options import ReadOptions

        tables = Tables(Scoring(self, interval, posteriors, definition), ReadOptions(require, missing, meaning))
        return tables.answered(frame, progress, summary)

    def posterior_array(
        self,
        frame: Any,
        interval: bool = True,
        *,
        posteriors: bool = True,
        definition: str | Iterable[str] = (),
        require: str | Iterable[str] = (),
        missing: str | float | Iterable[str | float] = (),
        meaning: Meaning | None = None,
    ) -> Scores:
        """The results of `score` as plain arrays, float64, the last axis being the row of the table.

        `scores.risk` and `scores.log_evidence` have shape (rows,), `scores.interval` (2, rows), its ends low then
        high, or None without `interval`; `scores.posterior(variable)` has shape (states, rows), the states in the
        variable's order. `scores.probabilities` has shape (columns, rows): `scores.columns` names each as a variable
        and the index of one of its states, all but the first. `scores.definitions[id]` holds for each `definition` its
        probability, or that and the interval's ends, axes (value, row). Rows with an error are NaN throughout.
        """
        from bn.cohort.frames.arrays import ArrayScoring
        from bn.cohort.reading.read_options import ReadOptions

        return ArrayScoring(self, interval, posteriors, definition).scores(
            frame, ReadOptions(require, missing, meaning)
        )

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
        from bn.validation.plan import Use

        return validate(
            self,
            table,
            outcome,
            use=Use(inputs, leave_out, weights, strata, clusters),
            by=by,
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
        exposures: str | Iterable[str] = (),
        assays: str | Iterable[str] = (),
        comparable: str | Iterable[str] = (),
        weights: str | None = None,
        strata: str | None = None,
        clusters: str | None = None,
        selected_on_outcome: bool = False,
        hashed: bool = False,
        seed: int = 0,
        require: str | Iterable[str] = (),
        missing: str | float | Iterable[str | float] = (),
        meaning: Meaning | None = None,
        progress: Progress | None = None,
    ) -> Update:
        """The network moved to the people of a table or file: the answer's `model`, and its `population`, to be saved.

        `outcome` is as for `validate`, or several on different variables; these move given all else that is known of
        each person. So do, given who people are, the levels of variables that several markers or answers tell of; where
        one marker does alone, an offset of its assay would pass for a level, so it has to be named under `comparable`.
        Who was included by age, sex, body-mass index or activity does not matter; `exposures` names those of them whose
        level is to move as well. `assays` names markers whose assay may read otherwise: an offset of the marker, where
        another finding tells it from the level of its variable; else neither moves. By default a closed test says how
        far up the ladder an outcome goes: `leave it`, `level`, `level and slope`; `step` asks for one of these, or for
        `full revision`. `name` and `title` say what the population is to be called, and who they are.
        `selected_on_outcome` says that people were included for having the outcome or not, which takes `weights`. With
        `hashed` the population holds a hash of the file, which would confirm who is in a small one. Other options are
        those of `validate`, `seed` that of the rows drawn from a very large table. Raises QuestionError for what cannot
        be asked, for people of whom too little is known, and for an outcome that seems selected on. See `bn.updating`.
        """
        from bn.cohort.files.places import Options
        from bn.updating.ask import update
        from bn.validation.plan import Use

        return update(
            self,
            table,
            outcome,
            step=step,
            name=name,
            title=title,
            use=Use(inputs, leave_out, weights, strata, clusters),
            exposures=exposures,
            assays=assays,
            comparable=comparable,
            selected_on_outcome=selected_on_outcome,
            hashed=hashed,
            seed=seed,
            options=Options(require, missing, meaning),
            progress=progress,
        )

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
        from bn.cohort.reading.read_options import ReadOptions

        return Tables(CohortWhatIf.of(self, do), ReadOptions(require, missing, meaning)).answered(table)
