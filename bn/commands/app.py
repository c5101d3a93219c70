"""Every command in its place."""

from __future__ import annotations

import click

from bn import __version__
from bn.commands.columns import columns
from bn.commands.diff import diff
from bn.commands.explore import explore
from bn.commands.knowledge import claims, definitions, export, show
from bn.commands.questions import evidence, explain, mediation, most_probable, next_test, risk, sensitivity
from bn.commands.report import report
from bn.commands.sample import sample
from bn.commands.score import score
from bn.commands.update import populations, update
from bn.commands.validate import validate
from bn.commands.what_if import what_if
from cpds import ABOUT, NOTE


class InOrder(click.Group):
    """Commands listed as they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(self.commands)


app = InOrder(
    "myorisk",
    commands=(
        *(risk, what_if, explain, next_test, sensitivity, most_probable, mediation, score, columns, validate, update),
        *(populations, definitions, sample, evidence, show, claims, diff, report, explore, export),
    ),
    help=f"{ABOUT} {NOTE}",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
click.version_option(__version__, message="%(prog)s %(version)s")(app)
