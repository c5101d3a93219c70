"""A running explorer to ask: the shipped model, and the same with few draws for what need not be exact."""

from collections.abc import Iterator

import pytest
from http_asking import running

import bn


@pytest.fixture(scope="session")
def port(model: bn.RiskModel) -> Iterator[int]:
    with running(model) as found:
        yield found


@pytest.fixture(scope="session")
def small_port(small: bn.RiskModel) -> Iterator[int]:
    with running(small) as found:
        yield found
