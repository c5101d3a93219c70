"""The report of a synthesis: what was wanted, what was got, what moved, what stays undecided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from bn.core.heading import variable_weights
from bn.core.model import Network
from bn.synthesis.diagnostics import LEAST_SIZE, MOST_RHAT, Diagnostics, Worst
from bn.synthesis.findings import SignSupport, exposure_effect
from bn.synthesis.fit import Problem
from bn.synthesis.report_studies import loading_rows, study_rows
from bn.synthesis.run import Run
from bn.synthesis.targets import Targets
from cpds.logistic import expit
from cpds.records import Target, Variable
from cpds.table import Array

DECIDED_BY_DATA = 0.8


def write_report(runs: Mapping[str, Run], signs: Sequence[SignSupport]) -> str:
    """The whole report as Markdown."""
    main = runs["main"]
    parts = [
        "# Report of the synthesis",
        "Written by `python -m bn.synthesis`; do not edit. "
        "Intervals are 90 %, over the draws, conditional on this structure.",
        "## Sampler",
        _sampler(runs),
        _basis(main),
        "## Targets\n\nFitted ones pull the parameters; checks are reported only. "
        "Residuals are in units of the target's spread.",
        _target_table(main.problem.targets, main.fitted),
        "### Checks",
        _target_table(main.problem.checks, main.checked),
        "## Studies",
        *_section(study_rows(main)),
        _conflicts(main),
        f"## How {_contrast(main.problem)[0].title.lower()} reaches the outcomes",
        _routes(runs),
        "## Parameters\n\nLog odds. *Moved* is the distance from the prior mean in prior SDs. "
        f"*Decided by*: the targets where they cut the prior's SD to less than {DECIDED_BY_DATA:g} of itself "
        "or move its mean by more than one SD, else the prior.",
        _parameter_table(main),
        "## Shared causes",
        *_section(loading_rows(main)),
        "## Signs\n\nRefitted with priors that do not know the sign: what the targets alone say of each asserted arc.",
        _sign_table(signs),
        "## Structural settings",
        _settings(runs),
    ]
    return "\n\n".join(parts) + "\n"


def _section(parts: tuple[str, Sequence[str], Sequence[Sequence[object]]]) -> tuple[str, str]:
    return parts[0], table(parts[1], parts[2])


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def sampler_table(diagnostics: Mapping[str, Diagnostics]) -> str:
    """How each setting was sampled, and the parameters that are worst off."""
    header = ["setting", "chains", "warm-up", "draws each", "accepted", "taken", "divergences", "gradients a draw"]
    header += ["core minutes", "largest R-hat", "least bulk size", "least tail size", "by weight"]
    rows = [
        (
            *(name, found.chains, found.warmup, found.draws),
            *(f"{found.accepted:.2f}", f"{found.taken:.2f}", found.divergences),
            *(f"{found.leapfrogs:.1f}", f"{found.seconds / 60:.0f}"),
            *(_worst(found.rhat, ".4f"), _worst(found.bulk, ".0f"), _worst(found.tail, ".0f"), _weighted(found)),
        )
        for name, found in diagnostics.items()
    ]
    return table(header, rows)


def _weighted(found: Diagnostics) -> str:
    if not found.weighted:
        return "sampled"
    return f"{found.weighted.effective:.0f} draws, shape {found.weighted.shape:.2f}"


def _worst(found: Worst, form: str) -> str:
    return f"{found.value:{form}} ({parameter_name(found.parameter)})"


def _sampler(runs: Mapping[str, Run]) -> str:
    late = [name for name, run in runs.items() if not run.diagnostics.converged]
    bounds = f"R-hat below {MOST_RHAT:g} and effective sizes above {LEAST_SIZE:g}"
    verdict = f"**Not every parameter has {bounds}: {', '.join(late)}.**" if late else f"Every parameter has {bounds}."
    costs = ", ".join(f"{name} {run.mode.cost:.1f}" for name, run in runs.items() if run.mode)
    explained = (
        "Hamiltonian Monte Carlo from starts wider than the posterior. All settings are drawn from one sample, under "
        "priors that hold each setting's, by weight: the effective number of the weights alone and their Pareto shape "
        "(below 0.7 weights can be trusted) stand in the last column, and the effective sizes, each with the parameter "
        "that is worst off, count weights and likeness of draws in a row together, by ArviZ. The rank-normalized split "
        f"R-hat is that of the sample. Of these draws {len(runs['main'].parameters[0]) - 1}, evenly spread, are "
        "shipped. *Accepted* is the mean probability with which Metropolis's rule takes a trajectory, *taken* that "
        "with which it takes all those of a draw once the studies were asked; *divergences* are trajectories whose "
        "energy was lost. "
        f"{verdict} "
        f"Sum of squares at the mode: {costs}."
    )
    return explained + "\n\n" + sampler_table({name: run.diagnostics for name, run in runs.items()})


def parameter_name(name: str) -> str:
    """As a table can hold it."""
    return f"`{name.replace('|', ' <- ')}`"


def basis_counts(problem: Problem) -> Counter[str]:
    """How many parameters rest on each basis."""
    return Counter(prior.figure.basis for prior in problem.priors.values())


def _basis(run: Run) -> str:
    counts = basis_counts(run.problem)
    total = sum(counts.values())
    shares = ", ".join(f"{name} {count} ({count / total:.0%})" for name, count in counts.most_common())
    return f"**Basis of the {total} parameters:** {shares}."


def _target_table(targets: Targets, said: Array) -> str:
    rows = []
    for row, target in enumerate(targets.targets):
        low, high = np.quantile(said[row, 1:], [0.05, 0.95])
        residual = (said[row, 0] - targets.wanted[row]) / target.spread
        unit = "log odds ratio" if target.versus is not None else "probability"
        wanted = f"{target.value:.2f}" if target.versus is not None else f"{target.value:.3f}"
        rows.append(
            (
                target.id,
                unit,
                wanted,
                f"{target.spread:.2f}",
                _shown(target, said[row, 0]),
                f"{_shown(target, low)} to {_shown(target, high)}",
                f"{residual:+.1f}",
                target.basis,
            )
        )
    return table(["target", "as", "wanted", "spread (log odds)", "got", "interval", "residual", "basis"], rows)


def _shown(target: Target, log_odds: float) -> str:
    """A value on the target's own scale."""
    return f"{log_odds:.2f}" if target.versus is not None else f"{expit(np.array(log_odds)):.3f}"


