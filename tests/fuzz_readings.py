"""Cells and headers made up by a grammar of units, numbers and slips; `python tests/fuzz_readings.py SECONDS` runs on.

Whatever stands in a cell is a value or a clear error, soon, and the same for one person, in a frame and in a file.
"""

import gc
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

import cpds
from bn.cohort.files.places import Options
from bn.cohort.files.text_records import LONGEST as RECORD
from bn.cohort.files.text_source import open_text
from bn.cohort.reading.cells import Cells
from bn.cohort.reading.columns import read_columns
from bn.cohort.reading.headings import Headings
from bn.cohort.reading.unread import known_headings
from bn.core.errors import QuestionError
from bn.core.heading import Heading
from bn.core.names import Names
from bn.core.observe import MISSING
from cpds.records import Ordinal, Quantity
from cpds.unit_grammar import NAMES as UNITS
from cpds.units import ReadingError, accepted_units

NAMES = Names(cpds.load())
SLOWEST, LONGEST = 0.05, 400
KINDS = ["hba1c", "hscrp", "homa_ir", "fasting_insulin", "fasting_glucose", "bmi", "grip_strength", "vo2max"]
KINDS += ["ohdg8", "mda", "gait_speed", "p62", "diagnosed_diabetes", "age", "adiposity", "sex", "inflammation"]
JOINS = ["*", "/", "/", "/", ".", " ", "·", "⋅", "**", "^", " per ", "", " / ", "/(", "%", "-"]
POWERS = ["", "", "", "2", "-1", "²", "⁻¹", "**2", "^2", "^-1", "^^2", "**9**9**9", "99", "1e9", "(2)", "+1"]
SLIPS = [
    "+",
    "!",
    "\x1b[31m",
    "\n",
    "\t",
    "\x00",
    "µ",
    "μ",
    "]",
    "[",
    "(",
    ")",
    "{",
    "}",
    "'",
    '"',
    "_",
    "e",
    "٣",
    "∞",
    " ",
]
ODD = ["", "nan", "inf", "-inf", "infinity", "1e400", "-1e400", "0x10", "1_000", "١٢", "--5", "+-5", "4.1e", "5 5", "∞"]
ODD += ["1.234,56", "1'234.5", "1 234,5", "1,050", "1.050.000", "½", "²", "1e-400", "00012", ".5", "5.", "1e5", "True"]
NONSENSE = ["rad", "sr", "ppm", "dB", "count", "degC", "delta_degC", "Np", "kat", "furlong", "__class__", "lambda", "1"]


def a_unit(dice: random.Random, header: str) -> str:
    """A declared unit in some spelling, or names joined at random."""
    if dice.random() < 0.6:
        known = NAMES.knowledge.biomarkers.get(header)
        unit = dice.choice(accepted_units(known) if isinstance(known, Quantity) else ("year", "kg/m2"))
        for _ in range(dice.randrange(3)):
            old, new = dice.choice(
                [
                    ("/", " / "),
                    ("/", "·"),
                    ("u", "µ"),
                    ("2", "²"),
                    ("m2", "m^2"),
                    ("/L", " L-1"),
                    ("/mol", " mol⁻¹"),
                    ("L", "l"),
                ]
            )
            unit = unit.replace(old, new)
        return dice.choice([str, str.upper, str.lower, str.title])(unit)
    names = [dice.choice([*UNITS, *NONSENSE]) + dice.choice(POWERS) for _ in range(dice.randrange(1, 5))]
    return "".join(name + dice.choice(JOINS) for name in names[:-1]) + names[-1]


def a_number(dice: random.Random, header: str) -> str:
    """A number in some writing, or something that looks like one."""
    if dice.random() < 0.25:
        return dice.choice(ODD)
    known = NAMES.knowledge.biomarkers.get(header)
    low, high = known.accepted if isinstance(known, Quantity) and dice.random() < 0.7 else (0.001, 10_000)
    number = low * (high / low) ** dice.random()
    return dice.choice(
        [f"{number:.1f}", f"{number:.0f}", f"{number:.3e}", repr(number), f"{number:,.2f}", f"{number:.85f}"]
    )


def a_cell(dice: random.Random, header: str) -> str:
    """What may stand in a cell under a header."""
    kind = dice.random()
    if kind < 0.1:
        entry = NAMES.knowledge.biomarkers.get(header) or NAMES.knowledge.variables[header]
        words = (
            [level.id for level in entry.levels]
            if isinstance(entry, Ordinal)
            else getattr(entry, "states", ("yes", "no"))
        )
        cell = dice.choice([*words, "yes", "0", "1.0", "present", "F"])
    elif kind < 0.2:
        cell = f"[{a_number(dice, header)}, {a_number(dice, header)} {a_unit(dice, header)})"
    else:
        sign = dice.choice(["", "", "", "<", "<=", ">", "≥", "> ", "~", "+", "-"])
        cell = (
            f"{sign}{a_number(dice, header)}{dice.choice(['', ' ', chr(160)])}{dice.choice(['', a_unit(dice, header)])}"
        )
    for _ in range(dice.choice([0, 0, 0, 1, 2])):
        place = dice.randrange(len(cell) + 1)
        cell = cell[:place] + dice.choice(SLIPS) + cell[place + dice.randrange(2) :]
    return cell * dice.choice([20, 1000, 20000]) if dice.random() < 0.01 else cell


