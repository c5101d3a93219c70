"""Run a command; print its seconds from start to end and the most memory it held, in MB.

It stands by itself because a process begins with the memory of the one that starts it, and this one is small.
"""

import json
import os
import subprocess
import sys
import time

BYTES = 1 if sys.platform == "darwin" else 1024

started = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
told = process.stderr.read()
_, status, usage = os.wait4(process.pid, 0)
seconds = time.perf_counter() - started
if status:
    sys.exit(told.decode())
print(json.dumps({"seconds": seconds, "peak": usage.ru_maxrss * BYTES / 1e6}))
