"""What the README shows of the command line is what the commands print, and what it counts is there."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bn.synthesis.fit import Problem
from bn.synthesis.report import basis_counts
from cpds.check_numbers import numbers
from cpds.knowledge import load

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```\n\$ myorisk (.+)\n((?:.+\n)+?)```", README, flags=re.MULTILINE)
MESSY = """id;age;Sex;CRP [mg/dL];grip;hba1c;notes
1;68;f;0,41;19,5;6,1;"two
lines"
2;300;m;0,2;40;5,5;
3;50;f;abc;30;5,2;
4;41
"""


def test_the_readme_shows_commands() -> None:
    assert len(SHOWN) >= 5


def words(line: str) -> str:
    return " ".join(line.split())


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=[command.split()[0] for command, _ in SHOWN])
def test_every_line_shown_is_printed_in_its_order(command: str, shown: str, tmp_path: Path) -> None:
    """Lines may be left out, columns be narrower, and last columns be missing."""
    (tmp_path / "messy.csv").write_text(MESSY, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bn", *command.split()],
        cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False, env={"COLUMNS": "120"},
    )  # fmt: skip
    printed, missing = [words(line) for line in (done.stdout + done.stderr).splitlines()], []
    for line in shown.splitlines():
        place = next((place for place, one in enumerate(printed) if one.startswith(words(line))), None)
        if place is None:
            missing.append(line)
        else:
            del printed[: place + 1]
    said = "\n".join(["the README shows, and the command does not print in this order:", *missing, "", "it prints:"])
    assert missing == [], f"{said}\n{done.stdout}{done.stderr}"


def test_the_table_of_bases_counts_the_numbers_of_the_knowledge() -> None:
    knowledge = load()
    network, everywhere = basis_counts(Problem.of(knowledge)), Counter(one.basis for _, one in numbers(knowledge))
    expected = [f"| `{basis}` | {_share(network, basis)} | {_share(everywhere, basis)} |" for basis in everywhere]
    missing = [line for line in expected if line not in README.splitlines()]
    assert missing == [], "put into the README:\n" + "\n".join(missing)


def _share(counts: Counter[str], basis: str) -> str:
    return f"{counts[basis]} of {counts.total()} ({counts[basis] / counts.total():.0%})"
