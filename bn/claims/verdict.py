"""What became of a claim when it was put to the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["intervene", "age", "observe", "associate", "apply", "figure", "define", "none"]
Outcome = Literal["by construction", "holds", "quantitative", "associational", "lagged", "disagrees", "not executed"]


@dataclass(frozen=True)
class Verdict:
    """One test of one claim; a claim that several things encode has several.

    `kind`: the variable of the subject is set (`intervene`), age is moved (`age`), a reading is given
    (`observe`), one conditions (`associate`), an intervention acts (`apply`), a number is held against
    a printed one (`figure`), or both ends are the same variable (`define`).

    `outcome`: `by construction` where the asserted signs leave no other result, `holds` where the
    result could have been another, `quantitative` where a number falls into its interval,
    `associational` where an association (not an effect) has the claimed sign, `lagged` where only an
    arc onto a later time slice could show it, else `disagrees`, or `not executed`.

    `value` is the measured change, mostly a difference of probabilities of the object's last state,
    positive where things get worse; `expected` is the sign (+1, -1, 0) that the claim wants of it.
    """

    claim: str
    status: str
    kind: Kind
    outcome: Outcome
    question: str = ""
    value: float | None = None
    expected: int | None = None
    reason: str = ""
    pointer: str = ""
