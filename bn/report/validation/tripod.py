"""The items of TRIPOD+AI that a study which evaluates a model reports, and where a validation's page does so.

Items and their numbers: Collins GS et al., TRIPOD+AI statement, BMJ 2024;385:e078378, table 2.
"""

from __future__ import annotations

LEFT_TO_AUTHORS = {
    "3a to 3c": "background: context, intended use and users, known health inequalities",
    "4": "objectives",
    "5a, 5b": "sources, dates and representativeness of the data",
    "6a to 6c": "setting, eligibility, treatments",
    "8b, 8c": "who judged the outcome, and whether blinded",
    "9b, 9c": "how and when predictors were measured",
    "10": "how the study size was arrived at",
    "17": "ethical approval and consent",
    "18a to 18f": "funding, interests, protocol, registration, data and code",
    "19": "patient and public involvement",
    "25": "interpretation",
    "27c": "next steps",
}
"""What no program can know of the people in a table, by item."""
