"""The knowledge: what the literature says, as reviewable data, and the rule that turns it into CPDs."""

from cpds.knowledge import Knowledge, KnowledgeError, load

__all__ = ["Knowledge", "KnowledgeError", "load"]
