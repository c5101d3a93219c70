"""Networks with a latent variable and with steps that have effects of their own: by files, and small by hand."""

from collections.abc import Iterable, Iterator
from itertools import product
from math import exp, prod
from pathlib import Path
from typing import Any

import bn
from cpds.knowledge import Knowledge
from cpds.priors import at_prior
from cpds.records import Act, Figure, Intervention, Level, Ordinal, Parent, Scores, Shares, Variable

SUSCEPTIBILITY = """id = "susceptibility"
title = "Susceptibility"
role = "latent"
states = ["low", "middle", "high"]
definition = "What is given for life."
shares = { values = [0.25, 0.5, 0.25], basis = "assumed", why = "an example" }
scores = { values = [-1.0, 0.0, 1.0], basis = "assumed", why = "an example" }
"""

LOADED = (
    *("mitochondrial_dysfunction", "intramyocellular_lipid", "ptp1b_excess", "er_stress", "oxidative_stress"),
    *("nfkb_activation", "jnk_activation", "inflammation", "insulin_signaling_impairment", "insulin_resistance"),
    "dysglycemia",
)
"""Variables of the shipped network that a shared cause may load on."""


def add_latent(data: Path, children: Iterable[str] = LOADED, name: str = "susceptibility") -> None:
    """A latent variable with a loading of 1 on each of the children."""
    text = SUSCEPTIBILITY.replace('"susceptibility"', f'"{name}"')
    (data / "variables" / f"{name}.toml").write_text(text, encoding="utf-8")
    loading = '{ basis = "assumed", value = 1.0, spread = 0.7, why = "an example" }'
    for child in children:
        path = data / "variables" / f"{child}.toml"
        arc = f'\n[[parents]]\nid = "{name}"\nsign = "+"\neffects = [{loading}]\n'
        path.write_text(path.read_text(encoding="utf-8") + arc, encoding="utf-8")


def add_grades(data: Path) -> None:
    """A variable in three grades, each step with effects of its own, between inflammation and resistance; and a drug."""

    def figure(value: float) -> str:
        return f'{{ basis = "assumed", value = {value}, spread = 0.4, why = "an example" }}'

    (data / "variables" / "glycemia.toml").write_text(
        f"""id = "glycemia"
title = "Glycemia"
role = "mechanism"
states = ["normal", "impaired", "diabetes"]
definition = "By glucose."
link = "sequential"
intercepts = [{figure(-2.0)}, {figure(-1.5)}]

[[parents]]
id = "age"
knots = [20.0, 45.0, 90.0]
per = 10.0
[parents.effects]
impaired = [{figure(0.5)}, {figure(0.3)}]
diabetes = [{figure(0.1)}, {figure(0.4)}]

[[parents]]
id = "inflammation"
effects = {{ impaired = [{figure(1.5)}], diabetes = [{figure(1.0)}] }}

[[parents]]
id = "sex"
effects = [{figure(0.3)}]
""",
        encoding="utf-8",
    )
    path = data / "variables" / "insulin_resistance.toml"
    arc = f'\n[[parents]]\nid = "glycemia"\neffects = [{figure(0.5)}, {figure(1.2)}]\n'
    path.write_text(path.read_text(encoding="utf-8") + arc, encoding="utf-8")
    (data / "interventions" / "lowering_glucose.toml").write_text(
        'id = "lowering_glucose"\ntitle = "Lowering of glucose"\ndone_by = "person"\nnote = "An example."\n'
        f'[[acts]]\nvariable = "glycemia"\nshift = {figure(-1.1)}\n',
        encoding="utf-8",
    )


WHY: Any = {"basis": "assumed", "why": "an example"}
GRADES = ("normal", "impaired", "diabetes")
TWO = ("absent", "present")
EFFECTS = {
    "lipid": {"age": 0.6, "luck": 1.1},
    "stress": {"age": 0.4, "luck": 0.8},
    "grade": {"lipid": (1.2, 0.5), "luck": (0.7, 1.3), "age": (0.9, -0.4)},
    "resistance": {"stress": 0.9, "lipid": 0.7, "luck": 0.6},
}
"""Log odds ratios by child and parent, at each step where there are several."""
INTERCEPTS = {"lipid": (-0.5,), "stress": (-0.8,), "grade": (-0.3, -0.9), "resistance": (-1.0,)}
SHARES = {"age": (0.6, 0.4), "luck": (0.25, 0.5, 0.25)}
SCORES = (-1.0, 0.0, 1.0)
SHIFTS = {"lowering": ("lipid", -1.1), "sparing": ("grade", -0.8)}


