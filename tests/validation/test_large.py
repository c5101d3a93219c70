"""A hundred thousand rows are validated on a small machine."""

import subprocess
import sys
from pathlib import Path

import pytest
from validation_cohort import a_cohort

SECONDS, MEGABYTES = 20, 1000


@pytest.mark.long
def test_many_rows_take_little_time_and_memory(tmp_path: Path) -> None:
    """Processor time of two cores, so that other work on the machine does not count."""
    resource = pytest.importorskip("resource")
    assert resource
    path = tmp_path / "cohort.csv"
    a_cohort(100_000).to_csv(path, index=False)
    script = f"""
import resource, time
import bn
bn.load().validate({str(path)!r}, "homa_ir>2.5", weights="wt", strata="layer", clusters="site")
print(time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    assert seconds < 2 * SECONDS
    assert megabytes < MEGABYTES
