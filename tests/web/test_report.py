"""A report says what Python says, holds nothing that runs or is fetched, and prints to two pages."""

import datetime
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browsing import chromium

import bn
from bn.cli import main
from bn.core.case import EXAMPLE, Case, read_case
from bn.core.errors import QuestionError
from bn.web.report import report
from bn.web.wording import of_100
from cpds.populations import find

DAY = datetime.date(2026, 1, 2)
WOMAN = {"age": 68, "sex": "female", "bmi": 31.2, "hscrp": "4.1", "grip_strength": "19.5 kg"}
VOID = frozenset({"meta", "circle", "path", "rect", "br"})


def case(findings: dict[str, object], title: str = "", *do: str, threshold: float | None = None) -> Case:
    return Case(findings, title, do, threshold, {name: str(said) for name, said in findings.items()})


class Elements(HTMLParser):
    """Elements with their attributes, and what stands in them; every one that is opened must be closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.text += " " if tag in ("td", "th", "dt", "dd", "li") else ""

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


def words(page: str) -> str:
    return " ".join(Elements(page).text.split())


def test_weights_are_told_in_words(small: bn.RiskModel) -> None:
    told = words(report(small, case({"er_stress": {"present": 3, "absent": 1}, "physical_activity": "active"}), DAY))
    assert "ER stress present 3, absent 1" in told
    assert "Physical activity active" in told


def test_it_says_what_python_says(small: bn.RiskModel) -> None:
    told = words(report(small, case(WOMAN, "Mrs. A", "exercise_training", "weight_loss", threshold=0.5), DAY))
    post = small.posterior(WOMAN)
    low, high = (round(100 * end) for end in post.interval())
    assert f"Of 100 women with these findings, about {100 * post.risk:.0f} have insulin resistance now." in told
    assert f"range is {low} to {high} (90 %)." in told
    changed = small.what_if(WOMAN, do=["exercise_training", "weight_loss"])
    assert "Had those 100 women long trained and weighed a tenth less" in told
    assert f"about {100 * changed.risk_after:.0f} would have it, not {100 * post.risk:.0f}." in told
    assert f"anything from {of_100(changed.bounds[0])} to {of_100(changed.bounds[1])}" in told
    explained = small.explain(WOMAN)
    before = 100 / (1 + 2.718281828459045**-explained.before)
    assert f"Why {100 * post.risk:.0f} and not {before:.0f}?" in told
    for row in small.rank(WOMAN, do=["exercise_training", "weight_loss"]).rows:
        assert re.search(rf"{re.escape(row.title)} [a ]*\w+ {100 * row.after[0]:.0f} ▼", told)
    test = small.next_test(WOMAN, threshold=0.5)["homa_ir"]
    assert f"HOMA-IR {of_100(test.low)} to {of_100(test.high)} {of_100(test.crossing)} of 100" in told
    assert (
        f"Without “NHANES 2007-2012, computed” it would be {100 * small.sensitivity(WOMAN).sources[0].risk:.0f}."
        in told
    )
    assert f"myorisk {bn.__version__}, 2026-01-02. Population: US adults" in told
    assert "age=68 sex=female bmi=31.2 hscrp=4.1 grip_strength=19.5 kg" in told


def test_it_tells_the_risk_by_other_definitions_and_for_whom(small: bn.RiskModel) -> None:
    page = report(small, Case(WOMAN, definition=("homa_ir_3", "diabetes_ada")), DAY)
    for one in small.posterior(WOMAN, definition=["homa_ir_3", "diabetes_ada"]).definitions:
        assert one.interval
        event = {"homa_ir_3": "insulin resistance", "diabetes_ada": "dysglycemia (diabetes)"}[one.id]
        ends = " to ".join(map(of_100, one.interval))
        assert f"By {one.id}: {event} {of_100(one.probability)} of 100, range {ends}. {one.title}." in words(page)
    population = find(small.knowledge, "us_2013_2014")
    moved = words(report(small.moved_to(population), case(WOMAN), DAY))
    assert moved.count(f"nswers are for the population 'us_2013_2014' ({population.title}).") == 2


def test_what_it_tells_of_a_mechanism_is_that_of_its_event(small: bn.RiskModel) -> None:
    """Not of its last state, which is one of two grades of dysglycemia."""
    told, post = words(report(small, case(WOMAN), DAY)), small.posterior(WOMAN)
    for name in ("dysglycemia", "inflammation"):
        ends = " to ".join(map(of_100, post.interval(name)))
        context = sum(post.priors[name][post.states[name].index(state), 0] for state in post.event(name))
        assert f"{name.title()} {of_100(post.probability(name))} {ends} {of_100(context)}" in told


def test_of_a_hundred_people_as_many_are_drawn_as_are_told(small: bn.RiskModel) -> None:
    page = report(small, case(WOMAN), DAY)
    post = small.posterior(WOMAN)
    kinds = [attributes["class"] for tag, attributes in Elements(page).found if tag == "g"]
    assert len(kinds) == 100
    assert kinds.count("sure") + kinds.count("maybe") == round(100 * post.risk)
    assert kinds.count("sure") == round(100 * post.interval()[0])
    assert kinds.count("not") == 100 - round(100 * post.interval()[1])


PEOPLE = {
    "nothing of the context": {"hscrp": "<0.3"},
    "the context alone": {"age": "80+", "sex": "male"},
    "weights and levels": {"er_stress": {"present": 3, "absent": 1}, "p62": "high", "diagnosed_diabetes": "no"},
    "parts": {"height": "170", "weight": "90", "birth_date": datetime.date(1950, 1, 1), "visit_date": "2020-01-01"},
    "an outcome": {"homa_ir": "3.1", "vo2max": 20, "age": 40},
    "notes": {"hscrp": 80, "age": 40, "physical_activity": "active", "vo2max": 12, "sex": "m"},
}


SOONEST = ("nothing of the context", "notes")


@pytest.mark.parametrize(
    "findings",
    [pytest.param(one, id=name, marks=[] if name in SOONEST else pytest.mark.long) for name, one in PEOPLE.items()],
)
def test_it_is_whole_and_holds_nothing_that_runs_or_is_fetched(
    small: bn.RiskModel, findings: dict[str, object]
) -> None:
    page = Elements(report(small, case(findings), DAY))
    assert not page.open
    tags = {tag for tag, _ in page.found}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use"}
    for _, attributes in page.found:
        assert not [
            name for name in attributes if name.startswith("on") or name in ("src", "href", "xlink:href", "style")
        ]
    assert "nan" not in page.text.lower().split()
    for note in small.posterior(findings).notes:
        assert note.text in page.text


def test_what_follows_from_parts_is_told_as_what_it_is_derived_from(small: bn.RiskModel) -> None:
    """The step from anybody to people like this one holds what height and weight do."""
    told = words(report(small, case({"height [m]": 1.7, "weight": "104 kg", "CRP": 9}), DAY))
    derived = small.explain({"bmi": 104 / 1.7**2})
    times = f"{2.718281828 ** derived.contributions[0].log_odds:.2f}"
    assert re.search(rf"Body-mass index 35.99 kg/m2 \S+ raises \S {times} Knowing who it is", told)
    assert f"Knowing who it is {100 / (1 + 2.718281828**-derived.after):.0f}" in told


def test_what_is_typed_is_text(small: bn.RiskModel) -> None:
    page = report(small, case({"CRP": "4.1", "age": 68}, "<script>alert(1)</script>", "at1_blockade:0.5"), DAY)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "With AT1-receptor blockade at 0.5 of its shift, about" in words(page)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["myorisk", "report", *map(str, arguments)])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def few_draws(small: bn.RiskModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped network has few draws, which are soon asked."""
    monkeypatch.setattr(bn, "load", lambda *_, **__: small)


