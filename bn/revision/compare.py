"""Two models compared: the battery, the claims, the targets, and what of the knowledge differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np

from bn.claims import Verdict, execute, execute_contrary
from bn.core.answer import lines
from bn.core.errors import QuestionError
from bn.core.model import SHOWN, Model, Network
from bn.core.names import Names
from bn.core.progress import progress
from bn.revision.battery import Answers, ask, battery, items
from bn.revision.preview import previewed
from bn.revision.result import Diff, MovedAnswer, MovedClaim, MovedTarget, Side, State
from bn.revision.sample import Pair, Sample
from bn.synthesis.targets import Targets
from cpds.differences import differences
from cpds.fitted import bearing_on_answers
from cpds.knowledge import KnowledgeError
from cpds.records import BatteryItem, Target
from cpds.table import Array
from cpds.text import quotable

Verdicts = dict[tuple[str, ...], Verdict]
Said = dict[str, tuple[Target, float, Array]]
Data = Path | str | Model
K = TypeVar("K")
V = TypeVar("V")
FORESEEN = "what a rerun would bring, foreseen by weighing the draws of the other"


def diff(old: Data, new: Data, load: Callable[[Path | str], Model]) -> Diff:
    """See `bn.diff`; `load` makes the model of a folder."""
    folders = [one for one in (old, new) if not isinstance(one, Model)]
    if old is new or (len(folders) == 2 and Path(folders[0]).resolve() == Path(folders[1]).resolve()):
        what = "a model" if isinstance(old, Model) else f"'{quotable(old, 300)}'"
        raise QuestionError(f"{what} is compared with itself; name the data as it was, and the data as it is")
    first, second = (one if isinstance(one, Model) else _of_folder(one, load) for one in (old, new))
    return compare(first, second, (str(folders[0]), str(folders[1])) if len(folders) == 2 else None)


def _of_folder(root: Path | str, load: Callable[[Path | str], Model]) -> Model:
    """The model of a folder, with all read that answers follow from; what is wrong with it names the folder."""
    try:
        model = load(root)
        bearing_on_answers(model.knowledge)
        items(model.knowledge)
    except KnowledgeError as error:
        shown, more = error.problems[:SHOWN], len(error.problems) - SHOWN
        rest = [f"{more} more problems; data in the format of another version cannot be compared"] if more > 0 else []
        raise KnowledgeError([f"{root}: {problem}" for problem in (*shown, *rest)]) from None
    return model


def compare(old: Model, new: Model, names: tuple[str, str] | None = None) -> Diff:
    """Whose answers moved from `old` to `new`, which `names` names; by default the last folder of their data."""
    called = names or _called(old, new)
    weighed = previewed(old, new), previewed(new, old)
    pair = Pair.of(*weighed)
    missing: list[str] = []
    asked = battery(old.knowledge, new.knowledge).values()
    answers: list[MovedAnswer] = []
    with progress("people and what-ifs") as tell:
        for done, item in enumerate(asked):
            tell(done, len(asked))
            answers += _answers(pair, item, ask(pair.old, item), ask(pair.new, item))
    sides = list(zip((pair.old, pair.new), called, strict=True))
    verdicts = [_tried(_verdicts, one, f"claims: {name}", missing) for one, name in sides]
    targets = [_tried(_said, one, f"targets: {name}", missing) for one, name in sides]
    return Diff(
        _side(old, weighed[0], called[0]),
        _side(new, weighed[1], called[1]),
        tuple(differences(bearing_on_answers(old.knowledge), bearing_on_answers(new.knowledge), "", "")),
        tuple(sorted(answers, key=lambda row: -row.size)),
        tuple(_claims(verdicts[0], verdicts[1])) if all(verdicts) else (),
        tuple(sorted(_targets(pair, targets[0], targets[1]), key=lambda row: -row.size)) if all(targets) else (),
        max(map(len, verdicts)) if all(verdicts) else 0,
        {**old.titles, **new.titles},
        tuple(missing),
    )


def _called(old: Model, new: Model) -> tuple[str, str]:
    """The shortest ends of the two folders that differ; with the settings where these do."""
    folders = [one.knowledge.root.resolve().parts for one in (old, new)]
    ends = zip(*map(reversed, folders), strict=False)
    count = next((place for place, (one, other) in enumerate(ends, 1) if one != other), 1)
    setting = [f" ({one.setting})" if old.setting != new.setting else "" for one in (old, new)]
    first, second = (str(Path(*parts[-count:])) + of for parts, of in zip(folders, setting, strict=True))
    return first, second


def _side(model: Model, weighed: Model, name: str) -> Side:
    """What the answers of a model rest on, `weighed` being the same with draws that were weighed for its knowledge."""
    count, found = max(map(len, model.parameters.values())) - 1, weighed.reweighting
    effective = found.effective if found else float(count)
    state: State = "before" if model.stale else "fitted"
    told = model.stale
    if model.reweighting and model.reweighting.trusted:
        state = "reweighted"
    elif found and found.trusted:
        state, told = "foreseen", f"{FORESEEN} ({effective:.0f} effective of {count}); elsewhere {model.stale}"
    elif found and not model.reweighting:
        told += f"; weighing the draws would leave {effective:.0f} effective ones of {count}, too few to trust"
    return Side(name, state, told, count, effective)


def _answers(pair: Pair, item: BatteryItem, before: Answers | str, after: Answers | str) -> Iterator[MovedAnswer]:
    """A row for each answer that either side has; one that neither has is a row of its own."""
    model = pair.new.model
    why = "; ".join(
        f"{side}: {quotable(told, 300)}" for side, told in (("old", before), ("new", after)) if isinstance(told, str)
    )
    old, new = ({} if isinstance(one, str) else one for one in (before, after))
    for variable in dict.fromkeys([*new, *old]) or [model.risk_of[0]]:
        known = next(one for one in (model, pair.old.model) if variable in one.knowledge.variables).knowledge.variables
        event = (model.risk_of[1],) if variable == model.risk_of[0] else known[variable].event_states
        name = lines(known[variable].title, known[variable].states, event, model.risk_of[1])[0].name
        both = variable in old and variable in new
        lacking = [
            f"{side}: {'given by the findings' if variable in one.model.knowledge.variables else 'no such variable'}"
            for side, one, found in (("old", pair.old, old), ("new", pair.new, new))
            if variable not in found
        ]
        yield MovedAnswer(
            float(old[variable][0]) if variable in old else None,
            float(new[variable][0]) if variable in new else None,
            pair.error(old[variable], new[variable]) if both else None,
            item.id,
            item.title,
            item.do,
            variable,
            name,
            variable == model.risk_of[0],
            why=why or "; ".join(lacking),
        )


def _tried(ask: Callable[[Sample], dict[K, V]], sample: Sample, what: str, missing: list[str]) -> dict[K, V]:
    """What is asked, or nothing, and why in `missing`: data may lack the files, or name what is not there."""
    try:
        return ask(sample)
    except (KnowledgeError, QuestionError, LookupError) as error:
        problem = repr(error) if isinstance(error, LookupError) else str(error).partition("\n")[0]
        missing.append(f"{what}: {quotable(problem, 200)}")
        return {}


def _verdicts(sample: Sample) -> Verdicts:
    model = sample.model
    found: Verdicts = {}
    for one in (*execute(model.network, model.knowledge), *execute_contrary(model.network, model.knowledge)):
        alike = sum(key[:3] == (one.claim, one.kind, one.pointer) for key in found)
        found[one.claim, one.kind, one.pointer, str(alike)] = one
    return found


def _claims(old: Verdicts, new: Verdicts) -> Iterator[MovedClaim]:
    """Verdicts that are another, are new, or are gone; what is not executed on either side left out."""
    for key in dict.fromkeys([*new, *old]):
        before, after = old.get(key), new.get(key)
        was, now = (str(one.outcome) if one else "" for one in (before, after))
        shown = after or before
        if shown is not None and was != now:
            values = (before.value if before else None, after.value if after else None)
            yield MovedClaim(shown.claim, shown.pointer, shown.question, was, now, values, shown.reason)


def _said(sample: Sample) -> Said:
    """Each target, what it wants in log odds, and what the network says: axis (point and chosen draws)."""
    model = sample.model
    parameters = {name: values[sample.chosen] for name, values in model.parameters.items()}
    asked = Targets(Names(model.knowledge), model.network, tuple(model.knowledge.targets.values()))
    said = asked.evaluate(Network.build(model.knowledge, parameters))
    return {
        target.id: (target, float(wanted), row)
        for target, wanted, row in zip(asked.targets, asked.wanted, said, strict=True)
    }


def _targets(pair: Pair, old: Said, new: Said) -> Iterator[MovedTarget]:
    for name in dict.fromkeys([*new, *old]):
        before, after = old.get(name), new.get(name)
        residuals = [None if one is None else (one[2] - one[1]) / one[0].spread for one in (before, after)]
        first, second = residuals
        yield MovedTarget(
            None if first is None else float(first[0]),
            None if second is None else float(second[0]),
            None if first is None or second is None else pair.error(np.asarray(first), np.asarray(second)),
            name,
            (after or before)[0].use,  # type: ignore[index]  # one of the two has it
            (before and float(before[2][0]), after and float(after[2][0])),
            (before and before[1], after and after[1]),
            why="" if before and after else "no such target " + ("after" if before else "before"),
        )
