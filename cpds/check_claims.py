"""Rules for the claims: their words, what encodes each of them, and the findings beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from cpds.check_named import unknown_event, unknown_findings
from cpds.knowledge import Knowledge, nearest
from cpds.pointers import Pointer, parse_pointers
from cpds.records import LATENT, Claim, Figure, Intervention, Parent, event_parts


def pointers(knowledge: Knowledge) -> Iterator[str]:
    """`encoded_as` can be read, names what exists, and is there exactly where something encodes the claim."""
    for claim in knowledge.claims.values():
        where = f"claims.tsv: {claim.id}: encoded_as"
        try:
            found = parse_pointers(claim.encoded_as)
        except ValueError as error:
            yield f"{where}: {error}"
            continue
        if bool(found) == (claim.status in ("context", "not_encodable")):
            wanted = "points to nothing" if found else "points to what encodes it"
            yield f"{where}: a claim that is {claim.status} {wanted}"
        if len(set(found)) < len(found):
            yield f"{where}: '{claim.encoded_as}' names the same twice, which would count twice; name it once"
        for pointer in found:
            if pointer.against != (claim.status == "contradicted"):
                yield f"{where}: 'against' belongs to contradicted claims, and only to them"
            yield from (f"{where}: {problem}" for problem in _resolve(knowledge, pointer))


def arcs(knowledge: Knowledge) -> Iterator[str]:
    """A variable file lists for an arc the claims that point to it; an arc keeps a sign exactly where it has claims.

    A loading of a latent variable keeps one without: no claim speaks of what nobody measured.
    """
    pointing = _pointing(knowledge, "arc", "parameter")
    for child in knowledge.variables.values():
        for claim in child.claims:
            if claim not in knowledge.claims:
                hint = nearest(claim, list(knowledge.claims))
                yield f"variables/{child.id}.toml: claims: '{claim}' is not in claims.tsv{hint}; correct or remove it"
        for parent in child.parents:
            listed, meant = set(parent.claims), pointing.pop(f"{parent.id} -> {child.id}", set())
            where = f"variables/{child.id}.toml: parent {parent.id}: claims"
            yield from _differ(where, listed, meant)
            if knowledge.variables[parent.id].role != LATENT:
                yield from _sign(where, parent)


def lagged(knowledge: Knowledge) -> Iterator[str]:
    """Lagged arcs join known variables that no static arc joins, and list the claims that point to them."""
    pointing = _pointing(knowledge, "lagged")
    for arc in knowledge.lagged:
        where = f"lagged.toml: {arc.parent} -> {arc.child}"
        yield from (f"{where}: {problem}" for problem in _unknown(knowledge, arc.parent, arc.child))
        yield from _differ(f"{where}: claims", set(arc.claims), pointing.pop(f"{arc.parent} -> {arc.child}", set()))
        child = knowledge.variables.get(arc.child)
        if child and any(parent.id == arc.parent for parent in child.parents):
            yield f"{where}: also an arc of the static network; keep one"


def interventions(knowledge: Knowledge) -> Iterator[str]:
    """Interventions act on known variables and states, dominate known ones, and list the claims that point to them."""
    pointing = _pointing(knowledge, "intervention")
    for intervention in knowledge.interventions.values():
        where = f"interventions/{intervention.id}.toml"
        acted = [act.variable for act in intervention.acts]
        unknown = [source for source in intervention.sources if source not in knowledge.sources]
        yield from (f"{where}: sources: '{source}' is not in sources.toml" for source in unknown)
        if len(set(acted)) != len(acted):
            yield f"{where}: acts: the same variable twice; join the two acts"
        for act in intervention.acts:
            variable = knowledge.variables.get(act.variable)
            if variable is None:
                hint = nearest(act.variable, list(knowledge.variables))
                yield f"{where}: acts: unknown variable '{act.variable}'{hint}"
            elif act.set is not None and act.set not in variable.states:
                yield f"{where}: acts: {act.variable} has no state '{act.set}'{nearest(act.set, list(variable.states))}"
            if act.shift is not None and not _has_size(act.shift):
                yield f"{where}: acts: {act.variable}: a shift needs a value other than 0, and a spread or an interval"
        for variable_id, others in intervention.dominates.items():
            if variable_id not in acted:
                yield f"{where}: dominates: it does not act on '{variable_id}' itself"
            for other in others:
                if other not in knowledge.interventions:
                    hint = nearest(other, list(knowledge.interventions))
                    yield f"{where}: dominates: unknown intervention '{other}'{hint}"
        yield from (f"{where}: excludes: {problem}" for problem in _excludes(knowledge, intervention))
        yield from _differ(f"{where}: claims", set(intervention.claims), pointing.pop(intervention.id, set()))


def _has_size(shift: Figure) -> bool:
    """Whether a shift has a direction and an uncertainty; a graded one takes both from its grade."""
    return shift.basis == "graded" or (bool(shift.value) and (shift.spread is not None or shift.low is not None))


def _excludes(knowledge: Knowledge, intervention: Intervention) -> Iterator[str]:
    """What an intervention excludes exists, is another one, and acts on a variable that it acts on too."""
    for other in intervention.excludes:
        if other not in knowledge.interventions:
            yield f"unknown intervention '{other}'{nearest(other, list(knowledge.interventions))}"
        elif not {act.variable for act in intervention.acts} & {
            act.variable for act in knowledge.interventions[other].acts if other != intervention.id
        }:
            yield f"'{other}' acts on none of its variables, so the two can be combined; remove it"


def pointers_of(claim: Claim) -> tuple[Pointer, ...]:
    """Pointers of a claim; none where they cannot be read, which `pointers` tells."""
    try:
        return parse_pointers(claim.encoded_as)
    except ValueError:
        return ()


def _pointing(knowledge: Knowledge, *kinds: str) -> dict[str, set[str]]:
    """What a pointer of these kinds names -> ids of the claims that hold it, contradicted ones left out."""
    found: dict[str, set[str]] = {}
    for claim in knowledge.claims.values():
        for pointer in pointers_of(claim):
            if pointer.kind in kinds and not pointer.against:
                found.setdefault(pointer.name or f"{pointer.parent} -> {pointer.child}", set()).add(claim.id)
    return found


def _differ(where: str, listed: Iterable[str], meant: Iterable[str]) -> Iterator[str]:
    extra, missing = sorted(set(listed) - set(meant)), sorted(set(meant) - set(listed))
    if extra:
        yield f"{where}: {', '.join(extra)} listed, but encoded_as in claims.tsv points elsewhere; settle it"
    if missing:
        yield f"{where}: lacks {', '.join(missing)}, whose encoded_as in claims.tsv points here; add them"


def _sign(where: str, parent: Parent) -> Iterator[str]:
    if parent.claims and parent.sign is None:
        yield f"{where}: an arc with claims keeps a sign; add sign"
    if parent.sign and not parent.claims:
        yield f"{where}: none, but an arc that keeps a sign has claims; add them here and in claims.tsv, or remove sign"


def _resolve(knowledge: Knowledge, pointer: Pointer) -> Iterator[str]:
    """Problems of a pointer's names."""
    folders = {
        "biomarker": knowledge.biomarkers,
        "intervention": knowledge.interventions,
        "target": knowledge.targets,
        "variable": knowledge.variables,
    }
    if pointer.kind in folders:
        known = list(folders[pointer.kind])
        if pointer.name not in known:
            yield f"unknown {pointer.kind} '{pointer.name}'{nearest(pointer.name, known)}"
        return
    groups = (
        [name for name, term in knowledge.terms.items() if len(term.refers_to) > 1] if pointer.kind == "total" else []
    )
    problems = list(_unknown(knowledge, pointer.parent, pointer.child, groups))
    yield from problems
    if pointer.arc and not problems:
        parents = {parent.id: parent for parent in knowledge.variables[pointer.child].parents}
        if pointer.parent not in parents:
            yield f"{pointer.child} has no parent '{pointer.parent}'{nearest(pointer.parent, list(parents))}"
        elif missing := set(pointer.knots) - set(parents[pointer.parent].knots or ()):
            listed = ", ".join(f"{knot:g}" for knot in sorted(missing))
            yield f"{pointer.parent} -> {pointer.child} has no knot at {listed}"


