"""Files of NHANES as downloaded, joined and scored without a line about their columns.

    python examples/raw_nhanes.py DEMO_J.xpt BMX_J.xpt GHB_J.xpt PAQ_J.xpt DIQ_J.xpt

They are at https://wwwn.cdc.gov/nchs/nhanes; any of them that have SEQN do, of any cycle from 2007 on. The dictionary
`nhanes` knows their names, units and codes. The mean risk is that of the sample, not of the country: that takes the
survey's weights. Needs the extra `files`.
"""

import sys
from functools import reduce

import pandas as pd
import pyreadstat

import bn

tables = [pyreadstat.read_xport(path)[0] for path in sys.argv[1:]]
if not tables:
    sys.exit("name the files: python examples/raw_nhanes.py DEMO_J.xpt BMX_J.xpt GHB_J.xpt")
people = reduce(lambda one, other: one.merge(other, on="SEQN", how="left"), tables)
adults = people[people["RIDAGEYR"] >= 20]

model = bn.load()
print(model.columns(adults, meaning="nhanes").to_frame()[["header", "name", "unit", "missing", "typical", "reference"]])
scored = model.score(adults, interval=False, meaning="nhanes")
print(f"{len(scored)} adults, {(scored['error'] != '').sum()} with errors")
by_age = scored.groupby(pd.cut(scored["RIDAGEYR"], [20, 40, 60, 75, 120], right=False), observed=True)
print(by_age["risk"].agg(["size", "mean"]).round(3).to_string())
