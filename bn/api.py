"""RiskModel: the network with its knowledge and parameters, and the questions one puts to it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bn.core.answer import Posterior
from bn.core.errors import QuestionError, StalePosteriorWarning, UnknownNameError
from bn.core.model import changes_since_fit
from bn.people import AboutPeople
from bn.report.registry import register
from bn.tables import AboutTables
from cpds.knowledge import KnowledgeError
from cpds.knowledge import load as load_knowledge
from cpds.populations import Population, every, find
from cpds.posterior import MAIN, read_parameters, reweighting
from cpds.records import Definition

if TYPE_CHECKING:
    import pyagrum
    from pgmpy.models import DiscreteBayesianNetwork

    from bn.questions.forest import Forest
    from bn.questions.mediation import Mediation
    from bn.questions.what_if import WhatIf
    from bn.report.figures.style import Picture
    from bn.revision import Diff
    from bn.revision.worth import WorthKnowing

register()


@dataclass(frozen=True, repr=False)
class RiskModel(AboutPeople, AboutTables):
    """A network ready to be questioned, and the questions: of one person, of a table, of the network itself."""

    def __repr__(self) -> str:
        from bn.report.text.knowledge import model_text

        return model_text(self)

    def _repr_html_(self) -> str:
        from bn.report.html import model_html

        return model_html(self)

    def worth_knowing(self) -> WorthKnowing:
        """Which parameters it would matter most to know exactly, over a battery; see `bn.revision.worth`."""
        from bn.revision.worth import worth_knowing

        return worth_knowing(self)

    def mediation(self, before: Any = None, after: Any = None) -> Mediation:
        """How the effect of the root variable on each outcome splits over what lies between them.

        `before` and `after` are states or ranges of the root, by default its first and last state.
        See `bn.questions.mediation`.
        """
        from bn.questions.mediation import mediation

        return mediation(self, before, after)

    def evidence(self, name: str | None = None) -> Forest:
        """What the network says, by doing or by seeing, beside every trial and study about a name, with their sources.

        `name` is an intervention, a variable or a marker, by id or alias; without one, all studies. Raises
        QuestionError for a name that is not known. See `bn.questions.forest`.
        """
        from bn.questions.forest import evidence

        return evidence(self, name)

    def plot(self, answer: Posterior | WhatIf | None = None) -> Picture:
        """The network as a picture, an answer's beliefs in its nodes (extra `plot`)."""
        from bn.report.figures.network import network

        return network(self, answer)

    def to_pgmpy(self) -> DiscreteBayesianNetwork:
        """The network at the point as a pgmpy `DiscreteBayesianNetwork` with named states."""
        from bn.interop import to_pgmpy

        return to_pgmpy(self.network)

    def to_pyagrum(self) -> pyagrum.BayesNet:
        """The network at the point as a pyAgrum `BayesNet` (extra `export`)."""
        from bn.interop import to_pyagrum

        return to_pyagrum(self.network)

    def export(self, path: Path | str, overwrite: bool = False) -> Path:
        """Write the network at the point for other programs; the suffix says the format."""
        from bn.interop import export

        return export(self.network, path, overwrite=overwrite)


def load(
    root: Path | str | None = None, setting: str = MAIN, *, population: str | Path | Population | None = None
) -> RiskModel:
    """The shipped network, or the one of another data folder.

    `setting` names a structural setting: `main`, or one of the alternatives beside it. `population` names the people
    that answers are for: one that is shipped (`populations`), or the file that an update of the network wrote. Raises
    QuestionError where there is no such folder, KnowledgeError for what cannot be read in it, and for a population that
    is not known, damaged, or of another network. Warns (StalePosteriorWarning) where the
    posterior was fitted to something else than what the folder says now: answers are then those of before, or, where
    nothing but priors changed and the draws suffice, those of draws that are reweighted to the new priors.
    """
    model = _loaded(root, setting)
    if population is not None:
        model = _moved_to(model, population)
    if model.stale:
        warnings.warn(model.stale, StalePosteriorWarning, stacklevel=2)
    return model


def populations(root: Path | str | None = None) -> tuple[Population, ...]:
    """The populations that the knowledge ships, that which the network was fitted to first."""
    return tuple(sorted(every(load_knowledge(root)), key=lambda one: (one.moved, one.name)))


def definitions(root: Path | str | None = None) -> tuple[Definition, ...]:
    """The definitions that answers can be asked by besides the network's own."""
    return tuple(load_knowledge(root).definitions.values())


def diff(old: Path | str | RiskModel, new: Path | str | RiskModel) -> Diff:
    """Whose answers moved from one state of the knowledge to another: data folders, or models that were loaded.

    Instead of a folder, a population can be named, or its file: then it is the shipped network for these people.

    A battery of people and what-ifs (`battery.toml`), every claim and every target. Raises QuestionError where a folder
    does not exist or both are the same, KnowledgeError for what cannot be read, with the folder's name.
    """
    from bn.revision import diff

    return diff(old, new, _folder_or_population)


def _moved_to(model: RiskModel, population: str | Path | Population) -> RiskModel:
    """The model as it speaks for a population, given by name, file, or itself."""
    return model.moved_to(population if isinstance(population, Population) else find(model.knowledge, population))


def _folder_or_population(said: Path | str) -> RiskModel:
    names = {one.name for one in every(load_knowledge())}
    if not Path(said).is_dir() and (str(said) in names or Path(said).is_file()):
        return _moved_to(_loaded(None, MAIN), said)
    return _loaded(said, MAIN)


def _loaded(root: Path | str | None, setting: str) -> RiskModel:
    if root is not None and not Path(root).is_dir():
        raise QuestionError(f"data folder '{root}' does not exist, or is none; expected what cpds/data holds")
    knowledge = load_knowledge(root)
    if setting != MAIN and setting not in knowledge.settings:
        raise UnknownNameError("setting", setting, [MAIN, *knowledge.settings])
    try:
        weights = reweighting(knowledge, setting)
        told = changes_since_fit(knowledge, weights)
        return RiskModel(knowledge, read_parameters(knowledge, setting), setting, told, weights)
    except LookupError:  # ids that lead nowhere: the rules name them all
        from cpds.check import problems

        if found := problems(root):
            raise KnowledgeError(found) from None
        raise
