"""`myorisk update`, `--population` and `myorisk populations` on the command line."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from validation_cohort import a_cohort

from bn.commands.app import app
from bn.core.errors import QuestionError
from cpds.populations import Move, Population


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


@pytest.fixture
def population(tmp_path: Path) -> Path:
    move = Move("insulin_resistance", ("present",), 0.8, ((0.01,),), "homa_ir > 2.5")
    path = tmp_path / "town.population"
    path.write_text(Population(1, "town", "People of a town", "level", moves=(move,)).text(), encoding="utf-8")
    return path


def test_a_cohort_becomes_a_population_that_every_command_takes(tmp_path: Path) -> None:
    cohort, output = tmp_path / "cohort.csv", tmp_path / "town.population"
    a_cohort(300).to_csv(cohort, index=False)
    done = run(
        "update", str(cohort), "--outcome", "homa_ir>2.5", "-o", str(output), "--step", "level", "--title", "A town"
    )
    assert done.exit_code == 0
    for text in ("Step: level (as asked for", "likelihood ratio", "insulin_resistance, log odds added", "Log score"):
        assert text in done.stdout
    told = json.loads(run("risk", "age=60", "--population", str(output), "--json").stdout)
    assert told["population"] == {"name": "town", "title": "A town"}
    assert told["risk"] != json.loads(run("risk", "age=60", "--json").stdout)["risk"]


def test_what_moves_beside_the_outcome_is_asked_for_and_told(tmp_path: Path) -> None:
    cohort = tmp_path / "cohort.csv"
    a_cohort(150).to_csv(cohort, index=False)
    asked = ("update", str(cohort), "--outcome", "homa_ir>2.5", "--step", "leave-it")
    plain = run(*asked)
    assert "inflammation: its level and an offset of the assay cannot be told apart" in " ".join(plain.stdout.split())
    told = run(*asked, "--comparable", "hscrp", "--exposure", "activity")
    assert "inflammation told by hscrp in" in " ".join(told.stdout.split())
    assert "chosen by a test" in told.stdout
    found = json.loads(run(*asked, "--assay", "homa_ir", "--comparable", "hscrp", "--json").stdout)
    assert [one["outcome"] for one in found["beside"]] == ["inflammation"]
    assert any("insulin_resistance: its level and an offset" in note["text"] for note in found["notes"])


def test_an_answer_names_its_population(population: Path, tmp_path: Path) -> None:
    said = "for the population 'town' (People of a town)"
    told = run("risk", "age=60", "--population", str(population))
    assert f"Answers are {said}." in " ".join(told.stdout.split())
    assert said in told.stderr
    output = tmp_path / "people.csv"
    assert said in run("sample", "5", "-o", str(output), "--population", str(population)).stderr
    assert "population" not in run("risk", "age=60").output
    assert "population" not in json.loads(run("risk", "age=60", "--json", "--population", "us_2007_2012").stdout)


def test_every_command_that_asks_the_network_takes_a_population() -> None:
    without = {name for name, one in app.commands.items() if "population" not in {x.name for x in one.params}}
    assert without == {"diff"}


def test_a_hash_of_the_file_is_kept_on_request_only(tmp_path: Path) -> None:
    """Of a small file it would confirm who is in it."""
    cohort, output = tmp_path / "cohort.csv", tmp_path / "town.population"
    a_cohort(80).drop(columns="hscrp").to_csv(cohort, index=False)
    arguments = ("update", str(cohort), "--outcome", "homa_ir>2.5", "-o", str(output), "--force")
    digest = hashlib.sha256(cohort.read_bytes()).hexdigest()
    for more, kept in (((), False), (("--hash",), True)):
        assert run(*arguments, *more).exit_code == 0
        assert (f'sha256 = "{digest}"' in output.read_text(encoding="utf-8")) is kept
        assert json.loads(run("risk", "age=60", "--population", str(output), "--json").stdout)["risk"]


def test_an_output_that_exists_is_refused_before_anything_is_read(population: Path) -> None:
    before = population.read_text(encoding="utf-8")
    with pytest.raises(QuestionError, match="exists"):
        run("update", "no_such_file.csv", "--outcome", "homa_ir>2.5", "-o", str(population))
    assert population.read_text(encoding="utf-8") == before


def test_an_update_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    cohort, output = tmp_path / "cohort.csv", tmp_path / "out.population"
    a_cohort(20).to_csv(cohort, index=False)
    with pytest.raises(QuestionError, match="expected at least 50"):
        run("update", str(cohort), "--outcome", "homa_ir>2.5", "-o", str(output))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cohort.csv"]


def test_populations_are_listed() -> None:
    assert "us_2007_2012" in run("populations").stdout
    told = json.loads(run("populations", "--json").stdout)["populations"]
    assert told[0]["name"] == "us_2007_2012"
    assert "NHANES 2007-2012" in told[0]["title"]
