"""The benchmarks run, and what they compare is equal; how fast is measured by running them for real."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.long
def test_the_quick_benchmark_fills_its_table(tmp_path: Path) -> None:
    script = Path(__file__).parents[1] / "benchmarks" / "run.py"
    table = tmp_path / "table.md"
    command = [sys.executable, str(script), "--quick", "--markdown", str(table)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line for line in table.read_text().splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {5}
    text = "\n".join(lines)
    for measured in (
        "pyAgrum",
        "pgmpy",
        "floor",
        "MB",
        "--dask",
        "µs",
        "what-if",
        "16 observed",
        "`from bn import load`",
    ):
        assert measured in text
