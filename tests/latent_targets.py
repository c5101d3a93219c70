"""A synthesis that takes no time: targets of the small network with a latent variable and a graded one."""

from latent_data import small_latent

from bn.synthesis.fit import Problem
from cpds.priors import priors
from cpds.records import Target


def target(name: str, event: dict[str, str], value: float, **rest: dict[str, str]) -> Target:
    return Target(
        id=name, use="fit", event=event, value=value, spread=0.3, basis="assumed", why="an example",
        **rest,  # type: ignore[arg-type]
    )  # fmt: skip


SMALL = (
    target("chance", {"resistance": "present"}, 0.4, given={"age": "old"}),
    target("step", {"grade": "diabetes"}, 0.2, given={"lipid_marker": "high"}),
    target("ratio", {"resistance": "present"}, 0.5, given={"grade": "impaired+"}, versus={"grade": "normal"}),
    target("done", {"grade": "impaired+"}, 0.5, given={"age": "young"}, do={"lipid": "present"}),
)
"""Targets of the network of `small_latent`: a chance, one of a reading, a ratio, and one after an intervention."""


def small_problem() -> Problem:
    knowledge = small_latent().knowledge
    vars(knowledge).update(targets={one.id: one for one in SMALL}, settings={})
    return Problem(knowledge, priors(knowledge))