@pytest.mark.usefixtures("few_draws")
def test_the_command_writes_a_file_that_others_may_read_no_more_than_the_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "case.toml", tmp_path / "report.html"
    source.write_text('definition = "who"\n' + EXAMPLE, encoding="utf-8")
    source.chmod(0o600)
    assert run(monkeypatch, source, "-o", target) == 0
    assert target.stat().st_mode & 0o777 == 0o600
    assert "Mrs. A, first visit" in target.read_text(encoding="utf-8")
    assert "By who: " in target.read_text(encoding="utf-8")
    assert run(monkeypatch, source, "-o", target) == 2
    assert "exists; choose another name or pass --force" in capsys.readouterr().err
    assert run(monkeypatch, source, "-o", target, "--force", "--do", "weight_loss", "--definition", "homa_ir_3") == 0
    assert "By homa_ir_3: " in target.read_text(encoding="utf-8")
    assert "By who: " not in target.read_text(encoding="utf-8")
    assert "weighed a tenth less" in words(target.read_text(encoding="utf-8"))
    assert run(monkeypatch, source, "-o", target, "--force", "--do", "weight_los") == 2
    assert "unknown intervention 'weight_los' (did you mean 'weight_loss'?)" in capsys.readouterr().err
    assert "weighed a tenth less" in words(target.read_text(encoding="utf-8"))