def _unknown(knowledge: Knowledge, parent: str, child: str, groups: Iterable[str] = ()) -> Iterator[str]:
    known = [*knowledge.variables, *groups]
    yield from (f"unknown variable '{name}'{nearest(name, known)}" for name in (parent, child) if name not in known)


COUNT = 552
ASKED_OF_PEOPLE = frozenset({"total", "biomarker", "intervention"})
"""Kinds of pointers whose tests look at a whole person; those on one arc hold everything else fixed."""

RELATIONS = {
    "increases": "+",
    "decreases": "-",
    "impairs": "-",
    "associates_positive": "+",
    "associates_negative": "-",
    "marker_of": "",
    "no_effect": "",
}


def complete(knowledge: Knowledge) -> Iterator[str]:
    """Every claim of the review stands once: C001 to C552, in order (a double id stops the reading)."""
    wanted = [f"C{number:03d}" for number in range(1, COUNT + 1)]
    found = list(knowledge.claims)
    yield from (
        f"claims.tsv: {missing}: missing; every claim of the review has a row"
        for missing in wanted
        if missing not in found
    )
    yield from (
        f"claims.tsv: {extra}: the review has {COUNT} claims; remove the row" for extra in found if extra not in wanted
    )
    if sorted(found) != found:
        yield "claims.tsv: rows are out of order; sort them by id"


