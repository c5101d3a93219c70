"""What runs as a command of its own: whole files against the floor, memory, and cold starts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
PERSON = ("age=68", "sex=female", "bmi=31.2", "hscrp=4.1", "grip_strength=19.5kg")


def launched(*command: str) -> tuple[float, float]:
    """Seconds from start to end of a command, and the most memory it held in MB."""
    told = _run(HERE / "launch.py", *command)
    return told["seconds"], told["peak"]


def scored(source: Path, *options: str) -> tuple[float, float]:
    """Seconds and memory of `myorisk score` on a file."""
    target = source.with_name(f"scored-{source.name}")
    return launched(sys.executable, "-m", "bn", "score", str(source), "-o", str(target), "--force", *options)


def scored_on_dask(folder: Path) -> tuple[float, float]:
    """Seconds of `myorisk score --dask` on the Parquet files of a folder, and bytes of the results for a row."""
    target = folder.with_name("scored")
    command = (sys.executable, "-m", "bn", "score", f"{folder}/*.parquet", "-o", f"{target}/", "--force", "--dask")
    seconds, _ = launched(*command)
    rows = sum(pq.read_metadata(path).num_rows for path in target.iterdir())
    return seconds, sum(path.stat().st_size for path in target.iterdir()) / rows


def floor(source: Path, results: pd.DataFrame) -> float:
    """Seconds in which pyarrow reads the file and writes it with the results beside, rounded to six decimals."""
    ready = source.with_suffix(".arrow")
    numbers = results.select_dtypes("number").round(6)
    table = pa.Table.from_pandas(numbers, preserve_index=False).append_column("error", pa.array([""] * len(numbers)))
    feather.write_feather(table, ready)
    return float(
        _run(HERE / "floor.py", str(source), str(ready), str(source.with_name(f"floor-{source.name}")))["seconds"]
    )


def cold(folder: Path, repeats: int) -> dict[str, float]:
    """Median seconds of commands that a person waits for."""
    one = folder / "one.csv"
    one.write_text("age,hscrp\n68,4.1\n", encoding="utf-8")
    commands = {
        "`python -c 'pass'`": (sys.executable, "-c", "pass"),
        "`from bn import load`": (sys.executable, "-c", "from bn import load"),
        "`myorisk risk`, with its interval": (sys.executable, "-m", "bn", "risk", *PERSON),
        "`myorisk score --no-interval`, one row": (
            *(sys.executable, "-m", "bn", "score", str(one), "-o", str(folder / "scored.csv"), "--force"),
            "--no-interval",
        ),
    }
    return {name: median(launched(*command)[0] for _ in range(repeats)) for name, command in commands.items()}


def _run(script: Path, *arguments: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{script.name} {' '.join(arguments)}:\n{done.stderr}")
    return json.loads(done.stdout)