def _conflicts(run: Run) -> str:
    residuals = (run.fitted[:, 0] - run.problem.targets.wanted) / run.problem.targets.spreads
    missed = [f"{t.id} ({r:+.1f})" for t, r in zip(run.problem.targets.targets, residuals, strict=True) if abs(r) > 2]
    moved = [
        f"{name} ({distance:+.1f})"
        for name, distance in zip(run.problem.priors, run.moved, strict=True)
        if abs(distance) > 2
    ]
    return (
        "### Conflicts\n\nTargets missed by more than two spreads: "
        + (", ".join(missed) or "none")
        + ".\n\nParameters pulled more than two prior SDs: "
        + (", ".join(moved) or "none")
        + "."
    )


def _parameter_table(run: Run) -> str:
    rows = []
    for row, (name, prior) in enumerate(run.problem.priors.items()):
        draws = run.parameters[row, 1:]
        low, high = np.quantile(draws, [0.05, 0.95])
        ratio = float(draws.std() / prior.deviation)
        decided = "targets" if ratio < DECIDED_BY_DATA or abs(run.moved[row]) > 1 else "prior"
        rows.append(
            (
                parameter_name(name),
                prior.figure.basis,
                f"{prior.mean:.2f} ± {prior.deviation:.2f}",
                f"{run.parameters[row, 0]:.2f}",
                f"{low:.2f} to {high:.2f}",
                f"{run.moved[row]:+.1f}",
                f"{ratio:.2f}",
                decided,
            )
        )
    return table(["parameter", "basis", "prior", "posterior", "interval", "moved", "SD ratio", "decided by"], rows)


