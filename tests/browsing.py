"""Chromium as a person would use it: found on this machine, driven by Playwright, checked by axe."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

AXE_VERSION = "4.14.1"
ROOT = Path(__file__).parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PHONE, DESK = 390, 1280
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WOMAN = "age=68&sex=female&bmi=31.2&hscrp=4.1&grip_strength=19.5kg"


def unavailable(reason: str) -> None:
    """Skip, or fail where MYORISK_BROWSER says that a browser is required."""
    if os.environ.get("MYORISK_BROWSER") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def chromium() -> Iterator["Browser"]:
    """A browser without a window; skips the test where there is none."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ModuleNotFoundError:
        unavailable("no Playwright: pip install playwright")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error as error:
            unavailable(f"no Chromium: apt-get install chromium, or playwright install chromium ({error.message[:80]})")
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: "Browser",
    port: int,
    case: str = "",
    *,
    width: int = DESK,
    dark: bool = False,
    bypass: bool = False,
    **more: Any,
) -> Iterator["Page"]:
    """The page with a case in its address, the interval there; whatever the page throws fails the test at the end.

    `bypass` lifts the content-security policy, which tools that read the whole page need.
    """
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", bypass_csp=bypass, **more
    )
    page = context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    page.on("console", lambda message: thrown.append(message.text) if is_fault(message) else None)
    try:
        page.goto(f"http://127.0.0.1:{port}/#{case}")
        page.wait_for_selector("#risk", timeout=30_000)
        page.wait_for_selector(".people[aria-label*=range]", timeout=30_000)
        yield page
        assert "NaN" not in page.inner_text("body")
        assert thrown == []
    finally:
        context.close()


def is_fault(message: "ConsoleMessage") -> bool:
    """A refused or broken request is the page's to tell; anything else in the console is a fault."""
    return message.type == "error" and not message.text.startswith("Failed to load resource")


def answered(page: "Page") -> None:
    """Until nothing is being asked any more."""
    page.wait_for_selector("body[data-asking=no]", timeout=60_000)


def typed(page: "Page", selector: str, text: str) -> None:
    """Put `text` into a field and wait for all that follows."""
    page.fill(selector, text)
    answered(page)


def ranges_counted(page: "Page") -> None:
    """Come to every study of the dialog, and wait for the network's range at each."""
    page.wait_for_selector("#dialog [data-study]")
    for row in page.locator("#dialog [data-study]:visible").all():
        row.scroll_into_view_if_needed()
        page.wait_for_selector(f"#dialog [data-study='{row.get_attribute('data-study')}'][data-range=there]")
    page.wait_for_selector("#dialog .studies:has-text('each with its 95 % range')")


def of_100(probability: float) -> str:
    """A probability as the page writes it: whole numbers of 100, one decimal below 2."""
    people = 100 * probability
    if 0 < people < 0.05 or 99.5 <= people < 100:
        return "<0.1" if people < 1 else ">99"
    return f"{people:.1f}" if 0 < people < 1.95 else str(floor(people + 0.5))


def axe_script(folder: Path) -> str:
    """The script of axe-core: from AXE, from node_modules, or from npm into `folder`; skips where none has it."""
    places = [os.environ.get("AXE"), ROOT / "node_modules/axe-core/axe.min.js"]
    for place in places:
        if place and Path(place).is_file():
            return Path(place).read_text(encoding="utf-8")
    npm = shutil.which("npm")
    if npm is None:
        unavailable("no axe-core: set AXE to its axe.min.js, or install npm")
    command = [
        npm,
        "install",
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--prefix",
        str(folder),
        f"axe-core@{AXE_VERSION}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        unavailable(f"no axe-core: npm could not fetch it ({done.stderr.strip()[-80:]})")
    return (folder / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


def faults(page: "Page", axe: str) -> list[str]:
    """What axe finds to be wrong with the page as it stands, one line a fault."""
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
    return [f"{each['id']} ({each['impact']}): {node['html'][:120]}" for each in found for node in each["nodes"]]
