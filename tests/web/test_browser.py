"""The explorer as a person meets it, in Chromium: what is typed, clicked and read."""

from math import exp
from typing import TYPE_CHECKING, Any

import pytest
from browsing import PHONE, WOMAN, answered, faults, of_100, opened, ranges_counted, typed

import bn
from cpds.records import SCORED_ROLES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WEIGHTS = "{present=3,absent=1}"
CASES = [
    "age=68&sex=female&bmi=31.2&hscrp=4.1&grip_strength=19.5kg",
    "age=30&bmi=22&physical_activity=active",
    "age=70&bmi=37&physical_activity=inactive&hscrp=8",
    "sex=male",
    "hscrp=<0.3",
    "age=80%2B&er_stress={present=3,absent=1}&p62=high&diagnosed_diabetes=no",
    "height=170&weight=90&hscrp=0.41+mg/dL",
    "age=55&sex=male&homa_ir=3.1",
    "inflammation=present&sarcopenia=absent",
    "bmi=24&vo2max=40&leg_strength=low",
    "age=20&bmi=19&physical_activity=active&hscrp=0.2",
    "age=62&sex=female&fasting_glucose=130+mg/dL",
    "age=58&hba1c=6.1&fasting_insulin=14",
]


def as_typed(case: str) -> dict[str, Any]:
    pairs = (pair.split("=", 1) for pair in case.split("&"))
    typed = {name: value.replace("+", " ").replace("%2B", "+") for name, value in pairs}
    return {name: {"present": 3, "absent": 1} if value == WEIGHTS else value for name, value in typed.items()}


@pytest.mark.parametrize(
    "case", [case if case in CASES[5:6] else pytest.param(case, marks=pytest.mark.long) for case in CASES]
)
def test_numbers_are_those_of_python(browser: "Browser", small_port: int, small: bn.RiskModel, case: str) -> None:
    post = small.posterior(as_typed(case))
    shown = {
        name: of_100(post.probability(name))
        for name, variable in small.knowledge.variables.items()
        if variable.role in SCORED_ROLES
    }
    with opened(browser, small_port, case) as page:
        assert page.inner_text("#risk") == of_100(post.risk)
        low, high = post.interval()
        assert f"{of_100(low)} to {of_100(high)}" in page.inner_text("#under")
        for name, value in shown.items():
            box = page.locator(f"#node-{name}")
            told = box.locator(
                ".pin" if as_typed(case).get(name) in ("present", "absent") else ".value"
            ).first.inner_text()
            assert told == {"100": "present", "0": "absent"}.get(value, value), name


def test_a_finding_changes_the_answer_and_its_removal_changes_it_back(browser: "Browser", small_port: int) -> None:
    with opened(browser, small_port) as page:
        before = page.inner_text("#risk")
        page.fill("#find", "crp")
        page.keyboard.press("Enter")
        typed(page, "#row-hscrp", "8")
        raised = page.inner_text("#risk")
        assert int(raised) > int(before)
        assert "#hscrp=8" in page.url
        page.select_option("[aria-label='Unit of CRP']", "mg/dL")
        page.wait_for_url("**mg/dL**")
        page.click("[aria-label='Remove CRP']")
        page.wait_for_url(lambda url: "hscrp" not in url)
        answered(page)
        assert page.inner_text("#risk") == before


def test_what_if_is_that_of_python(browser: "Browser", small_port: int, small: bn.RiskModel) -> None:
    answer = small.what_if(as_typed(WOMAN), do=["exercise_training", "weight_loss"]).to_dict()
    with opened(browser, small_port, WOMAN) as page:
        page.click("#tab-whatif")
        for name in ("exercise_training", "weight_loss"):
            page.check(f"#do-{name}")
        answered(page)
        assert page.inner_text("#risk") == of_100(answer["after"])
        assert page.inner_text("#wi-pinned .after") == of_100(answer["after"])
        low, high = (of_100(-end) for end in answer["interval"])
        assert f"{high} to {low} fewer" in page.inner_text("#under")
        assert " to ".join(map(of_100, answer["bounds_after"])) in page.inner_text(".assumes")
        ranked = small.rank(as_typed(WOMAN), do=["exercise_training"])
        row = page.locator(".wi-row", has=page.locator("#do-exercise_training"))
        assert row.locator(".after").inner_text() == of_100(ranked.to_dict()["rows"][0]["after"])


