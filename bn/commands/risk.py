"""`myorisk risk`: one person."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bn.commands.common import load_model, observations, print_json, with_data, with_findings, with_json
from bn.commands.plotting import draw, with_plot, with_plot_network
from bn.core.posterior import LEVEL
from cpds.notice import NOTE


@click.command()
@with_findings
@with_json
@with_plot
@with_plot_network
@with_data
def risk(
    findings: tuple[str, ...], as_json: bool, plot: Path | None, plot_network: Path | None, data: Path | None
) -> None:
    """Risk of one person, with interval and every mechanism."""
    model = load_model(data)
    post = model.posterior(observations(findings))
    draw(post.plot, plot)
    draw(lambda: model.plot(post), plot_network)
    if as_json:
        print_json(_risk_record(post), model)
        return
    from bn.report.text.risk import risk_table

    risk_table(model, post, NOTE)


def _risk_record(post: Any) -> dict[str, Any]:
    low, high = post.interval()
    frame = post.to_frame()
    return {
        "risk": post.risk,
        "interval": [low, high],
        "level": LEVEL,
        "log_evidence": post.log_evidence,
        "outcomes_measured": list(post.outcomes_measured),
        "notes": [asdict(note) for note in post.notes],
        "posterior": frame.to_dict(orient="records"),
    }