def reasons(knowledge: Knowledge) -> Iterator[str]:
    """What is not simply encoded says why."""
    for claim in knowledge.claims.values():
        unencoded = claim.status in ("context", "contradicted", "not_encodable")
        if (unencoded or any(pointer.kind == "lagged" for pointer in pointers_of(claim))) and not claim.reason:
            yield f"claims.tsv: {claim.id}: reason: empty; a claim that is {claim.status} or lagged says why"


def words(knowledge: Knowledge) -> Iterator[str]:
    """Relations come from the list; a claim with a line range reads forward."""
    for claim in knowledge.claims.values():
        if claim.relation not in RELATIONS:
            hint = nearest(claim.relation, list(RELATIONS))
            yield f"claims.tsv: {claim.id}: relation: unknown word '{claim.relation}'{hint}"
        if not 0 < claim.lines[0] <= claim.lines[1]:
            yield f"claims.tsv: {claim.id}: line_from {claim.lines[0]} lies behind line_to {claim.lines[1]}"


def terms(knowledge: Knowledge) -> Iterator[str]:
    """Each name in the claims has a term, each term a use, and what it refers to exists."""
    used = {name for claim in knowledge.claims.values() for name in (claim.subject, claim.object)}
    yield from (f"terms.tsv: {name}: missing; a claim uses it" for name in sorted(used - set(knowledge.terms)))
    yield from (f"terms.tsv: {name}: no claim uses it; remove it" for name in sorted(set(knowledge.terms) - used))
    for term in knowledge.terms.values():
        for name, states in term.refers_to.items():
            yield from unknown_event(knowledge, f"terms.tsv: {term.term}: refers_to", name, states)
        if bool(term.refers_to) != bool(term.sense):
            yield f"terms.tsv: {term.term}: sense: goes with refers_to, and only with it"


def contrary(knowledge: Knowledge) -> Iterator[str]:
    """Contrary figures have a source and speak of things that the knowledge holds."""
    for row in knowledge.contrary:
        where = f"contrary.tsv: {row.row}"
        if row.row not in knowledge.sources:
            yield f"{where}: no such source; add it to sources.toml"
        for text in (row.subject, row.object):
            yield from unknown_event(knowledge, where, *event_parts(text))
        yield from (f"{where}: given: {problem}" for problem in unknown_findings(knowledge, row.given.items()))


def people(knowledge: Knowledge) -> Iterator[str]:
    """Whom a claim is about is known to the network, and a test asks it: one arc alone is the same for everybody."""
    for claim in knowledge.claims.values():
        where = f"claims.tsv: {claim.id}"
        yield from (f"{where}: given: {problem}" for problem in unknown_findings(knowledge, claim.given.items()))
        if claim.given and not {pointer.kind for pointer in pointers_of(claim)} & ASKED_OF_PEOPLE:
            yield f"{where}: given: no effect of {claim.encoded_as} is asked of some people only; leave it empty"
        if claim.compared:
            term = knowledge.terms.get(claim.subject)  # one that is missing is told by another rule
            (subject, *more) = (term and term.refers_to) or [claim.subject]
            findings = [(subject, finding) for finding in claim.compared]
            yield from (f"{where}: compared: {problem}" for problem in unknown_findings(knowledge, findings))
            if more:
                yield f"{where}: compared: {claim.subject} stands for several variables; leave it empty"


def age_figures(knowledge: Knowledge) -> Iterator[str]:
    """Changes with age belong to a claim that prints a figure, and to a biomarker."""
    for figure in knowledge.age_figures:
        where = f"age_figures.tsv: {figure.claim}"
        claim = knowledge.claims.get(figure.claim)
        if claim is None or not claim.figure:
            yield f"{where}: no such claim with a figure"
        if figure.biomarker not in knowledge.biomarkers:
            hint = nearest(figure.biomarker, list(knowledge.biomarkers))
            yield f"{where}: unknown biomarker '{figure.biomarker}'{hint}"
        if figure.low >= figure.high:
            yield f"{where}: low {figure.low} is not below high {figure.high}"


RULES: tuple[Callable[[Knowledge], Iterator[str]], ...] = (
    complete,
    reasons,
    words,
    terms,
    contrary,
    people,
    age_figures,
    pointers,
    arcs,
    lagged,
    interventions,
)