def test_on_a_phone_fields_stay_while_one_types_and_fold_when_done(browser: "Browser", small_port: int) -> None:
    with opened(browser, small_port, width=PHONE) as page:
        page.click("#field-age")
        page.keyboard.type("68")
        page.wait_for_url("**age=68**")
        assert page.evaluate("document.activeElement.id") == "field-age"
        page.select_option("#field-sex", "female")
        page.fill("#find", "crp")
        page.keyboard.press("Enter")
        page.keyboard.type("4.1")
        page.wait_for_url("**hscrp=4.1**")
        page.click("#chips button:text('Done')")
        assert page.is_hidden("#field-age")
        assert page.inner_text("#chips .pin >> nth=2") == "CRP 4.1 mg/L"


@pytest.mark.long
def test_a_box_is_set_by_keyboard_and_given_back(browser: "Browser", small_port: int) -> None:
    with opened(browser, small_port, WOMAN) as page:
        before = page.inner_text("#risk")
        page.focus("#node-inflammation")
        page.keyboard.press("Enter")
        page.wait_for_selector("#set-present")
        page.focus("#set-present")
        page.keyboard.press("Enter")
        page.wait_for_url("**inflammation=present**")
        answered(page)
        assert int(page.inner_text("#risk")) > int(before)
        assert page.evaluate("document.activeElement.id") == "set-present"
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.id") == "node-inflammation"
        assert page.is_visible("#panel-now")


@pytest.mark.long
def test_an_arrow_opens_to_its_claims_and_sources(browser: "Browser", small_port: int, model: bn.RiskModel) -> None:
    with opened(browser, small_port) as page:
        page.click("#node-inflammation")
        page.click("#arc-ras_overactivity-inflammation")
        detail = page.inner_text(".forest .detail")
        arc = next(each for each in model.knowledge.variables["inflammation"].parents if each.id == "ras_overactivity")
        assert all(claim in detail for claim in arc.claims)
        page.click(f".forest .detail button:text('{arc.claims[0]}')")
        assert "ncreases inflammation" in page.inner_text("#dialog")
        page.keyboard.press("Escape")
        assert page.is_hidden("#dialog")
        assert page.is_visible("#inspector")


@pytest.mark.long
def test_an_intervention_opens_to_what_trials_found_and_the_network_says(
    browser: "Browser", small_port: int, small: bn.RiskModel
) -> None:
    row = next(row for row in small.knowledge.trials if row.acts == ("exercise_training",) and not row.against)
    with opened(browser, small_port, f"{WOMAN}&tab=whatif") as page:
        page.click("[aria-label^='Exercise training:']")
        ranges_counted(page)
        shown = page.inner_text("#dialog").replace("\N{EN DASH}", " to ")
    assert row.printed.replace("\N{EN DASH}", " to ") in shown
    for study in small.evidence("exercise_training").rows:
        if study.network is not None and study.network_low is not None and study.network_high is not None:
            ends = [f"{exp(end):.2f}" for end in (study.network_low, study.network_high)]
            assert f"{exp(study.network):.2f} {' to '.join(ends)}" in " ".join(shown.split()), study.id


@pytest.mark.long
def test_ranges_of_studies_are_counted_only_of_those_in_view(browser: "Browser", small_port: int) -> None:
    """All of them take the server minutes."""
    asked: list[dict[str, Any]] = []
    with opened(browser, small_port, bypass=True) as page:
        page.on("request", lambda sent: asked.append(sent.post_data_json) if sent.url.endswith("/evidence") else None)
        page.click("#go-sources")
        page.click("#dialog .link:has-text('studies beside the network')")
        page.wait_for_selector("#dialog [data-range=there]")
        page.wait_for_timeout(500)
        every = page.locator("#dialog [data-study]").count()
        page.keyboard.press("Escape")
        so_far = len(asked)
        page.wait_for_timeout(500)
        assert len(asked) == so_far
    whole, *parts = asked
    assert whole == {"listed": True}
    assert 1 <= max(len(part["studies"]) for part in parts) <= 6
    assert len({name for part in parts for name in part["studies"]}) < every / 4


def test_a_link_of_ten_thousand_findings_is_answered_by_as_many_as_are_taken(
    browser: "Browser", small_port: int
) -> None:
    case = "&".join(["age=68", *(f"f{at}={at}" for at in range(10_000))])
    with opened(browser, small_port, case) as page:
        assert "holds 10001 findings; only the first 200 are used" in page.inner_text("#rail-foot")
        assert "This is the answer of 1 valid finding; 199 could not be read." in page.inner_text("#under")


