"""What the knowledge is about, and what it is not for: words that go with every answer."""

ABOUT = "An executable review of aging muscle and insulin resistance."
NOTE = (
    "A research and teaching instrument, not a diagnostic device. "
    "The risk is the probability that insulin resistance is present now."
)
