"""Files of a posterior that are damaged or do not fit are told in one line, by check, load and every command."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import bn
from cpds.check import problems
from cpds.knowledge import KnowledgeError, load
from cpds.priors import at_prior

AT_PRIOR = at_prior(load())


def spoil(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    return lambda path: np.save(path, change(np.load(path)), allow_pickle=True)


def one(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def with_it(table: np.ndarray) -> np.ndarray:
        table[7, 3] = value
        return table

    return with_it


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: path.unlink(), "missing; run"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "missing; run"),
    "empty": (lambda path: path.write_bytes(b""), "damaged"),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:1000]), "damaged"),
    "cut in the head": (lambda path: path.write_bytes(path.read_bytes()[:20]), "damaged"),
    "no array": (lambda path: path.write_bytes(b"PK\x03\x04" + b"x" * 100), "damaged"),
    "pickled": (lambda path: path.write_bytes(pickle.dumps([1])), "damaged"),
    "objects": (spoil(lambda table: table.astype(object)), "damaged"),
    "texts": (spoil(lambda table: table.astype(str)), "expected floating-point"),
    "whole numbers": (spoil(lambda table: table.astype(int)), "expected floating-point"),
    "a column less": (spoil(lambda table: table[:, 1:]), f"does not fit {len(AT_PRIOR)} parameters"),
    "turned": (spoil(lambda table: table.T), f"does not fit {len(AT_PRIOR)} parameters"),
    "flat": (spoil(lambda table: table.ravel()), f"does not fit {len(AT_PRIOR)} parameters"),
    "no draws": (spoil(lambda table: table[:1]), "no draws"),
    "no number": (spoil(one(np.nan)), "in row 7 is nan, no finite number"),
    "infinite": (spoil(one(np.inf)), "in row 7 is inf, no finite number"),
}


@pytest.mark.parametrize("how", list(SPOILED))
def test_damaged_draws(data: Path, how: str) -> None:
    spoil_it, said = SPOILED[how]
    spoil_it(data / "posterior/main.npy")
    (problem,) = problems(data)
    assert problem.startswith("posterior/main.npy: ")
    assert said in problem
    assert "bn.synthesis" in problem
    with pytest.raises(KnowledgeError, match=r"posterior/main\.npy: ") as told:
        bn.load(data)
    assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize(
    "text", [b"", b"parameter\tmode\n", b"\xff\xfe", b"name\tmode\nx\t1\n", b"parameter\tmode\na\tx\n"]
)
def test_a_damaged_list_of_parameters(data: Path, text: bytes) -> None:
    (data / "posterior/parameters.tsv").write_bytes(text)
    (problem,) = problems(data)
    assert problem.startswith("posterior/parameters.tsv: damaged: ")
    with pytest.raises(KnowledgeError, match=r"posterior/parameters\.tsv: damaged: "):
        bn.load(data)


def test_draws_of_another_setting_are_checked_too(data: Path) -> None:
    (data / "posterior/weaker_signaling.npy").write_bytes(b"")
    (problem,) = problems(data)
    assert problem.startswith("posterior/weaker_signaling.npy: ")
    with pytest.raises(KnowledgeError, match="weaker_signaling"):
        bn.load(data).sensitivity(age=60)


@pytest.mark.parametrize(
    "arguments",
    [
        ["bn", "risk", "age=60", "--data"],
        ["bn", "show", "hscrp", "--data"],
        ["bn", "export", "out.bif", "--data"],
        ["cpds", "check"],
    ],
    ids=lambda arguments: arguments[1],
)
def test_commands_tell_it_without_a_traceback(data: Path, arguments: list[str], tmp_path: Path) -> None:
    (data / "posterior/main.npy").write_bytes(b"damaged")
    command = [sys.executable, "-m", *arguments, str(data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert "posterior/main.npy: damaged" in done.stdout + done.stderr
    assert len((done.stdout + done.stderr).splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["bn.synthesis", "--help"], 0, "Usage: python -m bn.synthesis [OPTIONS] [DATA_FOLDER]"),
        (["bn.synthesis", "--bogus"], 2, "No such option '--bogus'"),
        (["bn.synthesis", "/no/such/folder"], 2, "does not exist"),
        (["cpds", "--help"], 0, "check"),
        (["cpds", "check", "--help"], 0, "Usage: python -m cpds check [OPTIONS] [DATA_FOLDER]"),
        (["cpds", "check", "--bogus"], 2, "No such option '--bogus'"),
        (["cpds", "check", "/no/such/folder"], 2, "does not exist"),
        (["cpds", "bogus"], 2, "No such command 'bogus'"),
    ],
)
def test_help_and_what_cannot_be_asked(arguments: list[str], code: int, said: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["targets.toml", "claims.tsv", "variables/age.toml"])
def test_a_file_that_is_no_utf8_is_named(data: Path, name: str) -> None:
    with (data / name).open("ab") as file:
        file.write(b"\xff\xfe")
    assert Path(name).name in problems(data)[0]
