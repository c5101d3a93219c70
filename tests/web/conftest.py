"""A running explorer to ask, of the shipped model or of one with few draws, and a browser to ask it with."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from browsing import axe_script, chromium
from http_asking import running

import bn

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def port(model: bn.RiskModel) -> Iterator[int]:
    with running(model) as found:
        yield found


@pytest.fixture(scope="session")
def small_port(small: bn.RiskModel) -> Iterator[int]:
    with running(small) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_script(tmp_path_factory.mktemp("axe"))
