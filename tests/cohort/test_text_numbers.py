"""Results are written into text as Python would write them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bn.cohort.files.text_sink import is_unit, number_texts, unit_texts


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.floats(0, 1),
            st.integers(0, 128).map(lambda number: number / 128),
            st.integers(0, 10**6 - 1).map(lambda number: (number + 0.5) / 10**6),
        ).map(abs),
        min_size=1,
        max_size=40,
    )
)
def test_numbers_from_0_to_1_are_written_as_python_does(values: list[float]) -> None:
    column = np.array(values)
    assert is_unit(column)
    for mark, before, after in ((".", b",", b""), (",", b',"', b'"')):
        table = unit_texts([column, column[::-1]], before, after, mark)
        for row, pair in enumerate(zip(values, values[::-1], strict=True)):
            wanted = [before + f"{value:.6f}".replace(".", mark).encode() + after for value in pair]
            assert table[row].tobytes() == b"".join(wanted)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.floats(-1e7, 1e7),
            st.floats(-1000, 1000),
            st.integers(-(10**9), 10**9).map(lambda number: number / 128),
            st.integers(-(10**9), 10**9).map(lambda number: (number + 0.5) / 10**6),
            st.just(-0.0),
        ),
        max_size=40,
    )
)
def test_any_number_is_written_as_python_does(values: list[float]) -> None:
    cells = number_texts(np.array(values), b";", b"", ",")
    assert cells.to_pylist() == [f";{value:.6f}".replace(".", ",").encode() for value in values]


def test_a_negative_number_or_one_above_1_is_not_written_in_eight_characters() -> None:
    assert not is_unit(np.array([0.5, -0.0]))
    assert not is_unit(np.array([0.5, 1.0000001]))
    assert not is_unit(np.array([0.5, np.nan]))
