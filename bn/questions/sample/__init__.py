"""People drawn from the network, with readings and their noise: for power calculations, teaching and tests.

States are drawn jointly from the network at the posterior mean of its parameters, given what is known and after what
is done. Readings are drawn from each marker's density in the person's state and stratum, as the network weighs them.
"""

from bn.questions.sample.people import sample

__all__ = ["sample"]
