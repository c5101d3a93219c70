"""One function for each way in which a claim is put to the network; each gives a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bn.claims.scene import Scene, Setting
from bn.claims.verdict import Kind, Outcome, Verdict, act_signs
from cpds.check_claims import RELATIONS
from cpds.pointers import Pointer
from cpds.records import Biomarker, Claim, Intervention, Ordinal, event_parts

TINY = 1e-9
HARDLY = 0.01
"""A change of an expected reading, in SDs, below which it shows no direction."""

SIGN = {"+": 1, "-": -1}


@dataclass(frozen=True)
class Trial:
    """A claim, one of its pointers, and the scene in which it is tested."""

    scene: Scene
    claim: Claim
    pointer: Pointer

    @property
    def associates(self) -> bool:
        """Whether the claim is worded as an association."""
        return self.claim.relation.startswith("associates")

    def sense(self, name: str) -> int:
        """+1 where more of the term is worse, -1 where it is better, 0 where it has no sense."""
        return SIGN.get(str(self.scene.knowledge.terms[name].sense), 0)

    def variables(self, name: str) -> tuple[str, ...]:
        """Variables that a term stands for, a marker's own variable for a marker."""
        markers = self.scene.knowledge.biomarkers
        refers = self.scene.knowledge.terms[name].refers_to
        return tuple(markers[item].variable if item in markers else item for item in refers)

    def events(self, variables: Iterable[str]) -> tuple[str, ...]:
        """The variables with those of their states that the claim's terms mean, where they name any."""
        ends = (self.scene.knowledge.terms[name].refers_to for name in (self.claim.object, self.claim.subject))
        meant = {name: states for end in ends for name, states in end.items() if states}
        return tuple(f"{name}={meant[name]}" if name in meant else name for name in variables)

    def called(self, name: str, events: tuple[str, ...]) -> str:
        """What a question calls one end of a pointer: a group's name, or a variable with the states that are meant."""
        return name if len(events) > 1 else events[0]

    @property
    def people(self) -> str:
        """Whom the claim is about, behind a question."""
        known = ", ".join(f"{name} {said}" for name, said in self.claim.given.items())
        return known and f" given {known}"

    def intervention(self) -> str | None:
        """The intervention that the subject names."""
        refers = self.scene.knowledge.terms[self.claim.subject].refers_to
        return next((name for name in refers if name in self.scene.knowledge.interventions), None)

    @property
    def expected(self) -> int:
        """Sign that the claim gives to subject -> object when both are read as badness."""
        relation = SIGN.get(RELATIONS[self.claim.relation], 1)
        subject = 1 if self.intervention() else self.sense(self.claim.subject)
        return relation * subject * self.sense(self.claim.object)

    def verdict(
        self,
        kind: Kind,
        question: str,
        value: float,
        *,
        expected: int | None = None,
        forced: bool = False,
        note: str = "",
        least: float = TINY,
    ) -> Verdict:
        """Verdict on a measured change; `forced` where the asserted signs allow no other sign.

        A change of no more than `least` has no direction.
        """
        wanted = self.expected if expected is None else expected
        agrees = wanted * value > least if wanted else abs(value) <= least
        if not agrees:
            outcome: Outcome = "disagrees"
        elif kind in ("associate", "observe") and not forced:
            outcome = "associational"
        else:
            outcome = "by construction" if forced else "holds"
        reason = "; ".join(part for part in (note, self.claim.reason or "") if part)
        if not agrees and not reason:
            reason = "the network moves the other way" if abs(value) > TINY else "the network does not move"
        return Verdict(
            self.claim.id, self.claim.status, kind, outcome, question, value, wanted, reason, show(self.pointer)
        )


def show(pointer: Pointer) -> str:
    """A pointer as text."""
    text = (pointer.name and f"{pointer.kind} {pointer.name}") or f"{pointer.parent} -> {pointer.child}"
    prefix = f"{pointer.kind} " if pointer.kind in ("total", "lagged") else ""
    return ("against " if pointer.against else "") + prefix + text


def direct(trial: Trial) -> Verdict:
    """An arc: the child's table, other parents held fixed. Its sign is asserted, or the data decide."""
    scene, pointer = trial.scene, trial.pointer
    sign = scene.paths.arcs.get((pointer.parent, pointer.child), "")
    expected = trial.expected
    if name := trial.intervention():
        act = act_signs(scene.knowledge, scene.knowledge.interventions[name]).get(pointer.parent)
        expected *= SIGN.get(str(act), 0)
    source, target = trial.events((pointer.parent, pointer.child))
    ends = _segment(trial) or trial.claim.compared or scene.ends(source)
    value = scene.direct(pointer.parent, target, ends) if sign else 0.0
    question = f"direct effect of {pointer.parent} ({ends[1]} against {ends[0]}) on {pointer.child}, other causes fixed"
    kind = scene.kind(pointer.parent)
    forced = sign in SIGN and scene.whole([target])
    return trial.verdict(kind, question, value, expected=expected, forced=forced)


