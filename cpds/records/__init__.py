"""The closed, frozen records that the knowledge files hold; one class a kind of entry."""

from cpds.records.actions import Act, Intervention
from cpds.records.base import Basis, ClaimId, Figure, Id, Provenance, Record, Sign, Text, provenances
from cpds.records.columns import ColumnWord
from cpds.records.evidence import Definition, Grade, Prevalence, Setting, Source, Target
from cpds.records.markers import (
    UNIT_FIELDS,
    Binned,
    Biomarker,
    Criterion,
    Declared,
    Level,
    Marker,
    Measured,
    Ordinal,
    Panel,
    Quantity,
    Reference,
    Stratum,
    Threshold,
)
from cpds.records.network import CONTEXT_ROLES, SCORED_ROLES, Contrast, Parent, Scale, Shares, Variable
from cpds.records.parts import Derivation, Part
from cpds.records.review import AgeFigure, Claim, Contrary, LaggedArc, Term

__all__ = [
    "CONTEXT_ROLES",
    "SCORED_ROLES",
    "UNIT_FIELDS",
    "Act",
    "AgeFigure",
    "Basis",
    "Binned",
    "Biomarker",
    "Claim",
    "ClaimId",
    "ColumnWord",
    "Contrary",
    "Contrast",
    "Criterion",
    "Declared",
    "Definition",
    "Derivation",
    "Figure",
    "Grade",
    "Id",
    "Intervention",
    "LaggedArc",
    "Level",
    "Marker",
    "Measured",
    "Ordinal",
    "Panel",
    "Parent",
    "Part",
    "Prevalence",
    "Provenance",
    "Quantity",
    "Record",
    "Reference",
    "Scale",
    "Setting",
    "Shares",
    "Sign",
    "Source",
    "Stratum",
    "Target",
    "Term",
    "Text",
    "Threshold",
    "Variable",
    "provenances",
]
