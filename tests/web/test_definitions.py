"""Other definitions of an outcome in the explorer: the answer is that of Python, chosen on the page, kept in the link."""

import base64
import json
from typing import TYPE_CHECKING

import pytest
from browsing import WOMAN, answered, of_100, opened
from http_asking import ask

import bn
from bn.cohort.outcome.outcome import by_definition

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FINDINGS = {"age": "68", "sex": "female", "bmi": "31.2", "hscrp": "4.1", "grip_strength": "19.5kg"}


def test_the_risk_by_a_definition_is_that_of_python(small_port: int, small: bn.RiskModel) -> None:
    got = ask(small_port, "/api/risk", {"findings": FINDINGS, "definition": ["homa_ir_3", "ada"]}).json
    expected = small.posterior(FINDINGS, definition=["homa_ir_3", "ada"]).to_dict()
    assert got == json.loads(json.dumps(expected))
    assert [one["id"] for one in got["definitions"]] == ["homa_ir_3", by_definition(small, "ada").definition.id]


@pytest.mark.parametrize(
    ("findings", "definition", "said"),
    [
        ({"bmi": "31"}, ["who"], "definition 'who' differs by sex and age; give them"),
        (FINDINGS, ["whoo"], "unknown definition 'whoo' (did you mean 'who'?)"),
        (FINDINGS, ["ada", "glucose_hba1c_or_diagnosed"], "definition 'glucose_hba1c_or_diagnosed' is given twice"),
    ],
)
def test_a_definition_that_cannot_be_answered_by_is_told(
    small_port: int, findings: dict[str, str], definition: list[str], said: str
) -> None:
    got = ask(small_port, "/api/risk", {"findings": findings, "definition": definition, "partial": True})
    assert got.status == 422
    assert got.json["error"].startswith(said)


def test_a_file_is_scored_by_a_definition_too(port: int, model: bn.RiskModel) -> None:
    file = {"name": "a.csv", "content": base64.b64encode(b"age,sex\n68,female\n").decode(), "definition": ["who"]}
    head, row = ask(port, "/api/file/score", file).body.decode().splitlines()
    scored = dict(zip(head.split(","), row.split(","), strict=True))
    (expected,) = model.posterior(age=68, sex="female", definition="who").definitions
    assert float(scored["by_who"]) == pytest.approx(expected.probability, abs=1e-6)
    refused = ask(port, "/api/file", {**file, "do": ["weight_loss"]})
    assert (refused.status, "none found them after an act" in refused.json["error"]) == (422, True)


def test_definitions_are_chosen_beside_the_risk_and_kept_in_the_link(
    browser: "Browser", small_port: int, small: bn.RiskModel
) -> None:
    one, two = small.posterior(FINDINGS, definition=["homa_ir_3", "diabetes_ada"]).definitions
    with opened(browser, small_port, WOMAN) as page:
        risk = page.inner_text("#risk")
        page.click("#by-definition")
        page.check("#definition-homa_ir_3")
        page.check("#definition-diabetes_ada")
        page.keyboard.press("Escape")
        answered(page)
        told = page.inner_text("#answer")
        assert page.inner_text("#by-homa_ir_3") == of_100(one.probability)
        assert one.interval
        assert two.interval
        ends = [" to ".join(map(of_100, each)) for each in (one.interval, two.interval)]
        assert (
            f"By homa_ir_3: insulin resistance {of_100(one.probability)} of 100, range {ends[0]}. {one.title}." in told
        )
        assert f"By diabetes_ada: dysglycemia (diabetes) {of_100(two.probability)} of 100, range {ends[1]}." in told
        assert page.inner_text("#risk") == risk
        assert "definition=homa_ir_3,diabetes_ada" in page.url
        link = page.url.partition("#")[2]
    with opened(browser, small_port, link) as page:
        answered(page)
        assert page.inner_text("#by-homa_ir_3") == of_100(one.probability)
        page.click("#by-definition")
        page.uncheck("#definition-homa_ir_3")
        page.keyboard.press("Escape")
        assert page.locator("#by-homa_ir_3").count() == 0


@pytest.mark.long
def test_a_file_is_scored_by_the_definitions_that_are_chosen_on_the_page(browser: "Browser", small_port: int) -> None:
    with opened(browser, small_port, "definition=who") as page:
        page.click("#go-file")
        page.set_input_files(
            "#file-input", {"name": "a.csv", "mimeType": "text/csv", "buffer": b"age,sex\n68,female\n"}
        )
        page.wait_for_selector("#file-definitions:has-text('The risk also by')")
        page.click("#file-by-definition")
        page.check("#definition-homa_ir_3")
        page.keyboard.press("Escape")
        with page.expect_download() as download:
            page.click("#file-score")
        head = download.value.path().read_text(encoding="utf-8").splitlines()[0].split(",")
        assert [name for name in head if name in ("by_who", "by_homa_ir_3")] == ["by_who", "by_homa_ir_3"]


def test_what_a_definition_lacks_is_told_beside_the_risk_and_mended_by_a_finding(
    browser: "Browser", small_port: int
) -> None:
    with opened(browser, small_port, "age=68&definition=ada,no_such") as page:
        answered(page)
        assert "differs by sex and age; give them" in page.inner_text("#answer")
        assert "unknown definition 'no_such'" in page.inner_text("#answer")
        page.locator(".by .link:text('Leave it out')").last.click()
        page.select_option("#field-sex", "female")
        page.wait_for_selector("#by-glucose_hba1c_or_diagnosed")
        assert "no_such" not in page.url