def _sign_table(signs: Sequence[SignSupport]) -> str:
    counts = Counter(sign.verdict for sign in signs)
    ordered = sorted(signs, key=lambda sign: -sign.estimate / sign.deviation)
    rows = [(parameter_name(s.name), f"{s.estimate:+.2f}", f"{s.deviation:.2f}", s.verdict) for s in ordered]
    summary = ", ".join(f"{counts[name]} {name}" for name in ("supported", "undecided", "contradicted"))
    return f"{summary}.\n\n" + table(["arc", "estimate along the asserted sign", "SD", "targets say"], rows)


def _routes(runs: Mapping[str, Run]) -> str:
    rows = []
    for run in runs.values():
        for outcome, routes in root_routes(run.network, run.problem).items():
            total = routes.pop("total")
            for route, values in routes.items():
                least, most = np.quantile(values[1:], [0.05, 0.95])
                rows.append(
                    (
                        run.name,
                        outcome,
                        f"{100 * total[0]:.1f}",
                        route,
                        f"{100 * values[0]:.1f}",
                        f"{100 * least:.1f} to {100 * most:.1f}",
                    )
                )
    root, (low, high) = _contrast(runs["main"].problem)
    explained = (
        f"Change of the probability, in points, when {root.title.lower()} moves from `{low}` to `{high}`: in all, and "
        "through one route while its other children stay as they were. "
        "*Mechanisms* is every mechanism and signaling variable."
    )
    return explained + "\n\n" + table(["setting", "outcome", "total", "route", "through it", "interval"], rows)


def _contrast(problem: Problem) -> tuple[Variable, tuple[str, str]]:
    """The root that is moved, and from where to where."""
    root = next(one for one in problem.knowledge.variables.values() if one.role == "root")
    return root, root.contrast.report if root.contrast else (root.states[0], root.states[-1])


def root_routes(network: Network, problem: Problem) -> dict[str, dict[str, Array]]:
    """For each outcome: points that move from one end of the root's contrast to the other, in all and by route."""
    variables = problem.knowledge.variables
    root, ends = _contrast(problem)
    low, high = (network.tables[root.id].values[:, 0] * variable_weights(root, end) for end in ends)
    roles = {name: variable.role for name, variable in variables.items()}
    routes = {
        "mechanisms": [name for name, role in roles.items() if role in ("mechanism", "signaling")],
        "context": [name for name, role in roles.items() if role == "context"],
        "direct": [name for name, role in roles.items() if role == "outcome"],
    }
    found = {}
    for outcome in (name for name, role in roles.items() if role == "outcome"):
        event = outcome, variables[outcome].indices()
        shift = exposure_effect(network, root.id, low / low.sum(), high / high.sum(), event, routes)
        found[outcome] = {"total": shift.high - shift.low} | {
            name: value - shift.low for name, value in shift.through.items()
        }
    return found


def _settings(runs: Mapping[str, Run]) -> str:
    fitted = {name: run.fitted for name, run in runs.items()}
    checked = {name: run.checked for name, run in runs.items()}
    rows = []
    for values, targets in ((fitted, runs["main"].problem.targets), (checked, runs["main"].problem.checks)):
        for row, target in enumerate(targets.targets):
            shown = [values[name][row, 0] for name in runs]
            spread = max(shown) - min(shown)
            if spread > 0.1:
                texts = [_shown(target, value) for value in shown]
                rows.append((target.id, *texts))
    return "Targets and checks that differ by more than 0.1 in log odds between the settings.\n\n" + table(
        ["target", *runs], rows
    )