def test_what_is_said_to_be_unknown_is_told_as_left_out(browser: "Browser", small_port: int) -> None:
    with opened(browser, small_port, "age=68&hscrp=nan&height=170&weight=80") as page:
        assert page.inner_text("#row-hscrp-note") == "Read as not known, so left out: nan."
        assert page.inner_text("#row-height-note") == ""


def test_a_link_that_says_something_twice_is_told_and_the_first_stays(browser: "Browser", small_port: int) -> None:
    with opened(browser, small_port, "age=68&hscrp=4&age=20&er_stress={present=1,present=3}") as page:
        assert "This link gives age twice; only the first is used." in page.inner_text("#rail-foot")
        assert page.input_value("#field-age") == "68"
        assert "'present' is given twice" in page.inner_text("#rows")


def test_markup_as_name_and_value_stays_text(browser: "Browser", small_port: int) -> None:
    evil = "<img src=x onerror=alert(1)>"
    with opened(
        browser, small_port, f"age={evil}&{evil.replace('=', '%3D')}=<script>alert(1)</script>&hscrp=4"
    ) as page:
        page.on("dialog", lambda dialog: pytest.fail(f"executed: {dialog.message}"))
        assert page.input_value("#field-age") == evil
        answered(page)
        assert page.locator("img").count() == 0
        assert page.locator("main script").count() == 0
        assert "could not be read" in page.inner_text("#under")


def test_what_cannot_be_read_is_said_at_its_field_in_the_words_of_the_command_line(
    browser: "Browser", small_port: int, small: bn.RiskModel
) -> None:
    with pytest.raises(bn.QuestionError) as error:
        small.posterior(age="300")
    with opened(browser, small_port, "sex=female") as page:
        without = page.inner_text("#risk")
        typed(page, "#field-age", "300")
        assert page.get_attribute("#field-age", "aria-invalid") == "true"
        described = page.get_attribute("#field-age", "aria-describedby")
        assert str(error.value).lower() in page.inner_text(f"#{described}").lower()
        assert page.inner_text("#risk") == without


@pytest.mark.long
def test_an_unknown_name_is_answered_with_the_nearest(browser: "Browser", small_port: int) -> None:
    with opened(browser, small_port) as page:
        page.fill("#find", "hscp")
        page.click(".finder .problem .link")
        assert page.evaluate("document.activeElement.id") == "row-hscrp"


@pytest.mark.long
def test_all_is_reached_by_keyboard_in_the_order_of_the_design(browser: "Browser", small_port: int) -> None:
    with opened(browser, small_port, WOMAN) as page:
        answered(page)
        regions = ["skip", "top", "rail", "answer", "middle", "net"]
        seen = []
        for _ in range(120):
            page.keyboard.press("Tab")
            region = page.evaluate(
                "document.activeElement.closest('#skip, .top, #rail, #answer, #middle, #net')?.id || (document.activeElement.closest('.top') ? 'top' : '')"
            )
            if region and region not in seen:
                seen.append(region)
            if region == "net" and page.evaluate("document.activeElement.classList.contains('node')"):
                break
        assert seen == regions
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.classList.contains('node')")
        page.keyboard.press("Tab")
        assert not page.evaluate("document.activeElement.classList.contains('node')")


@pytest.mark.long
def test_a_change_is_told_to_screen_readers(browser: "Browser", small_port: int) -> None:
    with opened(browser, small_port, "age=68&sex=female") as page:
        page.fill("#find", "crp")
        page.keyboard.press("Enter")
        typed(page, "#row-hscrp", "6")
        page.wait_for_selector("#live:has-text('Moved most: inflammation')", state="attached")
        assert f"About {page.inner_text('#risk')} of 100" in page.inner_text("#live")


@pytest.mark.long
@pytest.mark.parametrize(("then", "held"), [("#cases .case", False), ("#row-hscrp", True)])
def test_whatever_comes_right_after_a_keystroke_the_last_word_holds(
    browser: "Browser", small_port: int, then: str, held: bool
) -> None:
    """A worked case opened in the same moment takes the place of what was typed; without it, it stays."""
    with opened(browser, small_port, "age=68&hscrp=2") as page:
        page.evaluate(
            """then => {
                const field = document.querySelector('#row-hscrp');
                field.value = '7.5';
                field.dispatchEvent(new Event('input'));
                document.querySelector(then).click();
            }""",
            then,
        )
        answered(page)
        assert ("hscrp=7.5" in page.url) is held
        assert (page.locator("#row-hscrp").count() == 1 and page.input_value("#row-hscrp") == "7.5") is held


