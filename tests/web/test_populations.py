"""The explorer for other people than the network was fitted to: every answer, scored file and page says for whom."""

import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import opened
from http_asking import ask, running

import bn
from bn.cohort.files import score_file
from cpds.populations import Move, Population

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SAID = "for the population 'town' (People of a town)"
OWN = Population(
    1,
    "town",
    "People of a town",
    "level",
    moves=(Move("insulin_resistance", ("present",), 0.8, ((0.01,),), "homa_ir > 2.5"),),
)
WOMAN = {"age": "68", "sex": "female"}


@pytest.fixture(scope="module")
def town(model: bn.RiskModel) -> bn.RiskModel:
    return model.moved_to(OWN)


@pytest.fixture(scope="module")
def town_port(town: bn.RiskModel) -> Iterator[int]:
    with running(town) as found:
        yield found


@pytest.mark.parametrize("shipped", [True, False], ids=["shipped", "own file"])
def test_the_command_takes_a_population(tmp_path: Path, shipped: bool) -> None:
    (tmp_path / "town.population").write_text(OWN.text(), encoding="utf-8")
    name = "us_2013_2014" if shipped else str(tmp_path / "town.population")
    command = [sys.executable, "-m", "bn", "explore", "--no-browser", "--port", "0", "--population", name]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        told, address = process.stderr.readline(), process.stderr.readline()
        port = int(address.partition("http://127.0.0.1:")[2].partition("/")[0])
        (tmp_path / "town.population").unlink()  # it is read once
        got = ask(port, "/api/risk", {"findings": WOMAN}).json
        file = {"name": "a.csv", "content": base64.b64encode(b"age,sex\n68,female\n").decode()}
        scored = ask(port, "/api/file", file).json["people"][0]["risk"]
        process.terminate()
        process.communicate(timeout=60)
    expected = bn.load(population=name if shipped else OWN)
    assert told == f"myorisk: {expected.speaks_for}\n"
    assert got["risk"] == pytest.approx(expected.posterior(WOMAN).risk, abs=1e-12)
    assert got["risk"] == pytest.approx(scored, abs=1e-6)


def test_an_answer_is_that_of_python_and_names_its_population(town_port: int, town: bn.RiskModel) -> None:
    got = ask(town_port, "/api/risk", {"findings": WOMAN}).json
    assert got == json.loads(json.dumps(town.told(town.posterior(WOMAN).to_dict())))
    assert got["population"] == {"name": "town", "title": "People of a town"}
    for name, more in {"beliefs": {}, "explain": {}, "what-if": {"do": ["weight_loss"]}, "next-test": {}}.items():
        told = ask(town_port, f"/api/{name}", {"findings": WOMAN, **more}).json
        assert told["population"] == got["population"], name


def test_a_file_is_scored_for_the_population(town_port: int, town: bn.RiskModel, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("age,sex\n68,female\n30,male\n")
    score_file(town, str(tmp_path / "a.csv"), str(tmp_path / "scored.csv"))
    file = {"name": "a.csv", "content": base64.b64encode((tmp_path / "a.csv").read_bytes()).decode()}
    assert ask(town_port, "/api/file/score", file).body == (tmp_path / "scored.csv").read_bytes()


def test_the_page_says_for_whom_it_speaks(browser: "Browser", town_port: int, town: bn.RiskModel) -> None:
    with opened(browser, town_port) as page:
        assert re.search(r"Of 100 people, about \d+ have", page.inner_text("#sentence"))
        assert SAID in page.inner_text("#answer")
    with opened(browser, town_port, "age=68&sex=female") as page:
        assert page.inner_text("#risk") == f"{100 * town.posterior(WOMAN).risk:.0f}"
        assert SAID in page.inner_text("#answer")
        assert SAID in page.inner_text("#provenance")
        assert "population=town" in page.url
        page.click("#tab-whatif")
        page.check("#do-weight_loss")
        page.wait_for_selector("#sentence:has-text('would have it')")
        assert SAID in page.inner_text("#answer")
        page.click("#go-limits")
        assert SAID in page.inner_text("#dialog")
        page.keyboard.press("Escape")
        page.click("#go-file")
        assert SAID in page.inner_text("#filepage")


def test_a_link_made_for_other_people_is_told(browser: "Browser", town_port: int, small_port: int) -> None:
    with opened(browser, town_port, f"age=68&v={bn.__version__}") as page:
        assert "made for the people the network was fitted to" in page.inner_text("#rail-foot")
    with opened(browser, small_port, f"age=68&population=town&v={bn.__version__}") as page:
        assert "made for the population “town”" in page.inner_text("#rail-foot")
    with opened(browser, town_port, f"age=68&population=town&v={bn.__version__}") as page:
        assert "made for" not in page.inner_text("#rail-foot")
