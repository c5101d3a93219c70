"""Who may not read a cohort may not read what was made from it, from its first byte on."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

import bn
from bn.cohort.files import Options, run_files
from bn.cohort.files.run import score_file
from bn.cohort.frames.questions import CohortWhatIf
from bn.core.atomic_write import atomic_write, partial_of

ROWS = "age,hscrp\n68,4.1\n"


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    """The umask that most systems start with."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def cohort(path: Path, allowed: int) -> Path:
    path.write_text(ROWS, encoding="utf-8")
    path.chmod(allowed)
    return path


@pytest.mark.parametrize(
    ("allowed", "wanted"), [(0o600, 0o600), (0o640, 0o640), (0o644, 0o644), (0o400, 0o600), (0o666, 0o644), (0o755, 0o644)]
)  # fmt: skip
@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz", "out.parquet", "out.arrow"])
def test_a_new_output_takes_the_inputs_mode(
    small: bn.RiskModel, tmp_path: Path, allowed: int, wanted: int, name: str
) -> None:
    score_file(small, str(cohort(tmp_path / "in.csv", allowed)), str(tmp_path / name), Options(posteriors=False))
    assert mode(tmp_path / name) == wanted


@pytest.mark.parametrize(("allowed", "wanted"), [(0o600, 0o600), (0o644, 0o644)])
def test_so_does_one_that_is_made_from_standard_input(
    small: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: int, wanted: int
) -> None:
    with cohort(tmp_path / "in.csv", allowed).open(encoding="utf-8") as file:
        monkeypatch.setattr("sys.stdin", file)
        score_file(small, "-", str(tmp_path / "out.csv"), Options(posteriors=False))
    assert mode(tmp_path / "out.csv") == wanted


def test_each_of_several_has_its_own(small: bn.RiskModel, tmp_path: Path) -> None:
    cohort(tmp_path / "open.csv", 0o644)
    cohort(tmp_path / "private.csv", 0o600)
    target = tmp_path / "results"
    list(run_files(CohortWhatIf.of(small, "weight_loss"), str(tmp_path / "*.csv"), f"{target}/"))
    assert (mode(target / "open.csv"), mode(target / "private.csv")) == (0o644, 0o600)


@pytest.mark.parametrize(
    ("allowed", "before", "wanted"), [(0o644, 0o600, 0o600), (0o644, 0o664, 0o644), (0o600, 0o644, 0o600)]
)
def test_what_is_overwritten_keeps_its_mode_but_for_what_the_input_forbids(
    small: bn.RiskModel, tmp_path: Path, allowed: int, before: int, wanted: int
) -> None:
    target = cohort(tmp_path / "out.csv", before)
    options = Options(posteriors=False, force=True)
    score_file(small, str(cohort(tmp_path / "in.csv", allowed)), str(target), options)
    assert mode(target) == wanted


def test_the_partial_file_is_private_as_soon_as_it_is_there(tmp_path: Path) -> None:
    source, target = cohort(tmp_path / "in.csv", 0o600), tmp_path / "out.csv"
    with atomic_write(target, False, source):
        assert mode(partial_of(target)) == 0o600
    made = []

    def opened(*given: int | str) -> int:
        made.append(given[-1])
        return os_open(*given)  # type: ignore[arg-type]

    os_open = os.open
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bn.core.atomic_write.os.open", opened)
        with atomic_write(tmp_path / "again.csv", False, source):
            pass
    assert made[0] == 0o600


def test_without_a_file_behind_it_the_umask_says(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for number, source in enumerate([None, tmp_path / "gone.csv", pipe]):
        target = tmp_path / f"{number}.csv"
        with atomic_write(target, False, source):
            pass
        assert mode(target) == 0o644


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_names_the_file_and_leaves_nothing(model: bn.RiskModel, tmp_path: Path) -> None:
    link = tmp_path / "net.bif"
    link.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as told:
        model.export(link, overwrite=True)
    assert told.value.filename == str(link)


def test_a_disk_that_fills_up_leaves_no_half_export(
    model: bn.RiskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bn.core.atomic_write.os.fsync", full)
    with pytest.raises(OSError, match="No space left") as told:
        model.export(tmp_path / "net.bif")
    assert told.value.filename == str(tmp_path / "net.bif")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["in.arrow", "in.parquet"])
def test_a_file_that_is_no_table_is_named(model: bn.RiskModel, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x93 no such file" * 20)
    with pytest.raises(bn.QuestionError, match=name):
        score_file(model, str(tmp_path / name), str(tmp_path / "out.csv"))
    assert not (tmp_path / "out.csv").exists()
