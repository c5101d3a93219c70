"""The command line: what it prints, how it fails, and that no traceback ever shows."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from command_line import Myorisk

import bn

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_risk_prints_risk_interval_and_every_mechanism() -> None:
    """In a process of its own, as a person starts it."""
    told = ["age=68", "sex=female", "bmi=31.2", "hscrp=4.1", "grip_strength=19.5kg"]
    command = [sys.executable, "-m", "bn", "risk", *told]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for text in (
        "Risk of insulin resistance: 0.",
        "90 % interval",
        "Inflammation",
        "Sarcopenia",
        "Mitochondrial dysfunction",
        "not a diagnostic device",
    ):
        assert text in done.stdout


def test_definitions_are_listed_with_criteria_and_sources(myorisk: Myorisk, model: bn.RiskModel) -> None:
    lines = myorisk("definitions").stdout.splitlines()
    (who,) = (line for line in lines if line.startswith("who "))
    assert "fasting_glucose >= 110 mg/dL or hba1c >= 6.5 % or diagnosed_diabetes = yes" in who
    assert who.rstrip().endswith("0.08 to 0.55  who_and_ada")
    told = json.loads(myorisk("definitions", "--json").stdout)["definitions"]
    assert [one["id"] for one in told] == list(model.knowledge.definitions)
    assert all(one["address"] or one["why"] or not one["basis"] for each in told for one in each["criteria"])


def test_risk_and_score_answer_by_definitions(myorisk: Myorisk, tmp_path: Path) -> None:
    done = myorisk("risk", "age=68", "sex=female", "glucose=92", "--definition", "hba1c_65", "--definition", "ADA")
    assert re.search(r"By hba1c_65_or_diagnosed: dysglycemia \(diabetes\) 0\.0\d  \(90 % interval", done.stdout)
    assert "By glucose_hba1c_or_diagnosed: dysglycemia 0." in done.stdout
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("age,sex,homa_ir\n68,female,3.2\n68,female,\n68,,\n", encoding="utf-8")
    done = myorisk(
        "score", str(source), "-o", str(target), "--no-interval", "--no-posteriors", "--definition", "homa_ir_3"
    )
    assert done.returncode == 0
    assert "1x caution: by_homa_ir_3 is empty: definition 'homa_ir_3' differs by sex and age; give them (line 4)" in (
        done.stderr
    )
    header, *rows = (line.split(",") for line in target.read_text(encoding="utf-8").splitlines())
    cells = [row[header.index("by_homa_ir_3")] for row in rows]
    assert cells[0] == "1.000000"
    assert 0 < float(cells[1]) < 1
    assert cells[2] == ""


def test_risk_as_json_is_the_same_answer(myorisk: Myorisk, model: bn.RiskModel) -> None:
    record = json.loads(myorisk("risk", "age=68", "er_stress={present=3, absent=1}", "--json", model=model).stdout)
    post = model.posterior(age=68, er_stress={"present": 3, "absent": 1})
    assert record["risk"] == pytest.approx(post.risk)
    assert record["interval"] == pytest.approx(post.interval())
    assert {row["variable"] for row in record["posterior"]} == set(post.states)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["risk", "hscrpp=3"], "did you mean 'hscrp'"),
        (["risk", "age=300"], "expected 20 to 120 years"),
        (["risk", "hscrp=-1"], "negative"),
        (["risk", "p=NaN"], "unknown observation 'p'"),
        (["risk", "hscrp=3 kg"], "hscrp"),
        (["risk", "bmi=31", "adiposity=bmi_under_19"], "contradicts"),
        (["risk", "age"], "expected name=value"),
        (["risk", "age=50", "age=60"], "'age' is given twice"),
        (["show", "inflamation"], "did you mean 'inflammation'"),
        (["export", "network.docx"], ".bif"),
        (
            ["what-if", "hscrp=4.1", "--do", "exercise_training", "--sweep", "age=85:20"],
            "age: found a range from 85 to 20; expected the lower end first",
        ),
        (
            ["what-if", "age=68", "--do", "exercise_training", "--sweep", "adiposty"],
            "unknown variable 'adiposty' (did you mean 'adiposity'?)",
        ),
        (
            ["risk", "age=68", "--plot", "no/such/x.png"],
            "no/such/x.png: the folder no/such does not exist; create it first",
        ),
        (["next-test", "age=68", "--cost", "no.toml"], "no.toml: no such file"),
        (["next-test", "age=68", "--cost", "nosuch=3"], "unknown biomarker 'nosuch'"),
        (["next-test", "age=68", "--cost", "hscp=3"], "unknown biomarker 'hscp' (did you mean 'hscrp'?)"),
        (["risk", "age=68", "--definition", "adda"], "unknown definition 'adda' (did you mean 'ada'?); known: gluc"),
        (["risk", "age=68", "--definition", "who"], "definition 'who' differs by sex and age; give them"),
        (
            ["what-if", "age=68", "--do", "metformin", "--definition", "who"],
            "none found them after an act; ask `myorisk",
        ),
        (["next-test", "age=68", "--cost", "hscrp=3", "--cost", "hscrp=4"], "'hscrp' is given twice, as 3 and 4; keep"),
        (["risk", "age=68", "--data", "no/such"], "data folder 'no/such' does not exist"),
    ],
)
def test_bad_questions_get_one_clear_line(myorisk: Myorisk, arguments: list[str], said: str) -> None:
    done = myorisk(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_broken_knowledge_folder_is_named(myorisk: Myorisk, data: Path) -> None:
    (data / "variables/er_stress.toml").write_text("id = 3\n", encoding="utf-8")
    done = myorisk("risk", "age=50", "--data", str(data))
    assert done.returncode == 2
    assert "er_stress.toml" in done.stderr


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("inflammation", ["oxidative_stress", "graded", "C147", "grade unspecified"]),
        ("homa_ir", ["2.5", "aric_repeatability", "converted", "homa_ir_formula"]),
        ("dysglycemia", ["nhanes", "reported", "E029"]),
        ("exercise_training", ["physical_activity", "C528"]),
        ("C147", ["ros production", "Inflammation"]),
        ("E066", ["1.54"]),
    ],
)
def test_show_leads_from_number_to_claim_and_source(myorisk: Myorisk, name: str, texts: list[str]) -> None:
    done = myorisk("show", name)
    assert done.returncode == 0
    for text in texts:
        assert text in done.stdout


def test_claims_lists_every_claim_for_people_and_machines(myorisk: Myorisk) -> None:
    record = json.loads(myorisk("claims", "--json").stdout)
    assert {verdict["claim"] for verdict in record["claims"]} == {f"C{number:03d}" for number in range(1, 553)}
    assert all(verdict["status"] and verdict["kind"] and verdict["outcome"] for verdict in record["claims"])
    text = myorisk("claims").stdout
    assert "552 claims" in text
    for verdict in record["claims"]:
        if verdict["outcome"] == "disagrees":
            assert verdict["claim"] in text.split("Disagreements with the review")[1]


def test_score_reports_and_exits_by_outcome(myorisk: Myorisk, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("age,hscrp\n68,4.1\n300,1\n", encoding="utf-8")
    done = myorisk("score", str(source), "-o", str(target), "--no-interval")
    assert done.returncode == 3
    assert "1 of 2 rows scored" in done.stderr
    assert "risk_low" not in pd.read_csv(target)
    assert myorisk("score", str(source), "-o", str(target)).returncode == 2
    assert myorisk("score", str(tmp_path / "absent.csv"), "-o", str(tmp_path / "x.csv")).returncode == 1


def test_score_in_a_pipe(myorisk: Myorisk) -> None:
    done = myorisk("score", "-", "-o", "-", "--no-interval", stdin="age,bmi\n50,22\n")
    assert done.returncode == 0
    assert done.stdout.startswith("age,bmi,risk,p_")


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes the pipes")
@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        ("- -o - <&-", 1, "", "myorisk: standard input is closed; name a file\n"),
        ("in.csv -o - >&-", 1, "", "myorisk: standard output is closed; name a file\n"),
        ("in.csv -o - --no-interval --no-posteriors 2>&-", 0, "age,risk,log_evidence,error\n50,0.", ""),
    ],
)
def test_closed_pipes_are_told(tmp_path: Path, arguments: str, code: int, out: str, err: str) -> None:
    """Without standard error, what would be told there is not mixed into the results."""
    (tmp_path / "in.csv").write_text("age\n50\n", encoding="utf-8")
    command = f"exec '{sys.executable}' -m bn score {arguments}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout[: len(out)], done.stderr) == (code, out, err)
    assert len(done.stdout.splitlines()) == len(out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["risk"], "Missing argument 'NAME=VALUE...'. See myorisk risk --help"),
        (
            ["what-if", "age=68", "--jsonn"],
            "No such option '--jsonn'. Did you mean '--json'? See myorisk what-if --help",
        ),
        (["score", "a.csv"], "Missing option '-o' / '--output'. See myorisk score --help"),
        (["nosuch"], "No such command 'nosuch'. See myorisk --help"),
        (["score", "-o", "b.csv", "--dask", "a.csv"], "--dask a.csv: expected an address such as"),
        (["sensitivity", "age=68", "--top", "0"], "'--top'"),
    ],
)
def test_a_command_misspelled_is_one_line_that_leads_to_its_help(
    myorisk: Myorisk, arguments: list[str], said: str
) -> None:
    done = myorisk(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_a_command_all_are_listed(myorisk: Myorisk) -> None:
    done = myorisk()
    assert done.returncode == 0
    names = [line.split()[0] for line in done.stdout.partition("Commands:")[2].splitlines() if line.strip()]
    assert names[:2] == ["risk", "what-if"]
    assert len(names) == 21
    assert "..." not in done.stdout.partition("Commands:")[2]


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
@pytest.mark.parametrize("imported", ["click", "msgspec", "numpy", "pyarrow", "bn.cohort.files.run"])
def test_an_interruption_is_told_whatever_goes_on(imported: str, tmp_path: Path) -> None:
    """The signal arrives when a module is imported; only a bare interpreter goes before."""
    (tmp_path / "in.csv").write_text("age\n50\n", encoding="utf-8")
    script = f"""
