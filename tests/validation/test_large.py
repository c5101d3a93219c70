"""A hundred thousand rows are validated on a small machine."""

import subprocess
import sys
from pathlib import Path

import pytest
from validation_cohort import a_cohort

SECONDS, MEGABYTES = 20, 1000
PEAK = Path("/proc/self/status")
"""Of this process since it was started; `ru_maxrss` begins with the memory of the process that started it."""


@pytest.mark.long
def test_many_rows_take_little_time_and_memory(tmp_path: Path) -> None:
    """Processor time of two cores, so that other work on the machine does not count."""
    if not PEAK.exists():
        pytest.skip("the peak of memory is told by Linux alone")
    path = tmp_path / "cohort.csv"
    a_cohort(100_000).to_csv(path, index=False)
    script = f"""
import re, time
import bn
bn.load().validate({str(path)!r}, "homa_ir>2.5", weights="wt", strata="layer", clusters="site")
peak = re.search(r"VmHWM:\\s+(\\d+)", open({str(PEAK)!r}).read())[1]
print(time.process_time(), int(peak) / 1024)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    assert seconds < 2 * SECONDS
    assert megabytes < MEGABYTES
