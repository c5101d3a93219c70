"""The network from causes down to outcomes: beliefs in its nodes, odds ratios as the weight of its arcs."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

import numpy as np

from bn.core.answer import Posterior
from bn.core.arcs import Arc, arcs_of
from bn.questions.what_if.result import WhatIf
from bn.report.figures.graph import HEIGHT, TALL_ROW, WIDE, Belief, draw_arcs, draw_key, draw_node
from bn.report.figures.layout import layout
from bn.report.figures.person import finding
from bn.report.figures.style import GIVEN, GRAY, Picture, folded, styled
from bn.report.figures.what_if import done
from cpds.records import LATENT
from cpds.text import mid

if TYPE_CHECKING:
    from bn.core.model import Model

LANE, GAP, MARGIN = 0.08, 0.08, 0.1


def network(model: Model, answer: Posterior | WhatIf | None = None) -> Picture:
    """The network, with what `answer` believes: against the prior, or after interventions against before."""
    variables = model.knowledge.variables
    parents = {name: [parent.id for parent in variable.parents] for name, variable in variables.items()}
    plan = layout(parents, WIDE, LANE, GAP)
    sides = [(at, (WIDE if plan.layer[name] == layer else LANE) / 2) for (name, layer), at in plan.across.items()]
    left, right = min(at - half for at, half in sides), max(at + half for at, half in sides)
    deep = max(plan.layer.values())
    arcs = arcs_of(model)
    found = {name: one for name, one in beliefs(answer).items() if variables[name].role != LATENT}
    title = _title(model, arcs, answer)
    caption = _caption(model, answer)
    width = right - left + 2 * MARGIN
    with styled():
        head = folded(title, (width - 2 * MARGIN) * 12.3)
        foot = folded(caption, (width - 2 * MARGIN) * 17)
        over = 0.25 + 0.18 * (head.count("\n") + 1)
        under = 0.62 + 0.135 * (foot.count("\n") + 1)
        height = deep * TALL_ROW + HEIGHT + over + under
        picture = Picture(figsize=(width, height))
        axes = picture.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(left - MARGIN, right + MARGIN)
        axes.set_ylim(-deep * TALL_ROW - HEIGHT / 2 - under, HEIGHT / 2 + over)
        axes.text(left, HEIGHT / 2 + over - 0.08, head, va="top", fontsize=10, fontweight="bold")
        axes.text(left, -deep * TALL_ROW - HEIGHT / 2 - under + 0.06, foot, va="bottom", fontsize=7.5, color=GRAY)
        draw_arcs(axes, arcs, plan)
        for name, variable in variables.items():
            place = (plan.across[name, plan.layer[name]], -plan.layer[name] * TALL_ROW)
            draw_node(axes, variable, place, found.get(name), model.risk_of[1])
        draw_key(axes, left, -deep * TALL_ROW - HEIGHT / 2 - 0.3)
    return picture


def beliefs(answer: Posterior | WhatIf | None) -> dict[str, Belief]:
    """Probability of each state now and before, by variable."""
    if answer is None:
        return {}
    if isinstance(answer, Posterior):
        before, now = answer.priors, answer.posteriors
    else:
        before, now = answer.before, answer.after
    return {name: Belief(np.asarray(now[name])[:, 0], np.asarray(before[name])[:, 0]) for name in answer.states}


def _title(model: Model, arcs: list[Arc], answer: Posterior | WhatIf | None) -> str:
    variables = model.knowledge.variables
    if isinstance(answer, WhatIf):
        risk = mid(variables[model.risk_of[0]].title)
        return f"{done(answer)}: {risk} {answer.risk_before:.2f} before, {answer.risk_after:.2f} after"
    if isinstance(answer, Posterior):
        return finding(answer)
    first = max(arcs, key=lambda arc: (arc.asserted, abs(arc.size)))
    named = f"{mid(variables[first.parent].title)} to {mid(variables[first.child].title)}"
    among = "of those that the review asserts, " if first.asserted else ""
    found = f"{among}{named} is the strongest, odds ratio {exp(first.size):.1f}"
    return f"{len(variables)} variables, {len(arcs)} arcs; {found}"


def _caption(model: Model, answer: Posterior | WhatIf | None) -> str:
    variables = model.knowledge.variables.values()
    told = ""
    if answer is not None:
        then = "before the intervention" if isinstance(answer, WhatIf) else "knowing the context only"
        graded = [each for each in variables if len(each.event_states) > 1]
        events = "".join(f", of {mid(each.title)} {' or '.join(each.event_states)}" for each in graded)
        told = f"Bars and numbers: probability of the last state{events}, in brackets its change; ticks: {then}. "
    ovals = "Dotted ovals: causes that nobody measured. " if any(each.role == LATENT for each in variables) else ""
    return (
        f"{told}Lines: odds ratio over the whole range of the parent, at the posterior mean. Dashed boxes: who a "
        f"person is; thick ones: outcomes. {ovals}{GIVEN}."
    )