import os, signal, sys
class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == {imported!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupts())
from bn.cli import main
main()
"""
    command = [sys.executable, "-c", script, "score", "in.csv", "-o", "out.csv"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (130, "myorisk: interrupted\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(("full", "told"), [(False, ""), (True, "myorisk: No space left on device\n")])
@pytest.mark.parametrize("command", ["--help", "risk age=68"])
def test_output_that_goes_nowhere_is_one_line_at_most(command: str, full: bool, told: str, unbuffered: str) -> None:
    """Python keeps short output until it ends, where an error of writing it would be told as one that was ignored."""
    if full:
        write = os.open("/dev/full", os.O_WRONLY)
    else:
        read, write = os.pipe()
        os.close(read)
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    asked = [sys.executable, "-m", "bn", *command.split()]
    done = subprocess.run(asked, env=environment, stdout=write, stderr=subprocess.PIPE, timeout=120, check=False)
    os.close(write)
    assert (done.returncode, done.stderr.decode()) == (1, told)


def test_the_example_cohort_is_scored(myorisk: Myorisk, tmp_path: Path) -> None:
    target = tmp_path / "scored.csv"
    done = myorisk("score", str(EXAMPLES / "cohort.csv"), "-o", str(target))
    assert done.returncode == 0, done.stderr
    scored = pd.read_csv(target)
    assert scored["risk"].between(0, 1).all()
    assert (scored["risk_low"] <= scored["risk_high"]).all()


def test_score_leaves_out_what_is_not_asked_for(myorisk: Myorisk, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("age,hscrp\n68,4.1\n")
    header = {}
    for options in ((), ("--no-posteriors",), ("--no-interval", "--no-posteriors")):
        done = myorisk("score", str(tmp_path / "in.csv"), "-o", "-", *options)
        assert done.returncode == 0, done.stderr
        names, values = (line.split(",") for line in done.stdout.splitlines())
        header[options] = dict(zip(names, values, strict=True))
    whole, alone, least = header.values()
    assert list(alone) == [name for name in whole if not name.startswith("p_")]
    assert list(least) == ["age", "hscrp", "risk", "log_evidence", "error"]
    assert alone == {name: whole[name] for name in alone}
