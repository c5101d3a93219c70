"""`myorisk risk`: one person."""

from __future__ import annotations

from typing import Any

from bn.commands.common import NOTE, AsJson, Data, Findings, observations, print_json
from bn.commands.plotting import Plot, PlotNetwork, draw
from bn.posterior import LEVEL


def risk(
    findings: Findings,
    as_json: AsJson = False,
    plot: Plot = None,
    plot_network: PlotNetwork = None,
    data: Data = None,
) -> None:
    """Risk of one person, with interval and every mechanism."""
    import bn

    model = bn.load(data)
    post = model.posterior(observations(findings))
    draw(post.plot, plot)
    draw(lambda: model.plot(post), plot_network)
    if as_json:
        print_json(_risk_record(post))
        return
    from bn.show.risk import risk_table

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
        "posterior": frame.to_dict(orient="records"),
    }
