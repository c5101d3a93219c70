"""A file appears under its name when it is complete or not at all, and a pipe is answered while it is fed."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest

import bn
from bn.cohort.files import Options, score_file
from bn.core.atomic_write import atomic_write, partial_of
from bn.core.errors import RunError


def test_a_failed_run_leaves_nothing_and_an_earlier_one_is_cleaned_up(
    small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(b"age\n50\n")
    target.write_bytes(b"precious")
    partial_of(target).write_bytes(b"left by a killed run")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            score_file(small, str(source), str(target), Options(force=True))
    assert target.read_bytes() == b"precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]
    score_file(small, str(source), str(target), Options(force=True))
    assert target.read_bytes().startswith(b"age,risk")


@pytest.mark.skipif(os.name == "nt", reason="permissions and links are those of POSIX")
def test_what_is_overwritten_keeps_its_permissions_and_a_link_stays_one(small: bn.RiskModel, tmp_path: Path) -> None:
    """Private before the first byte is written, not only when the file is complete."""
    source, target, link = tmp_path / "in.csv", tmp_path / "kept" / "out.csv", tmp_path / "link.csv"
    source.write_bytes(b"age\n50\n")
    target.parent.mkdir()
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to("kept/out.csv")
    with atomic_write(link, True) as file:
        assert partial_of(target).stat().st_mode & 0o777 == 0o600
        file.write(b"new")
    assert target.read_bytes() == b"new"
    score_file(small, str(source), str(link), Options(force=True))
    assert link.is_symlink()
    assert target.read_bytes().startswith(b"age,risk")
    assert target.stat().st_mode & 0o777 == 0o600
    target.unlink()
    score_file(small, str(source), str(link))
    assert link.is_symlink()
    assert target.is_file()


def test_two_runs_on_one_target_do_not_mix(small: bn.RiskModel, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"

    def write(meanwhile: Callable[[], object]) -> None:
        with atomic_write(target, False) as file:
            file.write(b"part")
            meanwhile()

    with pytest.raises(RunError, match="another run"):
        write(lambda: (write(lambda: None), target.unlink()))
    assert not list(tmp_path.iterdir())
    with pytest.raises(bn.QuestionError, match="exists"):
        write(lambda: target.write_bytes(b"first"))
    assert target.read_bytes() == b"first"


def start(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "bn", "score", *arguments]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(command, bufsize=0, **pipes)


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
@pytest.mark.parametrize(
    "sent", [signal.SIGKILL, *(pytest.param(each, marks=pytest.mark.long) for each in (signal.SIGINT, signal.SIGTERM))]
)
def test_a_killed_run_never_leaves_a_part_under_the_final_name(tmp_path: Path, sent: signal.Signals) -> None:
    """Killed at random moments from its first written byte on: the target is absent or whole."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    rows = 150_000
    source.write_bytes(b"age,bmi,hscrp\n" + b"".join(b"%d,2%d,1.%d\n" % (20 + n % 60, n % 10, n) for n in range(rows)))
    partial, chance, caught = partial_of(target), random.Random(int(sent)), 0
    for _ in range(4):
        target.unlink(missing_ok=True)
        partial.unlink(missing_ok=True)
        run = start(str(source), "-o", str(target))
        while run.poll() is None and not partial.exists():
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.3))
        run.send_signal(sent)
        _, stderr = run.communicate(timeout=60)
        assert b"Traceback" not in stderr
        assert (b"myorisk: interrupted" in stderr) == (run.returncode == 130)
        if target.exists():
            assert target.read_bytes().count(b"\n") == rows + 1
            assert not partial.exists()
        else:
            caught += 1
            assert run.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[sent]
            assert partial.exists() <= (sent is signal.SIGKILL)
    assert caught


def test_a_pipe_gives_results_while_it_is_still_fed() -> None:
    """The first blocks come out though the input never ends; who stops listening ends the run."""

    def feed(pipe: IO[bytes]) -> None:
        with suppress(BrokenPipeError):
            pipe.write(b"age,bmi\n")
            while True:
                pipe.write(b"50,25\n" * 10_000)

    with start("-", "-o", "-", "--no-interval") as run:
        assert run.stdin
        assert run.stdout
        assert run.stderr
        feeder = threading.Thread(target=feed, args=(run.stdin,))
        feeder.start()
        assert run.stdout.readline().startswith(b"age,bmi,risk,")
        assert run.stdout.readline().startswith(b"50,25,0.")
        run.stdout.close()
        assert run.wait(60) == 1
        feeder.join(60)
        assert b"Traceback" not in run.stderr.read()
