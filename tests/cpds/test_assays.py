"""An assay that reads higher moves the reference of its marker: the same readings, raised, say the same."""

import numpy as np
import pytest

from cpds.assays import moved, read_otherwise
from cpds.knowledge import Knowledge, load
from cpds.measurement import exact, log_likelihood
from cpds.records import Referred

BY = 0.3


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


@pytest.mark.parametrize("name", ["homa_ir", "hscrp", "fasting_glucose", "grip_strength", "clamp_m"])
def test_raised_readings_say_what_they_said(knowledge: Knowledge, name: str) -> None:
    """Of each kind, on both scales; on a log scale a unit of the raised reading is worth exp(-offset) of the old one."""
    marker = knowledge.biomarkers[name]
    assert isinstance(marker, Referred)
    log = marker.reference.scale == "log"
    center = marker.reference.strata[0].center
    readings = center * np.array([0.5, 0.9, 1.0, 1.2, 3.0])
    raised = readings * np.exp(BY) if log else readings + BY
    before = log_likelihood(knowledge, name, exact(readings))
    after = log_likelihood(read_otherwise(knowledge, {name: BY}), name, exact(raised))
    np.testing.assert_allclose(after.values, before.values - (BY if log else 0), atol=1e-9)


def test_offsets_add_up_and_no_offset_is_the_same_knowledge(knowledge: Knowledge) -> None:
    assert read_otherwise(knowledge, {}) is knowledge
    twice = read_otherwise(read_otherwise(knowledge, {"hscrp": 0.1}), {"hscrp": 0.2, "homa_ir": 0.1})
    assert twice == read_otherwise(knowledge, {"homa_ir": 0.1, "hscrp": 0.1 + 0.2})
    assert twice != knowledge


def test_a_marker_without_a_reference_has_no_offset(knowledge: Knowledge) -> None:
    with pytest.raises(ValueError, match="diagnosed_diabetes has no reference distribution"):
        moved(knowledge.biomarkers["diagnosed_diabetes"], BY)
