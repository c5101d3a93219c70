"""Draw the network as it is shipped to examples/network.svg: age at the top, dysglycemia at the bottom."""

import sys
from pathlib import Path

import bn
from bn.report.figures import save

target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "network.svg"
print(save(bn.load().plot(), target))
