"""Changes to a copy of the data folder: a latent cause of the shipped mechanisms, and steps with effects of their own."""

from collections.abc import Iterable
from pathlib import Path

LATENT = """id = "susceptibility"
title = "Susceptibility"
role = "latent"
states = ["low", "middle", "high"]
definition = "What is given for life."
shares = { values = [0.25, 0.5, 0.25], basis = "assumed", why = "a test" }
scores = { values = [-1, 0, 1], basis = "assumed", why = "a test" }
"""

LOADING = '{ basis = "assumed", value = 1.0, spread = 0.7, why = "a test" }'

LOADED = (
    *("mitochondrial_dysfunction", "intramyocellular_lipid", "ptp1b_excess", "er_stress", "oxidative_stress"),
    *("nfkb_activation", "jnk_activation", "inflammation", "insulin_signaling_impairment", "insulin_resistance"),
    "dysglycemia",
)
"""Variables of the shipped network that a shared cause may load on."""


def add_latent(data: Path, children: Iterable[str] = LOADED) -> None:
    """A latent variable with a loading of 1 on each of the children."""
    (data / "variables" / "susceptibility.toml").write_text(LATENT, encoding="utf-8")
    for child in children:
        path = data / "variables" / f"{child}.toml"
        arc = f'\n[[parents]]\nid = "susceptibility"\nsign = "+"\neffects = [{LOADING}]\n'
        path.write_text(path.read_text(encoding="utf-8") + arc, encoding="utf-8")


GRADED = """
link = "sequential"
[[intercepts]]
basis = "assumed"
value = -3.0
spread = 1.0
why = "a test"

[[intercepts]]
basis = "assumed"
value = -2.0
spread = 1.0
why = "a test"

[[parents]]
id = "age"
knots = [20.0, 45.0, 90.0]
per = 10.0
[parents.effects]
impaired = [
  { basis = "assumed", value = 0.5, spread = 0.4, why = "a test" },
  { basis = "assumed", value = 0.3, spread = 0.4, why = "a test" },
]
diabetes = [
  { basis = "assumed", value = 0.1, spread = 0.4, why = "a test" },
  { basis = "assumed", value = 0.4, spread = 0.4, why = "a test" },
]
"""
