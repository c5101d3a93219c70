"""What if: a person, or everyone, before and after interventions.

The question is answered in the twin network: one person in two worlds that share every noise, read by the
latent threshold of each (cumulative) logistic CPD. Findings were made before the acts; they are used to learn
about the person (abduction), the acts change CPDs (action), the same noises give the other world (prediction).
Conditioning the changed network on earlier findings would be wrong: a high marker of inflammation tells of
this person, not of how well the treatment worked. Where no finding lies within reach of the acts, all this
comes to graph surgery. Findings made after the acts are not taken: ask again with a network in which the
intervention is the person's state.

That noises act through thresholds (one direction, the same for both worlds: the monotone coupling) is an
assumption that no data on single people can show. `WhatIf.bounds` says what holds without it.
"""

from bn.questions.what_if.ask import rank, sweep, what_if
from bn.questions.what_if.result import Comparison, WhatIf

__all__ = ["Comparison", "WhatIf", "rank", "sweep", "what_if"]
