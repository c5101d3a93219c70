"""The network made to fit the people of a table: a ladder of steps, chosen by a closed test, and what moved.

The steps are those of Vergouwe and others (A closed testing procedure to select an appropriate method for updating
prediction models, Statistics in Medicine 2017; 36(28): 4529-4539, doi:10.1002/sim.7179): leave the network as it is,
move its level, or level and slope. The last, full revision, is Bayesian here, so it is no part of the test. Beside the
outcome move levels of what else the columns tell of, and offsets of assays; see `bn.updating.blocks`.
"""

from bn.updating.result import Moved, Tested, Update

__all__ = ["Moved", "Tested", "Update"]
