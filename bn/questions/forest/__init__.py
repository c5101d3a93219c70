"""The forest: what the network says, by doing or by seeing, beside every trial and study that it knows.

A trial is asked as a what-if in its own people: what was held is found first, then it is done. An association is
asked by conditioning. Both give a difference of log odds of the worse, as `cpds/data/targets.md` says, to be held
against the printed effect as the written rule converts it.
"""

from bn.questions.forest.ask import Figures, evidence, forest, resolved, studies_about
from bn.questions.forest.result import Count, Forest, StudyRow

__all__ = ["Count", "Figures", "Forest", "StudyRow", "evidence", "forest", "resolved", "studies_about"]