def total(trial: Trial) -> Verdict:
    """An effect along all paths: set the subject, look at the object; groups are set together."""
    scene, pointer, claim = trial.scene, trial.pointer, trial.claim
    causes, changed = (_members(scene, name) for name in (pointer.parent, pointer.child))
    sources, targets = trial.events(causes), trial.events(changed)
    before, after = (scene.set_to(sources, end, claim.given, claim.compared) for end in range(2))
    value = scene.mean(targets, after) - scene.mean(targets, before)
    signs = {sign for source in causes for target in changed for sign in scene.paths.signs(source, target)}
    low, high = claim.compared or scene.ends(sources[0])
    question = f"total effect of {pointer.parent} ({high} against {low}) on {trial.called(pointer.child, targets)}"
    forced = len(signs) == 1 and "?" not in signs and scene.whole((*sources, *targets))
    note = _strays(trial, targets, before, after)
    return trial.verdict(scene.kind(pointer.parent), question + trial.people, value, forced=forced, note=note)


def associate(trial: Trial, source: str, target: str) -> Verdict:
    """An association: condition on one end, look at the other, nothing held fixed."""
    scene = trial.scene
    sources, targets = (trial.events(_members(scene, name)) for name in (source, target))
    without, having = (scene.known_as(sources, end, trial.claim.given) for end in range(2))
    value = scene.mean(targets, having) - scene.mean(targets, without)
    note = ""
    if trial.expected * value <= TINY and len(sources) == 1:
        note = _at_equal_context(trial, sources[0], targets)
    question = f"{trial.called(target, targets)} in people with and without {trial.called(source, sources)}"
    return trial.verdict("associate", question + trial.people, value, note=note)


def observe(trial: Trial) -> Verdict:
    """A marker: how a high reading, against a low or normal one, moves the variable at the other end."""
    scene, marker = trial.scene, trial.scene.knowledge.biomarkers[trial.pointer.name]
    own = [name for name in (trial.claim.subject, trial.claim.object) if _names(trial, name, marker.id)]
    other = trial.claim.object if own and own[0] == trial.claim.subject else trial.claim.subject
    variables = trial.variables(other) or (marker.variable,)
    sense = trial.sense(own[0]) if own else SIGN[marker.direction]
    if trial.associates and marker.variable not in variables:
        return _level(trial, variables, sense)
    low, high = scene.extremes(marker.id)
    events = trial.events(variables)
    below, above = (Setting(given=((marker.id, end), *trial.claim.given.items())) for end in (low, high))
    value = scene.mean(events, above) - scene.mean(events, below)
    wanted = sense if trial.claim.relation == "marker_of" else sense * trial.expected
    own_state = variables == (marker.variable,) and scene.whole(events)
    question = f"{', '.join(events)} after {marker.id} {high} against {low}{trial.people}"
    note = _other_end(scene, marker, events)
    return trial.verdict("observe", question, value, expected=wanted, forced=own_state, note=note)


def apply(trial: Trial) -> Verdict:
    """An intervention: what it changes in the object, in everyone or in the people of the claim.

    One that takes away what another does is added to that one, and compared with it alone.
    """
    scene, name, given = trial.scene, trial.pointer.name, trial.claim.given
    intervention = scene.knowledge.interventions[name]
    targets = trial.variables(trial.claim.object)
    events = trial.events(targets)
    beside = dominated(intervention)[:1]
    before, after = (scene.treated(*acts, given=given) for acts in (beside, (*beside, name)))
    value = scene.mean(events, after) - scene.mean(events, before)
    signs = {sign for target in targets for sign in scene.paths.of_intervention(scene.knowledge, intervention, target)}
    than = f"added to {beside[0]} against {beside[0]} alone" if beside else "against no treatment"
    question = f"{', '.join(events)} under {name} {than}{trial.people}"
    forced = len(signs) == 1 and "?" not in signs and scene.whole(events)
    return trial.verdict("apply", question, value, forced=forced)