def _figure(value: float) -> Figure:
    return Figure(value=value, spread=0.5, **WHY)


def _effects(child: str, effect: float | tuple[float, ...]) -> Any:
    if isinstance(effect, tuple):
        return {step: (_figure(value),) for step, value in zip(GRADES[1:], effect, strict=True)}
    return (_figure(effect),)


def small_latent() -> bn.RiskModel:
    """Age and a latent `luck` above two mechanisms, a graded outcome and a risk; a marker of each, and two drugs."""
    variables = {
        "age": Variable(
            id="age", title="Age", role="root", states=("young", "old"), definition="-",
            shares=Shares(values=SHARES["age"], **WHY),
        ),
        "luck": Variable(
            id="luck", title="Luck", role="latent", states=("low", "middle", "high"), definition="-",
            shares=Shares(values=SHARES["luck"], **WHY), scores=Scores(values=SCORES, **WHY),
        ),
    }  # fmt: skip
    markers = {}
    for name, effects in EFFECTS.items():
        graded = name == "grade"
        variables[name] = Variable(
            id=name,
            title=name.title(),
            role="outcome" if name in ("grade", "resistance") else "mechanism",
            states=GRADES if graded else TWO,
            definition="-",
            link="sequential" if graded else "cumulative",
            intercepts=tuple(map(_figure, INTERCEPTS[name])),
            parents=tuple(
                Parent(id=parent, sign="+" if parent == "luck" else None, effects=_effects(name, effect))
                for parent, effect in effects.items()
            ),
            risk="present" if name == "resistance" else None,
        )
        few = (0.7, 0.4, 0.2) if graded else (0.8, 0.3)
        rest = tuple(1 - chance for chance in few)
        levels = (Level(id="low", probabilities=few, **WHY), Level(id="high", probabilities=rest, **WHY))
        markers[f"{name}_marker"] = Ordinal(
            id=f"{name}_marker", title=name, variable=name, tissue="blood", direction="+", note="-", levels=levels
        )
    drugs = {
        name: Intervention(
            id=name, title=name, done_by="person", note="-", acts=(Act(variable=acted, shift=_figure(shift)),)
        )
        for name, (acted, shift) in SHIFTS.items()
    }
    knowledge = Knowledge(Path())
    vars(knowledge).update(variables=variables, biomarkers=markers, interventions=drugs)
    vars(knowledge).update({key: {} for key in ("panels", "grades", "parts", "derivations", "definitions")})
    vars(knowledge).update(column_words={}, dictionaries={}, sources={}, claims={}, trials=(), associations=())
    return bn.RiskModel(knowledge, {name: value.repeat(3) for name, value in at_prior(knowledge).items()})


def thresholds(name: str, at: dict[str, int], shift: float = 0.0) -> list[float]:
    """P(state k or higher), k >= 1, at the states of the parents: written out with plain numbers."""
    steps = []
    for step, intercept in enumerate(INTERCEPTS[name]):
        log_odds = intercept + shift
        for parent, effect in EFFECTS[name].items():
            size = effect[step] if isinstance(effect, tuple) else effect
            log_odds += size * (SCORES[at[parent]] if parent == "luck" else at[parent])
        steps.append(1 / (1 + exp(-log_odds)))
    return [prod(steps[: k + 1]) for k in range(len(steps))]


def chance(name: str, at: dict[str, int], shift: float = 0.0) -> float:
    """P(state | parents) of one variable, all states in `at`."""
    if name in SHARES:
        return SHARES[name][at[name]]
    ends = [1.0, *thresholds(name, at, shift), 0.0]
    return ends[at[name]] - ends[at[name] + 1]


def everybody() -> Iterator[dict[str, int]]:
    """Every joint state of the variables."""
    sizes = {"age": 2, "luck": 3, "lipid": 2, "stress": 2, "grade": 3, "resistance": 2}
    for states in product(*map(range, sizes.values())):
        yield dict(zip(sizes, states, strict=True))
