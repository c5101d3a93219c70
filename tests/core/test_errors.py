"""An error means in one process what it means in another: pools hand it over whole."""

import pickle

import pytest

from bn.core.errors import ImpossibleEvidenceError, NothingReadError, QuestionError, UnknownNameError
from bn.web.reading import FindingsError, LeftOut
from cpds.files import EntryError, KnowledgeError


@pytest.mark.parametrize(
    "error",
    [
        QuestionError("age: found '300', expected 20 to 120 years"),
        UnknownNameError("variable", "agee", ["age", "sex"]),
        ImpossibleEvidenceError("the findings exclude each other"),
        NothingReadError("no column is known", ['CRP = "hscrp"']),
        FindingsError([LeftOut("age", "age: found '300'", None)]),
        KnowledgeError(["targets.toml: a: missing", "claims.tsv: b: missing"]),
        EntryError(["value: missing; add it"]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_handed_over_whole(error: Exception) -> None:
    other = pickle.loads(pickle.dumps(error))
    assert type(other) is type(error)
    assert str(other) == str(error)
    assert vars(other) == vars(error)