def lagged(trial: Trial) -> Verdict:
    """An arc onto a later time slice: the static network cannot show it."""
    reached = bool(trial.scene.paths.signs(trial.pointer.parent, trial.pointer.child))
    question = f"{trial.pointer.parent} now on {trial.pointer.child} one time slice later"
    reason = "; ".join(
        part for part in ("a static path exists besides" if reached else "", trial.claim.reason or "") if part
    )
    kind: Kind = "apply" if trial.intervention() else "intervene"
    return Verdict(
        trial.claim.id, trial.claim.status, kind, "lagged", question, None, trial.expected, reason, show(trial.pointer)
    )


def define(trial: Trial) -> Verdict:
    """Both ends are the same variable: its definition must read them in agreeing directions."""
    if trial.claim.relation == "no_effect":
        question = f"no variable stands for {trial.claim.subject}, so it moves nothing"
        return replace(trial.verdict("define", question, 0.0, expected=0, forced=True), value=None)
    same = set(trial.variables(trial.claim.subject)) & set(trial.variables(trial.claim.object))
    expected = 1 if trial.claim.relation == "marker_of" else trial.expected
    question = f"{trial.claim.subject} and {trial.claim.object} are parts of {trial.pointer.name}"
    said = trial.verdict("define", question, float(expected if same else 0), expected=1, forced=True)
    return replace(said, value=None)


def _level(trial: Trial, variables: tuple[str, ...], sense: int) -> Verdict:
    """An association of a variable with a marker: expected reading in people with and without it."""
    scene, name, given = trial.scene, trial.pointer.name, trial.claim.given
    events = trial.events(variables)
    high, spread = scene.reading(name, scene.known_as(events, 1, given))
    low, _ = scene.reading(name, scene.known_as(events, 0, given))
    question = f"expected {name} (in SDs of one state) in people with against without {', '.join(events)}{trial.people}"
    change = (high - low) / spread
    note = "hardly moves, since the marker speaks at both ends" if abs(change) <= HARDLY else ""
    return trial.verdict("associate", question, change, expected=sense * trial.expected, note=note, least=HARDLY)


def _other_end(scene: Scene, marker: Biomarker, events: tuple[str, ...]) -> str:
    """Says so where the level opposite to the bad one is worse than normal too."""
    if not isinstance(marker, Ordinal) or len(marker.levels) < 3:
        return ""
    levels = [level.id for level in marker.levels]
    normal, good = levels[(len(levels) - 1) // 2], levels[0] if marker.direction == "+" else levels[-1]
    beyond, usual = (scene.mean(events, Setting(given=((marker.id, level),))) for level in (good, normal))
    rise = beyond - usual
    return f"two-sided: {good} against {normal} moves it by {rise:+.4f} too" if rise > TINY else ""


def _segment(trial: Trial) -> tuple[str, str] | None:
    """Ages at the two ends of a segment between knots; below and above a single knot."""
    knots = trial.pointer.knots
    if len(knots) == 2:
        return f"[{knots[0]:g}, {knots[0] + 5:g})", f"[{knots[1] - 5:g}, {knots[1]:g})"
    return None


def _members(scene: Scene, name: str) -> tuple[str, ...]:
    """The variable itself, or the variables of a group term."""
    return (name,) if name in scene.network.states else tuple(scene.knowledge.terms[name].refers_to)


def _names(trial: Trial, term: str, marker: str) -> bool:
    return marker in trial.scene.knowledge.terms[term].refers_to


def dominated(intervention: Intervention) -> tuple[str, ...]:
    """Interventions whose acts are lost beside this one."""
    return tuple(other for others in intervention.dominates.values() for other in others)


def _strays(trial: Trial, targets: tuple[str, ...], before: Setting, after: Setting) -> str:
    """Members of a group that move against the claim while the group as a whole moves with it."""
    if len(targets) == 1:
        return ""
    scene = trial.scene
    changes = {event: scene.probability(event, after) - scene.probability(event, before) for event in targets}
    against = [event for event, change in changes.items() if trial.expected * change <= TINY]
    return f"against the claim: {', '.join(against)}" if against else ""


def _at_equal_context(trial: Trial, source: str, targets: tuple[str, ...]) -> str:
    """What becomes of an association that fails once each context variable is held at its commonest state."""
    scene = trial.scene
    variables = scene.knowledge.variables.values()
    shares = scene.marginals()
    name, _ = event_parts(source)
    fixed = {
        one.id: one.states[int(shares[one.id].argmax())]
        for one in variables
        if one.role == "context" and one.id != name
    } | trial.claim.given
    values = [scene.mean(targets, Setting(given=((name, end), *fixed.items()))) for end in scene.ends(source)]
    held = ", ".join(fixed.values())
    return f"confounded by context: with {held} held fixed it is {values[1] - values[0]:+.4f}"
