"""A data folder with a network of three variables, which the synthesis fits in seconds.

One of its two markers, `creak`, is part of a target; `groan` is not.
"""

from pathlib import Path

from bn.synthesis.__main__ import main
from bn.synthesis.settings import Plan
from cpds.knowledge import DATA

EMPTY = ("settings", "panels", "parts", "derivations", "sources", "grades", "definitions", "column_words", "lagged")
TABLES = {
    "claims.tsv": "id\tsection\tsubject\trelation\tobject\tspecies\tkind\tline_from\tline_to\tstatus\tencoded_as\treason",
    "terms.tsv": "term\trefers_to\tsense\tnote",
    "contrary.tsv": "row\tsubject\trelation\tobject\tgiven\tsays",
    "age_figures.tsv": "claim\tbiomarker\tyounger\tolder\tper\tdecades\tlow\thigh\tnote",
}
OF_STUDIES = ("trials.tsv", "associations.tsv", "pending.tsv")
FIGURE = 'basis = "assumed", why = "an example"'
VARIABLES = {
    "age": f"""title = "Age"
role = "root"
states = ["young", "old"]
shares = {{ values = [0.6, 0.4], {FIGURE} }}
""",
    "stiffness": f"""title = "Stiffness"
role = "mechanism"
states = ["absent", "present"]
intercepts = [{{ value = -1.0, spread = 0.5, {FIGURE} }}]
[[parents]]
id = "age"
effects = [{{ value = 1.0, spread = 0.6, {FIGURE} }}]
""",
    "illness": f"""title = "Illness"
role = "outcome"
states = ["absent", "present"]
risk = "present"
intercepts = [{{ value = -1.5, spread = 0.5, {FIGURE} }}]
[[parents]]
id = "stiffness"
sign = "+"
effects = [{{ value = 1.0, spread = 0.5, {FIGURE} }}]
""",
}
MARKER = f"""kind = "ordinal"
title = "A sound"
variable = "stiffness"
tissue = "joint"
direction = "+"
note = "An example."
levels = [
  {{ id = "none", probabilities = [0.8, 0.5], {FIGURE} }},
  {{ id = "loud", probabilities = [0.2, 0.5], {FIGURE} }},
]
"""
TARGETS = f"""[[target]]
id = "ill_young"
use = "fit"
event = {{ illness = "present" }}
given = {{ age = "young" }}
value = 0.25
spread = 0.3
{FIGURE.replace(", ", chr(10))}

[[target]]
id = "ill_by_stiffness"
use = "fit"
event = {{ illness = "present" }}
given = {{ stiffness = "present" }}
versus = {{ stiffness = "absent" }}
value = 1.6
spread = 0.5
{FIGURE.replace(", ", chr(10))}

[[target]]
id = "creaking_old"
use = "fit"
event = {{ creak = "loud" }}
given = {{ age = "old" }}
value = 0.4
spread = 0.3
{FIGURE.replace(", ", chr(10))}

[[target]]
id = "ill_old"
use = "check"
event = {{ illness = "present" }}
given = {{ age = "old" }}
value = 0.4
spread = 0.3
{FIGURE.replace(", ", chr(10))}
"""
BATTERY = """[[battery]]
id = "anybody"
title = "Anybody"

[[battery]]
id = "old"
title = "Old"
findings = { age = "old" }

[[battery]]
id = "groaning"
title = "Young, groaning"
findings = { age = "young", groan = "loud" }

[[battery]]
id = "loosened"
title = "Old, creaking"
findings = { age = "old", creak = "loud" }
do = ["stretching"]
"""
STRETCHING = f"""id = "stretching"
title = "Stretching"
done_by = "person"
note = "An example."
[[acts]]
variable = "stiffness"
shift = {{ value = -1.0, spread = 0.3, {FIGURE} }}
"""


def write_small(root: Path) -> Path:
    """The folder, without a posterior."""
    for folder in ("variables", "biomarkers", "interventions"):
        (root / folder).mkdir(parents=True)
    for name in EMPTY:
        (root / f"{name}.toml").touch()
    headings = {name: (DATA / name).read_text(encoding="utf-8").splitlines()[0] for name in OF_STUDIES}
    for name, heading in (TABLES | headings).items():
        (root / name).write_text(f"{heading}\n", encoding="utf-8")
    for name, text in VARIABLES.items():
        head = f'id = "{name}"\ndefinition = "An example."\n'
        (root / "variables" / f"{name}.toml").write_text(head + text, encoding="utf-8")
    for name in ("creak", "groan"):
        (root / "biomarkers" / f"{name}.toml").write_text(f'id = "{name}"\n{MARKER}', encoding="utf-8")
    (root / "interventions" / "stretching.toml").write_text(STRETCHING, encoding="utf-8")
    (root / "targets.toml").write_text(TARGETS, encoding="utf-8")
    (root / "battery.toml").write_text(BATTERY, encoding="utf-8")
    return root


def rerun(root: Path) -> None:
    """The synthesis of the folder."""
    main(root, Plan(chains=8, draws=400, warmup=200), lambda *_: None)
