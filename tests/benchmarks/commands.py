"""What runs as a command of its own: whole files against the floor, memory, and cold starts."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
PERSON = ("age=68", "sex=female", "bmi=31.2", "hscrp=4.1", "grip_strength=19.5kg")
MYORISK = (sys.executable, "-m", "bn")
QUESTIONS = {"what-if": ("--do", "exercise_training"), "explain": (), "next-test": (), "sensitivity": ()}


def launched(*command: str) -> tuple[float, float]:
    """Seconds from start to end of a command, and the most memory it held in MB."""
    told = _run(HERE / "launch.py", *command)
    return told["seconds"], told["peak"]


def scored(source: Path, *options: str) -> tuple[float, float]:
    """Seconds and memory of `myorisk score` on a file."""
    target = source.with_name(f"scored-{source.name}")
    return launched(*MYORISK, "score", str(source), "-o", str(target), "--force", *options)


def asked_what_if(source: Path) -> float:
    """Seconds of `myorisk what-if` on a file."""
    target = source.with_name(f"what-if-{source.name}")
    command = (*MYORISK, "what-if", str(source), *QUESTIONS["what-if"], "-o", str(target), "--force")
    return launched(*command)[0]


def scored_on_dask(folder: Path) -> tuple[float, float]:
    """Seconds of `myorisk score --dask` on the Parquet files of a folder, and bytes of the results for a row."""
    target = folder.with_name("scored")
    command = (*MYORISK, "score", f"{folder}/*.parquet", "-o", f"{target}/", "--force", "--dask")
    seconds, _ = launched(*command)
    rows = sum(pq.read_metadata(path).num_rows for path in target.iterdir())
    return seconds, sum(path.stat().st_size for path in target.iterdir()) / rows


def make_ready(results: pd.DataFrame, path: Path) -> Path:
    """Results written for `floor`, rounded to six decimals, with the empty column of errors."""
    numbers = results.select_dtypes("number").round(6)
    table = pa.Table.from_pandas(numbers, preserve_index=False).append_column("error", pa.array([""] * len(numbers)))
    feather.write_feather(table, path)
    return path


def floor(source: Path, ready: Path) -> tuple[float, float]:
    """Seconds in which pyarrow reads the file and writes it with the results beside: these alone, and start to end."""
    started = time.perf_counter()
    told = _run(HERE / "floor.py", str(source), str(ready), str(source.with_name(f"floor-{source.name}")))
    return told["seconds"], time.perf_counter() - started - told["loading"]


def cold(folder: Path, repeats: int) -> dict[str, float]:
    """Median seconds of commands that a person waits for."""
    one = folder / "one.csv"
    one.write_text("age,hscrp\n68,4.1\n", encoding="utf-8")
    commands = {
        "`python -c 'pass'`": (sys.executable, "-c", "pass"),
        "`from bn import load`": (sys.executable, "-c", "from bn import load"),
        "`myorisk risk`, with its interval": (*MYORISK, "risk", *PERSON),
        "`myorisk score --no-interval`, one row": (
            *(*MYORISK, "score", str(one), "-o", str(folder / "scored.csv"), "--force"),
            "--no-interval",
        ),
    }
    for question, options in QUESTIONS.items():
        for known, person in (("", PERSON), (", without age", PERSON[1:])):
            commands[f"`myorisk {question}`{known}"] = (*MYORISK, question, *person, *options)
    return {name: median(launched(*command)[0] for _ in range(repeats)) for name, command in commands.items()}


def _run(script: Path, *arguments: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{script.name} {' '.join(arguments)}:\n{done.stderr}")
    return json.loads(done.stdout)
