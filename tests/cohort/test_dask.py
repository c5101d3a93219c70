"""Dask changes nothing but where rows are scored: frames and files, also when a worker is killed in the middle."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster

import bn
from bn.cohort.files import Options, cluster, score_files

FILES = 8


@contextmanager
def two_processes(**options: object) -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL, **options
    ) as running:
        yield running


def people(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "id": [f"p{row}" for row in range(rows)],
            "age": rng.integers(20, 90, rows).astype(float),
            "sex": pd.Categorical(rng.choice(["f", "m"], rows)),
            "hscrp": rng.choice(["<0.3", "1.2", "4.1", "", "abc"], rows, p=[0.2, 0.4, 0.2, 0.15, 0.05]),
        },
        index=rng.permutation(rows),
    )
    frame.loc[frame.index[::7], "age"] = np.nan
    return frame


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of a cohort, one of them unlike the others."""
    folder = tmp_path_factory.mktemp("cohort")
    frame = people(FILES * 30_000)
    for number, part in enumerate(np.array_split(np.arange(len(frame)), FILES)):
        frame.iloc[part].to_csv(folder / f"{number}.csv", index=False, sep=";" if number == 3 else ",")
    return folder


@pytest.fixture(scope="module")
def alone(small: bn.RiskModel, cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The results of a single process."""
    folder = tmp_path_factory.mktemp("alone")
    list(score_files(small, [f"{cohort}/*.csv"], f"{folder}/"))
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Intervals come from sums in single precision, which round otherwise in blocks of another length."""
    ends = ["risk_low", "risk_high"]
    pd.testing.assert_frame_equal(one.drop(columns=ends), other.drop(columns=ends), rtol=1e-12, atol=1e-12)
    pd.testing.assert_frame_equal(one[ends], other[ends], rtol=0, atol=1e-6)


def test_a_frame_is_scored_partition_by_partition_when_computed(small: bn.RiskModel) -> None:
    frame = people(60)
    lazy = small.score(dd.from_pandas(frame, npartitions=4, sort=False))
    assert isinstance(lazy, dd.DataFrame)
    assert lazy.npartitions == 4
    whole = small.score(frame)
    found = lazy.compute(scheduler="threads")
    same(found, whole.astype(lazy.dtypes))
    pd.testing.assert_series_equal(lazy.dtypes, found.dtypes)
    assert (found["error"] != "").sum() == (frame["hscrp"] == "abc").sum() > 0
    with pytest.raises(bn.QuestionError, match="no column is recognized"):
        small.score(dd.from_pandas(pd.DataFrame({"height": [1.7]}), npartitions=1))


def test_a_frame_is_whole_when_a_worker_is_killed(small: bn.RiskModel) -> None:
    """The killed worker takes the partitions that it holds with it; they are scored again."""
    frame = people(40_000)
    with two_processes() as running, Client(running) as client:
        futures = client.compute(small.score(dd.from_pandas(frame, npartitions=20, sort=False)).to_delayed())
        while sum(future.done() for future in futures) < 3:
            time.sleep(0.01)
        victim = next(address for address, keys in client.has_what().items() if keys)
        os.kill(client.run(os.getpid, workers=[victim])[victim], signal.SIGKILL)
        assert not all(future.done() for future in futures)
        found = pd.concat(client.gather(futures))
    whole = small.score(frame)
    same(found, whole.astype(found.dtypes))


@pytest.mark.long
@pytest.mark.parametrize("moment", ["before it appears", "after it appeared"])
def test_files_are_whole_when_a_worker_is_killed(
    small: bn.RiskModel, cohort: Path, alone: dict[str, bytes], tmp_path: Path, moment: str
) -> None:
    """At the worst moments: the file is complete but not yet named, or named but not yet reported.

    The first worker to come there is killed; the others must neither lose its file nor refuse to write it again.
    """
    (tmp_path / "dies.py").write_text(
        f"""
import os, signal
from bn.core import atomic_write as appearing

replace = getattr(appearing, "kept", os.replace)  # Dask loads this twice
appearing.kept = replace

def dies_once(partial, target):
    if {moment == "after it appeared"}:
        replace(partial, target)
    try:
        os.mkdir({str(tmp_path / "died")!r})
    except FileExistsError:
        if {moment != "after it appeared"}:
            replace(partial, target)
    else:
        os.kill(os.getpid(), signal.SIGKILL)

appearing.os.replace = dies_once
"""
    )
    target = tmp_path / "scored"
    with two_processes(preload=[str(tmp_path / "dies.py")]) as running:
        found = list(
            cluster.score_files_on_dask(small, [f"{cohort}/*.csv"], f"{target}/", address=running.scheduler_address)
        )
    assert (tmp_path / "died").exists()
    assert contents(target) == alone
    assert [Path(source).name for source, _ in found] == sorted(alone)
    told = [str(summary) for _, summary in score_files(small, [f"{cohort}/*.csv"], f"{tmp_path}/again/")]
    assert [str(summary) for _, summary in found] == told


@pytest.mark.long
def test_the_command_uses_a_cluster_and_survives_a_kill(cohort: Path, model: bn.RiskModel, tmp_path: Path) -> None:
    """From the shell, killed at the moment when the first file appears; stderr tells what it always tells."""
    command = [sys.executable, "-m", "bn", "score", f"{cohort}/*.csv", "--no-interval", "-o"]
    plain = subprocess.run([*command, f"{tmp_path}/alone/"], capture_output=True, text=True, check=False)
    assert plain.returncode == 3
    with two_processes() as running, Client(running) as client:
        workers = client.run(os.getpid)
        scoring = subprocess.Popen(
            [*command, f"{tmp_path}/scored/", "--dask", running.scheduler_address], stderr=subprocess.PIPE, text=True
        )
        while not list((tmp_path / "scored").glob("*.csv")):
            assert scoring.poll() is None
            time.sleep(0.01)
        assert len(contents(tmp_path / "scored")) < FILES
        os.kill(next(iter(workers.values())), signal.SIGKILL)
        _, told = scoring.communicate(timeout=120)
    assert scoring.returncode == 3
    assert contents(tmp_path / "scored") == contents(tmp_path / "alone")
    assert told == plain.stderr


def test_without_an_address_the_cores_of_this_machine_do_it(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("age,hscrp\n50,4.1\n")
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "bn",
        "score",
        str(tmp_path / "a.csv"),
        str(tmp_path / "b.csv"),
    ]
    done = subprocess.run(
        [*command, "-o", f"{tmp_path}/scored/", "--dask"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "2 files: 2 of 2 rows scored" in done.stderr
    assert not [line for line in done.stderr.splitlines() if "distributed" in line or "Warning" in line]
    assert (tmp_path / "scored" / "a.csv").read_text() == (tmp_path / "scored" / "b.csv").read_text()


def test_what_dask_logs_is_not_told() -> None:
    """Dask's client has a level of its own, and says "couldn't gather" when a worker dies with a result."""
    client = logging.getLogger("distributed.client")
    before = client.level
    client.setLevel(logging.WARNING)
    try:
        with cluster._quiet():
            assert not client.isEnabledFor(logging.CRITICAL)
        assert client.isEnabledFor(logging.WARNING)
    finally:
        client.setLevel(before)


def test_what_goes_wrong_on_a_worker_is_told_as_here(small: bn.RiskModel, tmp_path: Path) -> None:
    (tmp_path / "fine.csv").write_text("age\n50\n")
    (tmp_path / "tall.csv").write_text("height\n1.7\n")
    (tmp_path / "bad.csv").write_text("age\n50\n300\n")
    with two_processes() as running:
        address = running.scheduler_address
        with pytest.raises(bn.QuestionError, match=r"tall\.csv: no column is recognized"):
            list(cluster.score_files_on_dask(small, [f"{tmp_path}/tall.csv"], f"{tmp_path}/a/", address=address))
        with pytest.raises(bn.core.errors.RunError, match=r"bad\.csv: line 3: age: found '300'"):
            list(
                cluster.score_files_on_dask(
                    small, [f"{tmp_path}/bad.csv"], f"{tmp_path}/b/", Options(strict=True), address
                )
            )
    assert contents(tmp_path / "a") == contents(tmp_path / "b") == {}


def test_what_cannot_be_done_is_refused(small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("age\n50\n")
    (tmp_path / "there.csv").write_text("")
    with pytest.raises(bn.QuestionError, match="no access to standard input"):
        cluster.score_files_on_dask(small, ["-"], f"{tmp_path}/b.csv")
    with pytest.raises(bn.QuestionError, match="exists"):
        cluster.score_files_on_dask(small, [f"{tmp_path}/a.csv"], f"{tmp_path}/there.csv")
    monkeypatch.setattr(cluster, "CONNECT_TIMEOUT", 1)
    with pytest.raises(bn.core.errors.RunError, match=r"no Dask scheduler answers at 127\.0\.0\.1:9"):
        list(cluster.score_files_on_dask(small, [f"{tmp_path}/a.csv"], f"{tmp_path}/b.csv", address="127.0.0.1:9"))
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(bn.QuestionError, match=r"pip install 'myorisk\[dask\]'"):
        cluster.score_files_on_dask(small, [f"{tmp_path}/a.csv"], f"{tmp_path}/b.csv")


def test_every_file_that_is_no_table_is_named_before_a_cluster_is_asked(small: bn.RiskModel, tmp_path: Path) -> None:
    for name, text in (("a.csv", "age\n50\n"), ("b.csv", "x\n1\n"), ("c.csv", "age,Age\n50,50\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(bn.QuestionError, match=r"2 of 3 files.*\n.*b\.csv: no column.*\n.*c\.csv: columns 'age' and"):
        cluster.score_files_on_dask(small, f"{tmp_path}/*.csv", f"{tmp_path}/out/", address="tcp://127.0.0.1:1")
    assert not (tmp_path / "out").exists()
