"""A validation is told as tables, JSON, Markdown and one page; on an error nothing is written."""

import json
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from validation_cohort import a_cohort

import bn
from bn.commands.app import app
from bn.validation import Validation

VOID = {"meta", "br", "link", "img", "hr"}


@pytest.fixture(scope="module")
def cohort() -> pd.DataFrame:
    return a_cohort(400)


@pytest.fixture(scope="module")
def found(small: bn.RiskModel, cohort: pd.DataFrame) -> Validation:
    return small.validate(cohort.assign(bmi=cohort["bmi"].where(cohort.index > 8)), "homa_ir>2.5", references=True)


def asked(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["validate", *arguments])


class Page(HTMLParser):
    """Elements opened and closed in order, the text, and addresses that would be fetched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.fetched: list[str] = []
        self.said: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        self.fetched += [str(value) for name, value in attrs if name in ("src", "srcset", "data", "action")]
        self.fetched += [str(v) for name, v in attrs if name.endswith("href") and not str(v).startswith("#")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def test_the_page_is_whole_and_fetches_nothing(found: Validation, tmp_path: Path) -> None:
    text = found.save(tmp_path / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert page.fetched == []
    assert "script" not in page.seen
    assert page.seen.count("svg") == 3
    assert not re.search(r"@import|url\((?!#)", text)
    for drawn in re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL):
        ElementTree.fromstring(drawn)
    said = " ".join(page.said)
    auc = found.overall.measures["auc"]
    for told in (f"{auc.value:.3f}", f"{auc.low:.3f} to {auc.high:.3f}", "8a", "23a", "gradient boosting"):
        assert told in said
    assert "nan" not in said.lower().split()


def test_markdown_has_every_group_in_even_rows(found: Validation, tmp_path: Path) -> None:
    text = found.save(tmp_path / "report.md").read_text(encoding="utf-8")
    for block in text.split("\n\n"):
        rows = block.splitlines()
        if rows and rows[0].startswith("| "):
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1
    for group in found.groups:
        assert group.group.replace("_", r"\_") in text


def test_json_is_what_the_answer_says(found: Validation, tmp_path: Path) -> None:
    told = json.loads(found.save(tmp_path / "report.json").read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps(found.to_dict()))
    assert told["flow"]["used"] == told["overall"]["n"]
    assert len(told["decision_curve"]["model"]) == len(told["decision_curve"]["thresholds"])
    assert sum(map(sum, told["risk_histogram"])) == pytest.approx(told["overall"]["n"])


def test_what_a_text_holds_is_no_markup(small: bn.RiskModel, cohort: pd.DataFrame, tmp_path: Path) -> None:
    bad = "<b>|x"
    found = small.validate(cohort.rename(columns={"layer": bad}), "homa_ir>2.5", by=[bad])
    page = found.save(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<b>|x" not in page
    assert "&lt;b&gt;|x" in page
    assert r"\<b\>\|x" in found.save(tmp_path / "report.md").read_text(encoding="utf-8")


def test_the_picture_has_a_row_a_group(found: Validation) -> None:
    picture = found.plot()
    labels = [text.get_text() for text in picture.axes[3].get_yticklabels()]
    told = [group for group in found.groups if group.performance.measures]
    assert len(labels) == 1 + len(told)
    assert "not told" not in " ".join(labels)  # too few people for a measure


def test_a_report_needs_a_suffix_that_it_has_and_overwrites_nothing(found: Validation, tmp_path: Path) -> None:
    with pytest.raises(bn.QuestionError, match=r"expected a report's: \.html, \.md, \.json"):
        found.save(tmp_path / "report.pdf")
    (tmp_path / "report.md").write_text("mine")
    with pytest.raises(bn.QuestionError, match="exists"):
        found.save(tmp_path / "report.md")
    assert (tmp_path / "report.md").read_text() == "mine"
    with pytest.raises(TypeError, match="has no report"):
        bn.load().posterior(age=50).save(tmp_path / "person.html")


def test_the_command_tells_tables_and_writes_reports(cohort: pd.DataFrame, tmp_path: Path) -> None:
    source, page, numbers = tmp_path / "cohort.csv", tmp_path / "out.html", tmp_path / "out.json"
    cohort.to_csv(source, index=False)
    done = asked(
        *(str(source), "--outcome", "homa_ir>2.5", "--weights", "wt", "--strata", "layer", "--clusters", "site"),
        *("--by", "sex", "--by", "age:50", "-o", str(page), "-o", str(numbers)),
    )
    assert done.exit_code == 0, done.output
    for said in (
        "sex: female",
        "age: under 50 years",
        "Calibration slope",
        "left out, since they speak of the outcome",
    ):
        assert said in done.output
    assert page.exists()
    told = json.loads(numbers.read_text())
    assert told["source"] == "cohort.csv"  # no folder of this machine
    assert told["design"] == ["weights", "strata", "clusters"]
    as_json = asked(str(source), "--outcome", "homa_ir>2.5", "--json")
    assert json.loads(as_json.stdout)["overall"]["n"] == told["overall"]["n"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--outcome", "homa_ir>2.5", "--weights", "nix"], "no column 'nix'"),
        (["--outcome", "homa_ir>2.5", "--inputs", "homa_ir"], "speaks of the outcome itself"),
        (["--outcome", "hba1c>6"], "no column gives hba1c"),
        (["--outcome", "homa_ir>299"], "none of them has it"),
    ],
)
def test_on_an_error_nothing_is_written(
    cohort: pd.DataFrame, tmp_path: Path, arguments: list[str], message: str
) -> None:
    source = tmp_path / "cohort.csv"
    cohort.to_csv(source, index=False)
    done = asked(str(source), *arguments, "-o", str(tmp_path / "out.html"))
    assert isinstance(done.exception, bn.QuestionError)
    assert message in str(done.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["cohort.csv"]


def test_an_output_that_cannot_be_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    done = asked(str(tmp_path / "missing.csv"), "--outcome", "homa_ir>2.5", "-o", str(tmp_path / "out.pdf"))
    assert isinstance(done.exception, bn.QuestionError)
    assert "expected a report's" in str(done.exception)


def test_sampled_people_come_as_files(tmp_path: Path) -> None:
    arguments = ["sample", "50", "age=60", "sex=f", "--measure", "homa_ir", "--seed", "1"]
    for name, read in (("people.csv", pd.read_csv), ("people.parquet", pd.read_parquet)):
        done = CliRunner().invoke(app, [*arguments, "-o", str(tmp_path / name)])
        assert done.exit_code == 0, done.output
        people = read(tmp_path / name)
        assert people.shape == (50, 5)
        assert (people["age"] == 60).all()
    done = CliRunner().invoke(app, [*arguments, "-o", str(tmp_path / "people.sav")])
    assert isinstance(done.exception, bn.QuestionError)
    assert CliRunner().invoke(app, [*arguments, "-o", "-"]).stdout.startswith("age,sex,physical_activity,bmi,homa_ir\n")