WRONG = [
    ("age = ", "cannot be read as TOML"),
    ("age = 68", "unknown key 'age' (findings stand in a table [findings]); expected findings, title, do, threshold"),
    ("finding = {}", "unknown key 'finding' (did you mean 'findings'?)"),
    ("title = 'x'", "no findings; expected such as"),
    ("findings = 3", "no findings"),
    ("title = 3\n[findings]\nage = 68", "title: found 3, expected a text"),
    ("do = 3\n[findings]\nage = 68", "do: found 3, expected a list of texts"),
    ("definition = [1]\n[findings]\nage = 68", "definition: found [1], expected a list of texts"),
    ("[findings]\nage = 68\nage = 69", "cannot be read as TOML: Cannot overwrite a value"),
    ("threshold = true\n[findings]\nage = 68", "threshold: found True, expected a number"),
    ("[findings]\nage = ' '", "'age=': no value"),
]


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_case_that_cannot_be_is_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "case.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(QuestionError, match=re.escape(said)):
        read_case(path)


def test_a_case_is_read_as_the_command_line_reads_it(tmp_path: Path, small: bn.RiskModel) -> None:
    path = tmp_path / "case.toml"
    path.write_text(
        'do = "weight_loss"\n[findings]\nage = 68\n"CRP [mg/dL]" = "<0.3"\ner_stress = "{present=3, absent=1}"\n',
        encoding="utf-8",
    )
    read = read_case(path)
    assert (read.do, read.findings["er_stress"]) == (("weight_loss",), {"present": "3", "absent": "1"})
    post = small.posterior(age=68, hscrp="<3", er_stress={"present": 3, "absent": 1})
    assert small.posterior(read.findings).risk == pytest.approx(post.risk, abs=1e-12)


@pytest.mark.long
@pytest.mark.parametrize(
    ("findings", "definition"),
    [(WOMAN, ()), (PEOPLE["nothing of the context"], ()), (WOMAN, ("homa_ir_3", "ada", "diabetes_ada"))],
    ids=["five findings", "one finding", "three definitions"],
)
def test_it_prints_to_two_pages(
    small: bn.RiskModel, tmp_path: Path, findings: dict[str, object], definition: tuple[str, ...]
) -> None:
    page = tmp_path / "report.html"
    told = replace(case(findings, "A case", "exercise_training", threshold=0.5), definition=definition)
    page.write_text(report(small, told, DAY), encoding="utf-8")
    with chromium() as browser:
        shown, asked = browser.new_page(viewport={"width": 390, "height": 900}), []
        shown.on("request", lambda request: asked.append(request.url))
        shown.on("console", lambda message: asked.append(message.text))
        shown.goto(page.as_uri())
        assert shown.evaluate("document.documentElement.scrollWidth") <= 390  # a phone shows it without scrolling aside
        printed = shown.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
    assert asked == [page.as_uri()]
