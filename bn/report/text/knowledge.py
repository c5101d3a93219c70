"""The model and its knowledge in words: what it holds, an entry with each number followed to its source, the claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import exp
from typing import TYPE_CHECKING

import numpy as np
from rich.markup import escape
from rich.table import Table

from bn.claims.verdict import NEED_NOT_HAVE
from bn.core.answer import LEVEL, interval_of
from bn.core.errors import UnknownNameError
from bn.core.names import plain
from bn.report.text import console
from cpds.knowledge import Knowledge
from cpds.logistic import effect_names, parameter_names
from cpds.priors import Prior, priors
from cpds.records import SCORED_ROLES, Biomarker, Claim, Intervention, Provenance, Source, Variable, provenances

if TYPE_CHECKING:
    from bn.claims import Verdict
    from bn.core.model import Model

ASK = {
    "of one person": "posterior, what_if, rank, sweep, explain, next_test, sensitivity, most_probable, joint, notes",
    "of a table": "score, posterior_array, what_if_frame, columns, validate, update",
    "of the network": "evidence, worth_knowing, mediation, sample, plot, export, to_pgmpy, to_pyagrum",
}
"""Methods that put a question, by what it is about."""


def model_text(model: Model) -> str:
    """Name and answer, contents, and questions, a line each."""
    asked = [f"  {about}: {methods}" for about, methods in ASK.items()]
    return "\n".join([f"<{lead(model)}", f"  {contents(model)}", *asked]) + ">"


def lead(model: Model) -> str:
    """What the model answers, and where it comes from."""
    name, state = model.risk_of
    whom = f"; {model.speaks_for}" if model.population else ""
    return f"RiskModel: the risk is P({name} = {state}); setting '{model.setting}', data {model.knowledge.root}{whom}"


def contents(model: Model) -> str:
    """How much it holds."""
    knowledge = model.knowledge
    variables = knowledge.variables.values()
    draws = max((len(values) for values in model.parameters.values()), default=1) - 1
    return (
        f"{len(variables)} variables ({sum(each.role in SCORED_ROLES for each in variables)} answered), "
        f"{sum(len(each.parents) for each in variables)} arcs, {len(model.parameters)} parameters, {draws} draws, "
        f"{len(knowledge.biomarkers)} biomarkers, {len(knowledge.interventions)} interventions"
    )


def cited_claims(knowledge: Knowledge, ids: Sequence[str]) -> None:
    """Print claims with what they say and where in the review."""
    table = Table("claim", "says", "species", "where in the review", "ref.", "status", box=None, pad_edge=False)
    for name in ids:
        claim = knowledge.claims[name]
        place = f"{claim.section}, lines {claim.lines[0]}-{claim.lines[1]}"
        table.add_row(claim.id, says(claim), claim.species, place, ", ".join(claim.refs), claim.status)
    console().print(table)


def says(claim: Claim) -> str:
    """Subject, relation and object in plain words."""
    return " ".join(part.replace("_", " ") for part in (claim.subject, claim.relation, claim.object))


def claim_table(knowledge: Knowledge, verdicts: Sequence[Verdict], contrary: Sequence[Verdict]) -> None:
    """All verdicts, then their counts, every disagreement with its reason, and the contrary findings."""
    out = console()
    table = Table("claim", "says", "test", "outcome", "change", "reason", box=None, pad_edge=False)
    for verdict in verdicts:
        claim = knowledge.claims[verdict.claim]
        change = "" if verdict.value is None else f"{verdict.value:+.3f}"
        table.add_row(verdict.claim, says(claim), verdict.kind, verdict.outcome, change, escape(verdict.reason))
    out.print(table)
    out.print(f"\n{len(knowledge.claims)} claims, {len(verdicts)} tests: {tally(verdicts)}")
    out.print("\nDisagreements with the review")
    for verdict in verdicts:
        if verdict.outcome == "disagrees":
            out.print(f"  {verdict.claim} {says(knowledge.claims[verdict.claim])}: {escape(verdict.reason)}")
    out.print(f"\nNull and contrary findings of the wider literature: {_counted(contrary, lambda v: v.outcome)}")
    for verdict in contrary:
        out.print(f"  {verdict.claim} {verdict.outcome}: {escape(verdict.reason)}")


def tally(verdicts: Sequence[Verdict]) -> str:
    """What came of the claims, in one line: what was put in, what could have failed and did not, and what failed."""
    found = Counter(verdict.outcome for verdict in verdicts)
    free = ", ".join(f"{found[outcome]} {outcome}" for outcome in NEED_NOT_HAVE)
    return (
        f"{found['fitted']} fitted, {found['by construction']} by construction, "
        f"{sum(found[outcome] for outcome in NEED_NOT_HAVE)} agree and need not have ({free}), "
        f"{found['disagrees']} disagree, {found['lagged']} lagged, {found['not executable']} not executable"
    )


def _counted(verdicts: Sequence[Verdict], key: Callable[[Verdict], str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in Counter(key(v) for v in verdicts).most_common())


def entry(model: Model, name: str) -> None:
    """Whatever goes by that name: variable, biomarker, intervention, source or claim."""
    knowledge = model.knowledge
    found = model.names.find(name) or model.names.latents.get(plain(name))
    if found in knowledge.variables:
        _variable(model, knowledge.variables[str(found)])
    elif found in knowledge.biomarkers:
        _biomarker(knowledge, knowledge.biomarkers[str(found)])
    elif name in knowledge.interventions:
        _intervention(knowledge, knowledge.interventions[name])
    elif name in knowledge.sources:
        _sources(knowledge, [name])
    elif name.upper() in knowledge.claims:
        cited_claims(knowledge, [name.upper()])
    else:
        known = [*model.names.ids, *knowledge.interventions, *knowledge.sources, *knowledge.claims]
        raise UnknownNameError("entry", name, known)


def _variable(model: Model, variable: Variable) -> None:
    knowledge, out = model.knowledge, console()
    out.print(f"\n[bold]{variable.title}[/] ({variable.id}; {variable.role})\n{variable.definition}")
    event = f" {variable.title} stands for {' or '.join(variable.event)}." if variable.event else ""
    out.print(f"States: {', '.join(variable.states)}.{event}" + (f" {variable.note}" if variable.note else ""))
    figures: list[Provenance] = [variable.shares] if variable.shares else []
    if variable.scores and variable.shares:
        scored = zip(variable.states, variable.scores.values, variable.shares.values, strict=True)
        listed = "; ".join(f"{name}: score {score:g}, share {share:g}" for name, score, share in scored)
        out.print(f"Never observed. {listed}.")
        figures.append(variable.scores)
    if variable.intercepts:
        table = Table("number", "odds ratio", "90 % interval", "prior", "basis", "from", box=None, pad_edge=False)
        names = parameter_names(variable)
        rows = list(zip(names, variable.intercepts, strict=False))
        units: dict[str, str] = {}
        known = priors(knowledge)
        for parent in variable.parents:
            effects = effect_names(variable.id, parent)
            rows += list(zip(effects, parent.figures, strict=True))
            unit = f" per {parent.per:g}" if parent.per else ""
            units |= dict.fromkeys(effects, unit)
        for parameter, figure in rows:
            draws = np.exp(model.parameters[parameter])
            low, high = interval_of(draws[1:], LEVEL)
            shown = parameter.partition("|")[2] + units.get(parameter, "")
            table.add_row(
                shown,
                f"{exp(model.parameters[parameter][0]):.2f}",
                f"{low:.2f} to {high:.2f}",
                _prior(known[parameter]),
                figure.basis,
                escape(_from(figure)),
            )
            figures.append(figure)
        out.print("\nLog odds add up; shown as odds (intercept) and odds ratios, posterior mean with interval.")
        out.print(table)
    for parent in variable.parents:
        if parent.claims or parent.note:
            out.print(f"\n[bold]{parent.id} -> {variable.id}[/]" + (f": {escape(parent.note)}" if parent.note else ""))
        if parent.claims:
            cited_claims(knowledge, parent.claims)
    _sources(knowledge, [figure.source for figure in figures if figure.source])


def _prior(prior: Prior) -> str:
    return f"{exp(prior.value):.2f}"


def _from(number: Provenance) -> str:
    """Where a number comes from, in one line."""
    origin = number.source or ""
    if number.locator:
        origin += f", {number.locator}"
    if number.conversion:
        inputs = ", ".join(f"{key}={value:g}" for key, value in number.inputs.items())
        origin += f"; {number.conversion}({inputs})"
    if number.grade:
        origin += f"grade {number.grade}"
    return "; ".join(part for part in (origin, number.why) if part)


def _biomarker(knowledge: Knowledge, marker: Biomarker) -> None:
    out = console()
    out.print(
        f"\n[bold]{marker.title}[/] ({marker.id}) measures {marker.variable}, {marker.tissue}; kind {marker.kind}"
    )
    unit = getattr(marker, "unit", None)
    if unit:
        others = [*getattr(marker, "units", ()), *getattr(marker, "factors", {})]
        low, high = marker.accepted  # type: ignore[union-attr]
        out.print(
            f"Unit {unit}" + (f" (also {', '.join(others)})" if others else "") + f", accepted {low:g} to {high:g}"
        )
    out.print(escape(marker.note.strip()))
    numbers = list(_numbers(marker))
    if marker.panel:
        panel = knowledge.panels[marker.panel]
        out.print(f"\nPanel {panel.id}: {escape(panel.note)}")
        numbers += [(f"panel {key}", shown, number) for key, shown, number in _numbers(panel)]
    table = Table("number", "value", "basis", "from", box=None, pad_edge=False)
    for key, shown, number in numbers:
        table.add_row(key, escape(shown), number.basis, escape(_from(number)))
    out.print(table)
    if marker.claims:
        out.print("")
        cited_claims(knowledge, marker.claims)
    _sources(knowledge, [number.source for _, _, number in numbers if number.source])


def _numbers(record: object) -> Iterable[tuple[str, str, Provenance]]:
    """Numbers inside a record with their keys and how to print them."""
    for path, number in provenances(record):
        value = getattr(number, "value", None)
        parts = [f"{value:g}"] if value is not None else []
        parts += [
            f"{name} {getattr(number, name)}"
            for name in ("where", "center", "sd", "probabilities", "values")
            if getattr(number, name, None)
        ]
        ends = (getattr(number, "low", None), getattr(number, "high", None))
        parts += [f"({ends[0]:g} to {ends[1]:g})"] if None not in ends else []
        yield " ".join(key for key in path if not key.isdigit()), ", ".join(parts), number


def _intervention(knowledge: Knowledge, intervention: Intervention) -> None:
    out = console()
    out.print(f"\n[bold]{intervention.title}[/] ({intervention.id})\n{escape(intervention.note.strip())}")
    table = Table("acts on", "how", "basis", "from", box=None, pad_edge=False)
    for act in intervention.acts:
        how = f"set to {act.set}" if act.set else f"log odds {act.shift.value if act.shift else 0:+}"
        table.add_row(
            act.variable, how, act.shift.basis if act.shift else "", escape(_from(act.shift)) if act.shift else ""
        )
    out.print(table)
    cited_claims(knowledge, intervention.claims)
    shifts = [act.shift.source for act in intervention.acts if act.shift and act.shift.source]
    _sources(knowledge, [*shifts, *intervention.sources])


def _sources(knowledge: Knowledge, ids: Iterable[str]) -> None:
    table = Table("source", "what", "printed", box=None, pad_edge=False)
    table.add_column("where to open it", overflow="fold")
    for name in dict.fromkeys(ids):
        source: Source = knowledge.sources[name]
        what = ", ".join(str(part) for part in (source.authors, source.title, source.year) if part)
        ids = [f"{kind} {value}" for kind, value in (("doi", source.doi), ("PMID", source.pmid)) if value]
        where = "; ".join([*ids, source.address, *(["as tabulated"] if source.tabulated else [])])
        table.add_row(source.id, escape(what), escape(source.printed or ""), escape(where))
    if table.row_count:
        console().print("\nSources")
        console().print(table)