def a_header(dice: random.Random) -> str:
    """A name with a unit in brackets, some of them odd or very long."""
    name = dice.choice(KINDS)
    unit = a_unit(dice, name) + dice.choice(["", "", "", *SLIPS])
    header = name + dice.choice([" [{}]", "({})", " [{}", "_{}", " {{{}}}"]).format(unit)
    return header * dice.choice([50, 5000]) if dice.random() < 0.02 else header


def outcome(ask, given: str):
    """What one call gives: a value, or an error that is clear; complains of anything else, and of a slow answer."""
    gc.disable()  # what others left behind is not this call's time
    start = time.thread_time()
    try:
        found = ask(given)
    except (QuestionError, ReadingError) as error:
        text = str(error)
        assert len(text) <= LONGEST, (given[:100], text)
        assert text.isprintable(), (given[:100], text)
        found = error
    passed = time.thread_time() - start
    gc.enable()
    assert passed < SLOWEST, (given[:100], passed)
    return found


def alike(one, other) -> bool:
    """Whether two readings, or two weights of states, are the same; two errors are."""
    if isinstance(one, Exception) or isinstance(other, Exception):
        return isinstance(one, Exception) and isinstance(other, Exception)
    return np.allclose(np.array(one, dtype=float), np.array(other, dtype=float), rtol=1e-12, atol=0)


def in_batch(headings: Headings, cells: Cells, rows: int) -> list:
    """What a column says, row by row; None where nothing."""
    (heading,) = headings.findings.values()
    columns = read_columns(headings, dict.fromkeys(headings.findings, cells), rows)
    found: list = []
    for row in range(rows):
        if row in columns.problems.texts:
            found.append(QuestionError(columns.problems.texts[row]))
        elif not columns.given[heading.id][row]:
            found.append(None)
        elif heading.says_state:
            said = columns.findings.statements[heading.variable.id]
            found.append(said.weights[:, said.codes[row]])
        else:
            reading = columns.findings.readings[heading.id]
            found.append((reading.values[row], reading.censored[row]))
    return found


def in_file(header: str, cells: list[str], path: Path) -> list:
    """The same from a text file whose cells stand in quotes."""
    lines = ["id,{}", *(f"{row},{{}}" for row in range(len(cells)))]
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in (header, *cells)]
    path.write_bytes("\n".join(line.format(cell) for line, cell in zip(lines, quoted, strict=True)).encode() + b"\n")
    with open_text(str(path), NAMES, Options()) as source:
        (position, heading), found = next(iter(source.headings.findings.items())), []
        for block in source.blocks():
            column = block.column(position, heading.numeric is not None, Options())
            part = in_batch(source.headings, column.cells, block.rows)
            for told, rows in column.refused:
                for row in rows.tolist():
                    part[row] = QuestionError(told)
            found += part
    return found


def check_cells(dice: random.Random, count: int, folder: Path) -> Counter:
    """Many cells under one header, along all three ways."""
    header = dice.choice(KINDS)
    heading = Heading.of(NAMES, header)
    cells = [a_cell(dice, header) for _ in range(count)]
    alone = [outcome(heading.weights if heading.says_state else heading.reading, cell) for cell in cells]
    headings = known_headings(NAMES, [header], Options())
    frame = in_batch(headings, Cells.of_series(pd.Series(cells, dtype=object), MISSING), count)
    plain = [place for place, cell in enumerate(cells) if "\x00" not in cell and len(cell) < RECORD]
    file = dict(zip(plain, in_file(header, [cells[place] for place in plain], folder / "cells.csv"), strict=True))
    for place, cell in enumerate(cells):
        if cell.strip().lower() in MISSING:
            continue
        for other in (frame[place], file.get(place, frame[place])):
            assert other is not None, (header, cell[:100])
            assert alike(alone[place], other), (header, cell[:100], alone[place], other)
            assert not isinstance(other, Exception) or len(str(other)) <= LONGEST, (header, cell[:100], str(other))
    return Counter(type(found).__name__ for found in alone)


def check_headers(dice: random.Random, count: int) -> None:
    """Many headers: known, unknown, or refused, and a hint at what they may mean."""
    for _ in range(count):
        header = a_header(dice)
        outcome(lambda text: Heading.of(NAMES, text), header)
        outcome(NAMES.hint, header)


if __name__ == "__main__":
    seconds, seed = float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    dice, start, totals = random.Random(seed), time.monotonic(), Counter()
    Heading.of(NAMES, "hscrp [mg/dL]")
    with tempfile.TemporaryDirectory() as place:
        while time.monotonic() - start < seconds:
            totals += check_cells(dice, 200, Path(place))
            check_headers(dice, 50)
    print(f"seed {seed}: {dict(totals)}")
