"""What was done in trials and seen in studies, as printed, beside what the written rule makes of it."""

from __future__ import annotations

from typing import Literal

from cpds.records.base import Id, Record, Text

Use = Literal["fit", "check", "order", "contrary", "outside"]
Scale = Literal[
    "odds_ratio",
    "smd",
    "means",
    "percent",
    "mean_difference",
    "correlation",
    "p_value",
    "risk_ratio",
    "hazard_ratio",
    "incidence",
    "glycemia",
    "difference_without_spread",
    "liability",
    "direction",
]


class Study(Record, frozen=True, kw_only=True):
    """What rows of trials and associations share.

    People: `age`, `sex`, `bmi` as printed or "not printed", `held` is what was held or matched; `given` is the same in
    the network's words. Effect: `scale` and `printed`, then a function of `cpds.estimates` with its `inputs`. `i2` and
    `studies` of a meta-analysis. `apart` says why these people are not those of the network, `covered_by` names a
    larger row that tells the same. `read`: the page of the study or a copy of its abstract (`page`), only a `table`
    of figures, or a page about the study (`secondary`). `log_odds`, `spread`, `use` and `why` follow from the rule.
    """

    id: Text
    source: Text
    species: Literal["human", "mouse", "rat"]
    n: Text
    people: Text
    age: Text
    sex: Text
    bmi: Text
    held: Text
    given: dict[Id, str] = {}
    outcome: Id | None = None
    state: Id | None = None
    scale: Scale
    printed: Text
    conversion: Id | None = None
    inputs: dict[str, float] = {}
    i2: float | None = None
    studies: int | None = None
    apart: Text | None = None
    covered_by: Text | None = None
    read: Literal["page", "table", "secondary"]
    log_odds: float | None = None
    spread: float | None = None
    use: Use
    why: Text
    note: Text | None = None


class Trial(Study, frozen=True, kw_only=True):
    """What was done: `acts` against `against`, each an intervention or `variable=state`; nothing stands for no act.

    `says` is what the trial finds for the outcome; `routes` are ways to it other than through the acts.
    """

    design: Literal["meta_analysis", "randomized", "crossover", "genetic", "before_after", "cohort", "unclear"]
    acts: tuple[Text, ...] = ()
    against: tuple[Text, ...] = ()
    says: Literal["improves", "worsens", "no_effect"]
    routes: Text | None = None


class Association(Study, frozen=True, kw_only=True):
    """What was seen: people with more of the subject's fault against people without, what was adjusted for held.

    `says` is what more of the fault goes with; `tissue` is where the subject was measured.
    """

    subject: Id | None = None
    tissue: Literal["muscle", "blood", "urine", "whole body", "fat", "liver"]
    says: Literal["worse", "better", "no_effect"]


class Pending(Record, frozen=True, kw_only=True):
    """A name that rows of trials and associations use and that the network lacks so far, and what it is to be."""

    name: Text
    kind: Literal["intervention", "state"]
    needs: Text
