"""Questions that the claims ask of a network: the one place where they meet the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from bn.claims.verdict import Kind, Paths, arc_signs
from bn.core.heading import variable_weights
from bn.core.model import Network
from bn.core.names import Names
from bn.core.observe import observe
from bn.counterfactual.treatments import Treatment, combine
from bn.counterfactual.worlds import Worlds
from bn.engine import condition, infer
from cpds.knowledge import Knowledge
from cpds.measurement import exact, log_likelihood
from cpds.records import LATENT, Contrast, Measured, Ordinal, event_parts
from cpds.table import Array, Table


@dataclass(frozen=True)
class Setting:
    """What is known of people, and what is then done to them; all as names and text."""

    do: tuple[tuple[str, str], ...] = ()
    shift: tuple[tuple[str, float], ...] = ()
    given: tuple[tuple[str, str], ...] = ()

    @property
    def acted(self) -> frozenset[str]:
        """Variables that something is done to."""
        return frozenset(name for name, _ in (*self.do, *self.shift))


PLAIN = Setting()


@dataclass(frozen=True)
class Scene:
    """A network and the knowledge behind it; answers are those of the first batch entry (the point).

    An event is named by its variable, or by it and those of its states that are meant (`dysglycemia=diabetes`).
    """

    knowledge: Knowledge
    network: Network
    _answers: dict[Setting, Mapping[str, Array]] = field(default_factory=dict, repr=False, compare=False)
    _shares: dict[tuple[tuple[str, int], ...], tuple[float, Mapping[str, Array]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @cached_property
    def paths(self) -> Paths:
        """Directed paths with the asserted signs."""
        return Paths(arc_signs(self.knowledge))

    @cached_property
    def names(self) -> Names:
        """Names that observations go by."""
        return Names(self.knowledge)

    def marginals(self, setting: Setting = PLAIN) -> Mapping[str, Array]:
        """P(state after what is done | given before it) of every variable, axis (state)."""
        if setting not in self._answers:
            findings = self._findings(setting)
            answer = infer([*self.network.tables.values(), *findings], list(self.network.states))
            total = answer.total.values[..., 0]
            before = {name: table.values[..., 0] / total for name, table in answer.joints.items()}
            both = Worlds(self.network.tables, self._changed(setting).tables, tuple(findings), setting.acted)
            after = both.marginals(both.reached) if both.reached else {}
            self._answers[setting] = before | {name: values[:, 0] for name, values in after.items()}
        return self._answers[setting]

    def probability(self, event: str, setting: Setting = PLAIN) -> float:
        """Probability of an event."""
        name, states = event_parts(event)
        return float(self.marginals(setting)[name] @ self._in_event(name, states))

    def mean(self, events: Iterable[str], setting: Setting = PLAIN) -> float:
        """Mean of the probabilities of some events."""
        return float(np.mean([self.probability(event, setting) for event in events]))

    def ends(self, event: str) -> tuple[str, str]:
        """The two findings on a variable that are compared: its first state, and the event."""
        name, states = event_parts(event)
        variable = self.knowledge.variables[name]
        if variable.contrast and not states:
            return variable.contrast.claims
        return variable.states[0], states or variable.event_text

    def whole(self, events: Iterable[str]) -> bool:
        """Whether each event holds the last state and all from its lowest on, so that signs of arcs speak of it."""
        inside = (self._in_event(*event_parts(event)) for event in events)
        return all(bool(each[-1]) and not (np.diff(each) < 0).any() for each in inside)

    def _in_event(self, variable: str, states: str = "") -> Array:
        """1 for each state in the event, 0 for the others."""
        entry = self.knowledge.variables[variable]
        return variable_weights(entry, states or entry.event_text)

    def kind(self, variable: str) -> Kind:
        """How a claim on what a variable does is answered."""
        return "age" if self._contrast(variable) else "intervene"

    def _contrast(self, variable: str) -> Contrast | None:
        """The ranges of a variable that stand against each other, where not its first state and event do."""
        known = self.knowledge.variables.get(variable)
        return known.contrast if known else None

    def set_to(
        self,
        events: Iterable[str],
        end: int,
        given: Mapping[str, str] | None = None,
        ends: tuple[str, str] | None = None,
    ) -> Setting:
        """All set to their first (0) or last (1) end; a root is conditioned on, which is the same."""
        do, known = [], dict(given or {})
        for event in events:
            name, _ = event_parts(event)
            at = (ends or self.ends(event))[end]
            if self._contrast(name) and not self.network.parents(name):
                known[name] = at
            else:
                do.append((name, at))
        return Setting(tuple(do), (), tuple(known.items()))

    def known_as(self, events: Iterable[str], end: int, given: Mapping[str, str] | None = None) -> Setting:
        """All observed at their first (0) or last (1) end."""
        found = {event_parts(event)[0]: self.ends(event)[end] for event in events}
        return Setting(given=tuple(({**(given or {}), **found}).items()))

    def treated(self, *interventions: str, given: Mapping[str, str] | None = None) -> Setting:
        """Interventions together, joined as in any what-if question."""
        chosen = [Treatment.of(self.knowledge.interventions[name]) for name in interventions]
        change = combine(self.knowledge, chosen)
        shifts = tuple((variable, float(change.log_odds(variable)[0])) for variable in change.shifts)
        return Setting(tuple(change.sets.items()), shifts, tuple((given or {}).items()))

    def direct(self, parent: str, event: str, ends: tuple[str, str] | None = None) -> float:
        """Change of P(event of the child) between two findings on one parent, the other parents held fixed.

        Averaged over the other parents' states, each at its share among people, as if independent given the latent
        ones.
        """
        child, states = event_parts(event)
        low, high = (self._share(parent, finding) for finding in ends or self.ends(parent))
        table = self.network.tables[child]
        latents = [name for name in table.axes[1:] if self.knowledge.variables[name].role == LATENT]
        change = 0.0
        for place in np.ndindex(*(len(self.network.states[name]) for name in latents)):
            known = dict(zip(latents, place, strict=True))
            (cpd,) = condition([table], known)
            chance, shares = self._given_latents(known)
            grid = np.tensordot(self._in_event(child, states), cpd.values[..., 0], axes=1)
            for axis in reversed(cpd.axes[1:]):
                if axis != parent:
                    grid = np.tensordot(grid, shares[axis], axes=(cpd.axes[1:].index(axis), 0))
            change += chance * float(grid @ (high - low))
        return change

    def _given_latents(self, known: Mapping[str, int]) -> tuple[float, Mapping[str, Array]]:
        """Probability of states of latent variables, and P(state | these) of every other variable, axis (state)."""
        if not known:
            return 1.0, self.marginals()
        place = tuple(known.items())
        if place not in self._shares:
            others = [name for name in self.network.states if name not in known]
            answer = infer(condition(list(self.network.tables.values()), known), others)
            total = answer.total.values[..., 0]
            shares = {name: joint.values[..., 0] / total for name, joint in answer.joints.items()}
            self._shares[place] = float(total), shares
        return self._shares[place]

    def reading(self, marker_id: str, setting: Setting = PLAIN) -> tuple[float, float]:
        """Expected reading on the marker's scale, and the SD within a state; level indices for an ordinal one."""
        marker = self.knowledge.biomarkers[marker_id]
        if isinstance(marker, Ordinal):
            levels = np.arange(len(marker.levels))
            states = self.marginals(setting)[marker.variable]
            shares = np.array([level.probabilities for level in marker.levels]) @ states
            mean = float(shares @ levels)
            return mean, float(np.sqrt(shares @ (levels - mean) ** 2))
        if not isinstance(marker, Measured):
            raise ValueError(f"{marker_id}: a {marker.kind} marker has no expected reading within a state")
        grid = np.linspace(*self._span(marker), 2001)
        values = np.exp(grid) if marker.reference.scale == "log" else grid
        densities = log_likelihood(self.knowledge, marker_id, exact(values))
        jacobian = values if marker.reference.scale == "log" else np.ones_like(values)
        weight = np.exp(densities.values) * jacobian * (grid[1] - grid[0])
        tables = [*self._changed(setting).tables.values(), *self._findings(setting)]
        joint = infer(tables, keep=densities.axes).total.values[..., 0]
        means = (weight * grid).sum(-1) / weight.sum(-1)
        spread = np.sqrt((weight * grid**2).sum(-1) / weight.sum(-1) - means**2)
        return float((joint * means).sum() / joint.sum()), float((joint * spread).sum() / joint.sum())

    def strata_at(self, marker: Measured, root: str, finding: str) -> frozenset[int]:
        """Places of the strata of a marker's reference that people with a finding on a root fall into."""
        scale = self.knowledge.variables[root].scale
        edges = scale.edges if scale else ()
        shares = self._share(root, finding)
        bands = [(low, high) for low, high, share in zip(edges, edges[1:], shares, strict=False) if share > 0]
        ranges = [stratum.where.get(root) for stratum in marker.reference.strata]
        return frozenset(
            place
            for place, cut in enumerate(ranges)
            if not isinstance(cut, tuple) or any(cut[0] < high and low < cut[1] for low, high in bands)
        )

    def extremes(self, marker_id: str) -> tuple[str, str]:
        """A low and a high reading of a marker, as text: two SDs beyond its references, or two of its levels.

        An ordinal marker is compared between its middle level (normal) and the end that its direction calls bad.
        """
        marker = self.knowledge.biomarkers[marker_id]
        if isinstance(marker, Ordinal):
            levels = [level.id for level in marker.levels]
            middle = levels[(len(levels) - 1) // 2]
            return (middle, levels[-1]) if marker.direction == "+" else (levels[0], middle)
        if not isinstance(marker, Measured):
            raise ValueError(f"{marker_id}: a {marker.kind} marker defines its state and needs no test reading")
        centers = [stratum.center for stratum in marker.reference.strata]
        spreads = [stratum.sd for stratum in marker.reference.strata]
        if marker.reference.scale == "log":
            low, high = min(centers) * np.exp(-2 * max(spreads)), max(centers) * np.exp(2 * max(spreads))
        else:
            low, high = min(centers) - 2 * max(spreads), max(centers) + 2 * max(spreads)
        bottom, top = marker.accepted
        return f"{max(low, bottom):.6g}", f"{min(high, top):.6g}"

    def _span(self, marker: Measured) -> tuple[float, float]:
        """Range of the marker's scale that holds all of its distribution."""
        log = marker.reference.scale == "log"
        centers = [np.log(stratum.center) if log else stratum.center for stratum in marker.reference.strata]
        reach = 10 * max(stratum.sd for stratum in marker.reference.strata)
        return float(min(centers) - reach), float(max(centers) + reach)

    def _changed(self, setting: Setting) -> Network:
        network = self.network
        for name, amount in setting.shift:
            network = network.shift(name, amount)
        for name, state in setting.do:
            several = state not in self.network.states[name]
            network = network.do(name, self._share(name, state) if several else state)
        return network

    def _findings(self, setting: Setting) -> list[Table]:
        evidence = observe(self.names, dict(setting.given)).evidence
        return evidence.tables(self.network.states, scale=True)

    def _share(self, variable: str, finding: str) -> Array:
        """P(state | finding) of one variable."""
        return self.marginals(Setting(given=((variable, finding),)))[variable]
