"""The knowledge: what the literature says, as reviewable data, and the rule that turns it into CPDs."""

from cpds.knowledge import Knowledge, KnowledgeError, load

ABOUT = "An executable review of aging muscle and insulin resistance."
NOTE = (
    "A research and teaching instrument, not a diagnostic device. "
    "The risk is the probability that insulin resistance is present now."
)
"""What the package is not for: words that go with every answer."""

__all__ = ["ABOUT", "NOTE", "Knowledge", "KnowledgeError", "load"]
