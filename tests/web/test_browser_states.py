"""Every state of the page at both widths and in both schemes: no fault that axe finds, nothing that scrolls sideways."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import DESK, PHONE, WOMAN, answered, faults, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.states

SHOTS = os.environ.get("MYORISK_SHOTS")
"""A folder to put a picture of every state into, to look at."""

TABLE = b"ID,Age,Grip dom (kg),CRP (mg/L),note\nA,68,19.5,4.1,\nB,300,30,2,\nC,41,38,pending,\n"


def nothing(page: "Page") -> None:
    pass


def search(text: str) -> Callable[["Page"], None]:
    def act(page: "Page") -> None:
        if page.is_visible("#chips button"):
            page.click("#chips button")
        page.fill("#find", text)
        page.wait_for_selector(".options li, .finder .problem")

    return act


def press(*selectors: str) -> Callable[["Page"], None]:
    def act(page: "Page") -> None:
        for selector in selectors:
            page.click(selector)
            answered(page)

    return act


def drop(page: "Page") -> None:
    page.click("#go-file")
    page.set_input_files("#file-input", {"name": "people.csv", "mimeType": "text/csv", "buffer": TABLE})
    page.wait_for_selector("#file-sentence")


def wait_for_a_file(page: "Page") -> None:
    page.context.route("**/api/file", lambda route: None)
    page.click("#go-file")
    page.set_input_files("#file-input", {"name": "people.csv", "mimeType": "text/csv", "buffer": TABLE})
    page.wait_for_selector("#file-cancel")


def see_studies(page: "Page") -> None:
    page.click("[aria-label^='Exercise training:']")
    page.wait_for_selector("#dialog [data-range=there]")


def stop(page: "Page") -> None:
    page.context.route("**/api/**", lambda route: route.abort())
    page.click("#tab-whatif")
    page.check("#do-weight_loss")
    page.wait_for_selector("#stopped", state="visible")


def unticked(page: "Page") -> None:
    page.click("#no-biopsies")
    for summary in page.locator("#panel-now summary").all():
        summary.click()


STATES: dict[str, tuple[str, Callable[["Page"], None]]] = {
    "first": ("", nothing),
    "case": (WOMAN, nothing),
    "why-open": (WOMAN, unticked),
    "search": (WOMAN, search("grip")),
    "unknown": ("age=50", search("hscp")),
    "wrong": ("age=300&sex=female&hscrp=4.1+mmol", nothing),
    "disagree": ("age=40&sex=male&physical_activity=active&vo2max=15", nothing),
    "weights": ("er_stress={present=3,absent=1}", press("#node-er_stress")),
    "node": (WOMAN, press("#node-inflammation", "#arc-ras_overactivity-inflammation")),
    "scaled-node": (WOMAN, press("#node-adiposity")),
    "all-arrows": (WOMAN, nothing),
    "whatif": (f"{WOMAN}&do=exercise_training,weight_loss:0.5&tab=whatif", press("#wi-lab summary")),
    "excluded": (f"{WOMAN}&do=ang_ii_infusion,at1_blockade&tab=whatif", nothing),
    "two": (f"{WOMAN}&first.age=40&first.sex=male&tab=two", nothing),
    "two-start": (f"{WOMAN}&tab=two", nothing),
    "sure": (WOMAN, press(".doubt .link")),
    "help": ("", press("#go-help")),
    "definitions": (f"{WOMAN}&definition=homa_ir_3,who", press("#by-definition")),
    "definition-lacks": ("age=50&definition=homa_ir_3,no_such", nothing),
    "said-twice": ("age=50&age=60&v=0.0.1&population=town", nothing),
    "limits": ("", press("#go-limits")),
    "sources": ("", press("#go-help", "#dialog .link:text('Sources and claims')")),
    "drop": ("", press("#go-file")),
    "file": ("", drop),
    "file-wait": ("", wait_for_a_file),
    "studies": (f"{WOMAN}&tab=whatif", see_studies),
    "stopped": (WOMAN, stop),
    "long": (f"{WOMAN}&{'x' * 3000}={'y' * 3000}", nothing),
}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize("state", STATES)
def test_every_state(browser: "Browser", small_port: int, axe: str, state: str, width: int, dark: bool) -> None:
    case, act = STATES[state]
    with opened(browser, small_port, case, width=width, dark=dark, bypass=True) as page:
        answered(page)
        if state == "all-arrows" and width == DESK:
            page.click("#all-arrows")
        act(page)
        if SHOTS:
            page.wait_for_timeout(300)
            page.screenshot(path=Path(SHOTS) / f"{state}-{width}-{'dark' if dark else 'light'}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert faults(page, axe) == []


@pytest.mark.parametrize("width", [320, 760, 900, 1180, 1920])
def test_nothing_scrolls_sideways_at_other_widths(browser: "Browser", small_port: int, width: int) -> None:
    for case in (WOMAN, f"{WOMAN}&do=exercise_training,weight_loss&tab=whatif", f"{WOMAN}&first.age=40&tab=two"):
        with opened(browser, small_port, case, width=width) as page:
            answered(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), case


@pytest.mark.parametrize(
    "more",
    ["", "&do=exercise_training,weight_loss&tab=whatif", "&first.age=40&tab=two", "&definition=homa_ir_3,ada,who"],
)
def test_paper_is_two_pages(browser: "Browser", small_port: int, more: str) -> None:
    with opened(browser, small_port, WOMAN + more) as page:
        answered(page)
        assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 2