@pytest.mark.long
def test_links_carry_the_case_or_leave_it_out(browser: "Browser", small_port: int) -> None:
    case = f"{WOMAN}&do=weight_loss:0.5&first.age=40"
    with opened(browser, small_port, case, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.click("#copy-link")
        link = page.evaluate("navigator.clipboard.readText()")
        page.click("#copy-bare")
        page.wait_for_selector("text=Link without findings copied")
        bare = page.evaluate("navigator.clipboard.readText()")
        assert bare == f"http://127.0.0.1:{small_port}/"
        risk = page.inner_text("#risk")
    with opened(browser, small_port, link.partition("#")[2]) as page:
        assert page.inner_text("#risk") == risk
        assert page.input_value("#row-grip_strength") == "19.5"
        page.click("#tab-whatif")
        answered(page)
        assert page.input_value("#dose-weight_loss") == "2"


@pytest.mark.long
def test_a_file_is_asked_about_scored_and_downloaded(browser: "Browser", small_port: int) -> None:
    table = b"ID,Age,Grip dom (kg),note\nA,68,19.5,<b>x</b>\nB,300,30,y\n"
    with opened(browser, small_port) as page:
        page.click("#go-file")
        page.set_input_files("#file-input", {"name": "people.csv", "mimeType": "text/csv", "buffer": table})
        page.wait_for_selector("#file-sentence")
        assert "1 of 2 people in people.csv can be scored" in page.inner_text("#file-sentence")
        assert "300" in page.inner_text(".outcome-rows")
        assert " to " in page.inner_text(".outcome-rows tr:nth-child(1) td:nth-last-child(2)")
        page.click(".question .button.strong")
        page.wait_for_selector(".question", state="detached")
        with page.expect_download() as download:
            page.click("#file-score")
        text = download.value.path().read_text(encoding="utf-8")
        assert download.value.suggested_filename == "people-scored.csv"
        assert text.splitlines()[0].startswith("ID,Age,Grip dom (kg),note,")
        assert text.splitlines()[1].startswith("A,68,19.5,<b>x</b>,0.")


@pytest.mark.long
def test_a_file_is_given_up_at_a_click(browser: "Browser", small_port: int) -> None:
    with opened(browser, small_port) as page:
        page.context.route("**/api/file", lambda route: None)  # no answer comes
        page.click("#go-file")
        page.set_input_files("#file-input", {"name": "people.csv", "mimeType": "text/csv", "buffer": b"age\n68\n"})
        page.click("#file-cancel")
        page.wait_for_selector(".drop")
        assert page.is_hidden("#file-cancel")
        page.context.unroute("**/api/file")
        page.set_input_files("#file-input", {"name": "people.csv", "mimeType": "text/csv", "buffer": b"age\n68\n"})
        page.wait_for_selector("#file-sentence")


@pytest.mark.long
def test_two_cases_stand_side_by_side(browser: "Browser", small_port: int) -> None:
    with opened(browser, small_port, WOMAN) as page:
        kept = page.inner_text("#risk")
        page.click("#tab-two")
        page.click("#two-copy")
        page.wait_for_selector("#two-swap")
        typed(page, "#field-age", "40")
        assert page.inner_text(".two figure:first-child b") == kept
        assert page.inner_text(".two figure:last-child b") == page.inner_text("#risk")
        assert page.locator(".compare .differs").count() == 1
        assert "Age" in page.inner_text(".compare .differs")


@pytest.mark.long
def test_a_stopped_server_is_told_and_waited_for(browser: "Browser", small_port: int) -> None:
    with opened(browser, small_port, "age=68") as page:
        answered(page)
        before = page.inner_text("#risk")
        page.context.route("**/api/**", lambda route: route.abort())
        page.fill("#field-age", "30")
        page.wait_for_selector("#stopped:has-text('No answer from the program')")
        assert page.inner_text("#risk") == before
        page.context.unroute("**/api/**")
        page.wait_for_selector("#stopped", state="hidden")
        answered(page)
        assert int(page.inner_text("#risk")) < int(before)


@pytest.mark.parametrize("case", ["", pytest.param(f"{WOMAN}&do=weight_loss&tab=whatif", marks=pytest.mark.long)])
def test_axe_finds_no_fault(browser: "Browser", small_port: int, axe: str, case: str) -> None:
    with opened(browser, small_port, case, bypass=True) as page:
        answered(page)
        assert faults(page, axe) == []
