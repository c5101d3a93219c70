"""The floor of scoring a CSV file: pyarrow reads it and writes it with the results beside, and nothing else.

`floor.py INPUT RESULTS.arrow OUTPUT`: the results are ready, rounded to six decimals. Told are the seconds of reading
and writing, and those of loading the results, which are no part of it.
"""

import json
import sys
import time

import pyarrow.csv as csv
import pyarrow.feather as feather

source, ready, target = sys.argv[1:]
begun = time.perf_counter()
results = feather.read_table(ready, memory_map=False)
started = time.perf_counter()
table = csv.read_csv(source)
for name in results.column_names:
    table = table.append_column(name, results[name])
csv.write_csv(table, target, csv.WriteOptions(quoting_style="none"))
print(json.dumps({"seconds": time.perf_counter() - started, "loading": started - begun}))
