"""What a package should say of itself: its version, its types, and how it is cited."""

from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

import bn
import cpds
from bn.cli import main
from cpds.knowledge import load

CITATION = Path(__file__).parents[2] / "CITATION.cff"


def test_the_version_is_that_of_the_package(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["myorisk", "--version"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    assert bn.__version__ == version("myorisk")
    assert capsys.readouterr().out == f"myorisk {bn.__version__}\n"


@pytest.mark.parametrize("package", [bn, cpds], ids=lambda package: package.__name__)
def test_checkers_may_read_its_types(package: object) -> None:
    (home,) = package.__path__  # type: ignore[attr-defined]
    assert (Path(home) / "py.typed").is_file()


def test_the_citation_names_this_version_and_the_review_as_the_sources_do() -> None:
    """A list of authors such as "Shou J, Chen PJ" gives family names and initials."""
    cited = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    review = load().sources["review"]
    assert (cited["cff-version"], cited["version"]) == ("1.2.0", bn.__version__)
    (reference,) = cited["references"]
    authors = ", ".join(f"{one['family-names']} {one['given-names']}" for one in reference["authors"])
    assert (reference["title"], reference["year"], authors) == (review.title, review.year, review.authors)
