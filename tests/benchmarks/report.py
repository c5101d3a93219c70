"""One table of everything that was measured, for the terminal and for the README, and the machine it ran on."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

LIBRARIES = ("myorisk", "numpy", "pandas", "pyarrow", "pyagrum", "pgmpy", "nbn", "torch")
HEADERS = ("measured", "on", "result", "compared")
WIDTH = 130


@dataclass
class Report:
    """Rows under headings, and notes that explain them."""

    sections: dict[str, list[tuple[str, str, str, str]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, section: str, measured: str, on: str, result: str, compared: str = "") -> None:
        """One more row of a section, shown at once so that a long run can be followed."""
        self.sections.setdefault(section, []).append((measured, on, result, compared))
        Console(stderr=True).print(f"{section}: {measured}, {on}: {result} {compared}", style="dim", markup=False)

    def print(self) -> None:
        """The table on the terminal."""
        table = Table(*HEADERS)
        for column in (1, 2):
            table.columns[column].justify = "right"
        for section, rows in self.sections.items():
            table.add_section()
            table.add_row(Text(section, "bold"))
            for row in rows:
                table.add_row(*(Text(cell.replace("`", "")) for cell in row))
        console = Console()
        console = console if console.is_terminal else Console(width=WIDTH)
        console.print(table)
        for line in (*self.notes, f"{machine()}."):
            console.print(line.replace("`", ""), markup=False, highlight=False)

    def markdown(self) -> str:
        """The table for a README."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"| {' | '.join(HEADERS)} |"
        yield f"|{' --- |' * len(HEADERS)}"
        for section, rows in self.sections.items():
            yield f"| **{section}** | | | |"
            for row in rows:
                yield f"| {' | '.join(row)} |"
        yield ""
        yield from self.notes
        yield f"Medians of one run on {machine()}."


def per_second(rate: float) -> str:
    """Rows per second to three digits."""
    return f"{float(f'{rate:.3g}'):,.0f} rows/s"


def machine() -> str:
    """Processor, cores, memory, and versions."""
    model = platform.processor() or platform.machine()
    memory = ""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        memory = f", {total / 2**30:.0f} GiB of memory"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores{memory}, {platform.system()}, Python {platform.python_version()}, {_versions()}"


def _versions() -> str:
    found = []
    for library in LIBRARIES:
        with suppress(PackageNotFoundError):
            found.append(f"{library} {version(library)}")
    return ", ".join(found)
