"""The questions that one puts to a model about one person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bn.core.answer import Note, Posterior
from bn.core.conditioned import posterior
from bn.core.model import Model
from bn.core.notes import notes_on
from bn.core.observe import by_keyword, observe

if TYPE_CHECKING:
    import pandas as pd

    from bn.core.observe import ObservationsLike
    from bn.questions.explain import Explanation
    from bn.questions.joint import MostProbable
    from bn.questions.next_test import NextTests
    from bn.questions.sensitivity import Sensitivity
    from bn.questions.what_if import Comparison, WhatIf


class AboutPeople(Model):
    """A network that answers about one person at a time."""

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
