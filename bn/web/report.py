"""One person on two pages: a self-contained HTML file without scripts, to be read, printed and kept."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

import bn
from bn.core.case import Case
from bn.report.text.definitions import event_in_words
from bn.report.text.knowledge import says
from bn.web.beliefs import Explored
from bn.web.library import population
from bn.web.reading import Described, described
from bn.web.wording import of_100, signed, strip, weights_in_words
from cpds import ABOUT, NOTE
from cpds.logistic import expit
from cpds.records import SCORED_ROLES
from cpds.units import in_words

if TYPE_CHECKING:
    from bn.api import RiskModel

PAGES = Path(__file__).parent / "pages"
TESTS, SUPPORTS, SOURCES, PARAMETERS, INTERVENTIONS = 6, 6, 8, 5, 12
ANYBODY = {"many": "people", "one": "person", "subject": "they", "object": "them", "possessive": "their"}
Json = dict[str, Any]


def report(model: RiskModel, case: Case, made: datetime.date | None = None) -> str:
    """The report of a case as HTML. Raises QuestionError for findings or acts that cannot be."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"of_100": of_100, "signed": signed}
    page = environment.get_template("report.html.jinja")
    return page.render(Report(Explored(model), case).told, made=made or datetime.date.today())


@dataclass(frozen=True)
class Report:
    """The questions that a report answers, each asked once."""

    explored: Explored
    case: Case

    @property
    def model(self) -> RiskModel:
        """The model that is asked."""
        return self.explored.model

    @property
    def told(self) -> Json:
        """All that the page shows."""
        knowledge = self.model.knowledge
        outcome, _ = self.model.risk_of
        posterior = self.model.posterior(self.case.findings, definition=self.case.definition)
        title = knowledge.variables[outcome].title
        return {
            "version": bn.__version__,
            "about": ABOUT,
            "notice": NOTE,
            "stale": self.model.stale,
            "speaks_for": self.model.speaks_for,
            "population": population(knowledge),
            "title": self.case.title,
            "outcome": title[:1].lower() + title[1:],
            "definition": knowledge.variables[outcome].definition,
            "words": self.words,
            "findings": [self._finding(one) for one in self.read[0]],
            "command": " ".join(f"{name}={said}" for name, said in self.case.texts.items()),
            "risk": posterior.risk,
            "interval": posterior.interval(),
            "definitions": [(event_in_words(posterior, one), one) for one in posterior.definitions],
            "notes": [note.text for note in posterior.notes],
            "why": self._why(),
            "beliefs": self._beliefs(posterior),
            "done": self._done(),
            **self._ranked(),
            "next": self._next(),
            "sure": self._sure(),
        }

    @cached_property
    def read(self) -> tuple[list[Described], dict[str, int]]:
        """How the findings were read, and what is certain by them."""
        return described(self.model, self.case.findings)

    @cached_property
    def words(self) -> Mapping[str, str]:
        """How one speaks of people like this one."""
        variables = self.model.knowledge.variables
        for name, at in self.read[1].items():
            words = variables[name].people.get(variables[name].states[at])
            if words:
                return {key: getattr(words, key) for key in ANYBODY}
        return ANYBODY

    def _finding(self, one: Described) -> Json:
        usual = self.explored.ranges.of(one.id, self.read[1])
        return {
            "title": self._named(one),
            "said": self._said(one),
            "value": one.value,
            "variable": self._short(one.variable) if one.variable != one.id else "",
            "usual": usual,
            "unit": in_words(usual.unit) if usual else "",
            "people": self._people(usual.people) if usual else "",
            "axis": usual and one.value is not None and strip(usual.low, usual.high, one.value),
        }

    def _people(self, people: Mapping[str, str]) -> str:
        """Whom a reference is about: women, 60 to 70 years."""
        spoken = {name for name, one in self.model.knowledge.variables.items() if one.people}
        told = [self.words["many"] if spoken & people.keys() else ANYBODY["many"]]
        return ", ".join([*told, *(said for name, said in people.items() if name not in spoken)])

    def _said(self, one: Described) -> str:
        """The finding as it was read, with its unit."""
        if one.value is None:
            return one.state.replace("_", " ") if one.state else weights_in_words(self.case.findings.get(one.name, ""))
        unit = in_words(one.unit or "")
        return f"{one.bound}{one.value:.4g} {unit}".strip()

    def _named(self, one: Described) -> str:
        """What a finding is about; short titles of variables are those of one of their states."""
        return one.title if one.kind == "variable" else self._short(one.id)

    def _short(self, name: str) -> str:
        knowledge = self.model.knowledge
        entry = knowledge.variables.get(name) or knowledge.biomarkers[name]
        return entry.short or entry.title

    def _why(self) -> Json:
        """From anybody to people like this one, and on to this one: what each finding multiplied the odds by."""
        names, read = self.model.names, [one for one in self.read[0] if one.context]
        context = {name for one in read for name in (one.name, *one.parts)}
        whole = self.model.explain(self.case.findings).to_dict()
        about = {name: said for name, said in self.case.findings.items() if context & {name, names.find_part(name)}}
        first = self.model.explain(about).to_dict()["contributions"] if about else []
        second = [row for row in whole["contributions"] if row["in_context"] is not None]
        steps = [
            ("Anybody", whole["before"], []),
            ("Knowing who it is", whole["context"], self._factors(first, "log_odds")),
            ("And what was measured", whole["after"], self._factors(second, "in_context")),
        ]
        return {
            "steps": [
                {"title": title, "risk": float(expit(odds)), "factors": factors}
                for title, odds, factors in steps
                if factors or title == steps[0][0]
            ],
            "widest": max((abs(row["log_odds"]) for row in [*first, *whole["contributions"]]), default=1.0),
            "supports": [self._support(row) for row in whole["supports"][:SUPPORTS]],
            "sources": self._sources(whole["sources"]),
        }

    def _support(self, row: Json) -> Json:
        """An arrow or marker that the answer rests on, and what the first of its claims says."""
        claims = [self.model.knowledge.claims[name] for name in row["claims"]]
        return {
            "title": self._parameter(row["name"]),
            "basis": ", ".join(row["basis"]),
            "times": math.exp(abs(row["weight"])),
            "claim": claims[0] if claims else None,
            "says": says(claims[0]) if claims else "",
            "more": len(claims) - 1,
        }

    def _parameter(self, name: str) -> str:
        """A parameter or marker in words: `Inflammation to Signaling impaired`."""
        child, bar, rest = name.partition("|")
        parent, _, step = rest.partition(":")
        if not bar or parent not in self.model.knowledge.variables:
            return f"{self._short(child)}{': how common' if bar else ''}"
        return f"{self._short(parent)}{f' {step}' if step else ''} to {self._short(child)}"

    def _factors(self, rows: Sequence[Json], key: str) -> list[Json]:
        said = {one.name: f"{self._named(one)} {self._said(one)}" for one in self.read[0]}
        return [
            {"title": said.get(row["finding"], row["finding"]), "log_odds": row[key], "times": math.exp(row[key])}
            for row in sorted(rows, key=lambda row: -abs(row[key]))
        ]

    def _sources(self, weights: Mapping[str, float]) -> list[Json]:
        """The review, and the sources of numbers behind the answer, the heaviest first."""
        known = self.model.knowledge.sources
        reviews = [one for one in known.values() if one.kind == "review"]
        found = [*reviews, *(known[name] for name in weights if name in known and known[name] not in reviews)]
        return [
            {"id": one.id, "about": ", ".join(str(part) for part in (one.authors, one.title, one.year) if part)}
            | {"address": one.address}
            for one in found[:SOURCES]
        ]

    def _beliefs(self, posterior: Any) -> list[Json]:
        variables = self.model.knowledge.variables.values()
        return [
            {
                "title": one.short or one.title,
                "now": posterior.probability(one.id),
                "before": posterior.prior(one.id),
                "interval": posterior.interval(one.id),
                "outcome": one.role == "outcome",
            }
            for one in variables
            if one.role in SCORED_ROLES
        ]

    def _done(self) -> Json | None:
        """Before and after what the case says is to be done."""
        if not self.case.do:
            return None
        found = self.model.what_if(self.case.findings, do=list(self.case.do))
        titles = [one.title for one in found.treatments]
        had = [one.intervention.had if one.intervention and one.dose == 1 else None for one in found.treatments]
        return {
            **found.to_dict(),
            "titles": titles,
            "had": " and ".join(text for text in had if text) if all(had) else "",
            "texts": [note.text for note in found.notes if note not in self.model.notes(self.case.findings)],
        }

    def _ranked(self) -> Json:
        """What people can do or have prescribed, each by itself: the largest changes, and titles of the rest."""
        known = self.model.knowledge.interventions
        offered = [name for name, one in known.items() if one.done_by != "laboratory"]
        rows = self.model.rank(self.case.findings, do=offered).to_dict()["rows"] if offered else []
        shown = sorted(rows, key=lambda row: -abs(row["difference"]))[:INTERVENTIONS]
        return {
            "ranked": [{**row, "by": known[row["intervention"]].done_by} for row in rows if row in shown],
            "unranked": [row["title"] for row in rows if row not in shown],
            "below": min((abs(row["difference"]) for row in shown), default=0),
        }

    def _next(self) -> Json:
        """The most telling tests, those of the outcome itself first."""
        found = self.model.next_test(self.case.findings, threshold=self.case.threshold).to_dict()
        tests = [
            {**test, "title": self._test(test)}
            for measures in (True, False)
            for test in [one for one in found["tests"] if one["measures_outcome"] is measures][: TESTS // 2]
        ]
        return {"tests": tests, "threshold": found["threshold"], "count": len(found["tests"])}

    def _test(self, test: Json) -> str:
        variable = self.model.knowledge.variables.get(test["id"])
        return f"{variable.title} ({test['tissue']})" if variable else self._short(test["id"])

    def _sure(self) -> Json:
        """What the interval rests on, and what the risk would be without a source or with another structure."""
        found = self.model.sensitivity(self.case.findings).to_dict()
        sources = self.model.knowledge.sources
        positive = {name: max(share, 0.0) for name, share in found["bases"].items()}
        total = sum(positive.values()) or 1.0
        return {
            **found,
            "shares": {name: share / total for name, share in positive.items()},
            "parameters": [{**row, "title": self._parameter(row["name"])} for row in found["parameters"][:PARAMETERS]],
            "without": [
                {**one, "title": (sources[one["id"]].title if one["id"] in sources else None) or one["id"]}
                for one in found["sources"][:1]
            ],
        }
