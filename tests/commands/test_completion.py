"""What shells offer for a line that is being typed: names, states behind `=`, interventions, files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from latent_data import add_latent

from bn.cli import main
from bn.commands.completion import Bash
from cpds.knowledge import DATA


def offered(line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Bash is told, each as type,value."""
    monkeypatch.setenv("_MYORISK_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    return [line for line in capsys.readouterr().out.splitlines() if line]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("myorisk ris", ["plain,risk"]),
        ("myorisk risk grip", ["plain,grip_strength="]),
        ("myorisk risk grip_strength=19.5 grip", []),
        ("myorisk risk age=68 sex=", ["plain,female", "plain,male"]),
        ("myorisk risk age=68 sex=fe", ["plain,female"]),
        ("myorisk risk p62=l", ["plain,low"]),
        ("myorisk risk diagnosed_diabetes=", ["plain,yes", "plain,no"]),
        ("myorisk risk hscrp=", []),
        ("myorisk risk nosuch=", []),
        ("myorisk risk age=68 --js", ["plain,--json"]),
        ("myorisk what-if --do exercise_", ["plain,exercise_training"]),
        ("myorisk what-if --do=exercise_", ["plain,exercise_training"]),
        ("myorisk what-if --do sarcopenia=", ["plain,absent", "plain,present"]),
        ("myorisk what-if --sweep ag", ["plain,age"]),
        ("myorisk what-if coh", ["file,coh"]),
        ("myorisk most-probable age=68 --over inflam", ["plain,inflammation"]),
        ("myorisk next-test age=68 --cost hsc", ["plain,hscrp="]),
        ("myorisk score --require hsc", ["plain,hscrp"]),
        ("myorisk score a.csv coh", ["file,coh"]),
        ("myorisk score a.csv -o sco", ["file,sco"]),
        ("myorisk score --columns nha", ["plain,nhanes"]),
        ("myorisk score --columns own", ["file,own"]),
        ("myorisk columns coh", ["file,coh"]),
        ("myorisk risk age=68 --definition wh", ["plain,who"]),
        ("myorisk score --definition homa_ir_3_", ["plain,homa_ir_3_46"]),
        ("myorisk show inflamm", ["plain,inflammation"]),
        ("myorisk evidence hscr", ["plain,hscrp"]),
        ("myorisk evidence insulin_tr", []),
        ("myorisk show C00", [f"plain,C00{number}" for number in range(1, 10)]),
    ],
)  # fmt: skip
def test_a_line_is_completed(
    line: str, wanted: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert offered(line, capsys, monkeypatch) == wanted


def test_all_that_was_not_said_yet_is_offered(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = offered("myorisk risk age=68 ", capsys, monkeypatch)
    assert {"plain,sex=", "plain,hscrp="} < set(names)
    assert "plain,age=" not in names


def test_names_are_those_of_the_data_folder(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("biomarkers/hscrp.toml", "biomarkers/hba1c.toml"):
        (data / place).unlink()
    assert offered(f"myorisk risk --data {data} hscr", capsys, monkeypatch) == []
    assert offered(f"myorisk risk --data {DATA} hscr", capsys, monkeypatch) == ["plain,hscrp="]


def test_broken_data_put_nothing_on_the_screen(data: Path, monkeypatch: pytest.MonkeyPatch, capfd: object) -> None:
    (data / "variables/sex.toml").write_text("id = 3\n", encoding="utf-8")
    monkeypatch.setenv("_MYORISK_COMPLETE", "zsh_complete")
    monkeypatch.setenv("COMP_WORDS", f"myorisk risk --data {data} a")
    monkeypatch.setenv("COMP_CWORD", "4")
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert capfd.readouterr() == ("", "")  # type: ignore[attr-defined]


@pytest.mark.skipif(os.name == "nt", reason="pipes are those of POSIX")
def test_a_shell_that_no_longer_listens_hears_of_no_traceback() -> None:
    read, write = os.pipe()
    os.close(read)
    environment = {**os.environ, "_MYORISK_COMPLETE": "bash_complete", "COMP_WORDS": "myorisk risk a"}
    environment["PYTHONUNBUFFERED"] = ""  # what is printed waits until the end
    command = [sys.executable, "-m", "bn"]
    done = subprocess.run(command, env=environment, stdout=write, stderr=subprocess.PIPE, check=False, timeout=120)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize(
    ("shell", "word", "out"),
    [
        ("zsh", {"COMP_WORDS": "myorisk risk sex=fe", "COMP_CWORD": "2"}, "plain\nsex=female\n_\n"),
        (
            "zsh",
            {"COMP_WORDS": "myorisk risk hsc", "COMP_CWORD": "2"},
            "plain\nhscrp=\nHigh-sensitivity C-reactive protein",
        ),
        ("fish", {"COMP_WORDS": "myorisk risk sex=fe", "COMP_CWORD": "sex=fe"}, "plain,sex=female\n"),
    ],
)
def test_shells_that_take_a_pair_for_one_word_get_all_of_it(
    shell: str, word: dict[str, str], out: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"_MYORISK_COMPLETE": f"{shell}_complete", **word}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().out.startswith(out)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_reads_its_script(shell: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bn"]
    environment = {**os.environ, "_MYORISK_COMPLETE": f"{shell}_source"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    assert f"_MYORISK_COMPLETE={shell}_complete" in done.stdout
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "script").write_text(done.stdout, encoding="utf-8")
    subprocess.run([shell, "-n", "script"], cwd=tmp_path, check=True, timeout=120)


@pytest.mark.skipif(not shutil.which("bash"), reason="Bash is not installed")
@pytest.mark.parametrize(
    ("line", "replies", "said"), [("myorisk risk sex=fe", "female", ""), ("myorisk risk hscr", "hscrp=", "-o nospace")]
)
def test_bash_replaces_what_stands_behind_the_sign(line: str, replies: str, said: str, tmp_path: Path) -> None:
    """Bash's own words end at `=`; what is offered must fit in there, and a name must stay open for its value."""
    (tmp_path / "myorisk").write_text(f"#!/bin/sh\nexec '{sys.executable}' -m bn\n", encoding="utf-8")
    (tmp_path / "myorisk").chmod(0o755)
    script = Bash(None, {}, "myorisk", "_MYORISK_COMPLETE").source_template % {  # type: ignore[arg-type]
        "complete_func": "_complete", "complete_var": "_MYORISK_COMPLETE", "prog_name": "myorisk",
    }  # fmt: skip
    asked = f"compopt() {{ echo \"$@\" >&2; }}; COMP_LINE='{line}' COMP_POINT={len(line)}; _complete ./myorisk"
    done = subprocess.run(
        ["bash", "--norc", "-c", f"{script}\n{asked}; echo \"${{COMPREPLY[*]}}\""],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr.strip()) == (replies, said)


def test_a_latent_variable_is_shown_and_never_offered_to_be_observed_or_set(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_latent(data, ["er_stress", "inflammation", "insulin_resistance"])
    for words in (f"risk --data {data}", f"what-if --data {data} --do"):
        assert offered(f"myorisk {words} suscept", capsys, monkeypatch) == []
    assert offered(f"myorisk show --data {data} suscept", capsys, monkeypatch) == ["plain,susceptibility"]
