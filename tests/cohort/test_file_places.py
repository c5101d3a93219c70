"""Which files are read and written: several into a folder, none by mistake, each that is no table told beforehand."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cohort_files import a_table, write_table

import bn
from bn.cohort.files import score_file, score_files


def test_several_files_go_into_a_folder(small: bn.RiskModel, tmp_path: Path) -> None:
    for name, rows in (("a.csv", b"50,25\n"), ("b.csv", b"60,25\nx,25\n")):
        (tmp_path / name).write_bytes(b"age,bmi\n" + rows)
    write_table(a_table(), tmp_path / "c.parquet")
    found = list(score_files(small, [f"{tmp_path}/*.csv", f"{tmp_path}/c.parquet"], f"{tmp_path}/out/"))
    assert [(Path(source).name, summary.rows, summary.failed) for source, summary in found] == [
        ("a.csv", 1, 0),
        ("b.csv", 2, 1),
        ("c.parquet", 4, 2),
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.csv", "b.csv", "c.parquet"]


@pytest.mark.parametrize(
    ("sources", "target", "said"),
    [
        (["a.csv"], "a.csv", "also to be read"),
        (["a.csv"], "", "also to be read"),
        (["a.csv", "b.csv"], "b.csv", "2 files to read: expected -o to name a folder"),
        (["a.csv", "b.csv"], "-", "expected -o to name a folder"),
        (["a.csv", "sub/a.csv"], "out/", "would both become"),
        (["*.tsv"], "out/", "no file matches"),
        ([], "out/", "no file to read"),
        (["a.xls"], "out.csv", "a.xls: unknown kind of file; .*; save the sheet as CSV"),
        (["a.csv"], "out.xlsx", "out.xlsx: is only read, not written"),
        (["-"], "out/", "standard input has no name"),
        (["a.csv"], "old.csv", "exists; choose another name or pass --force"),
        (["a.csv"], "none/x.csv", "x.csv: folder '.*none' does not exist"),
    ],
)
def test_files_are_not_mixed_up(
    small: bn.RiskModel, tmp_path: Path, sources: list[str], target: str, said: str
) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.csv", "b.csv", "sub/a.csv", "old.csv"):
        (tmp_path / name).write_bytes(b"age\n50\n")
    places = [source if source == "-" else f"{tmp_path}/{source}" for source in sources]
    with pytest.raises(bn.QuestionError, match=said):
        score_files(small, places, target if target == "-" else f"{tmp_path}/{target}")
    assert not list(tmp_path.glob("out*"))
    assert {path.read_bytes() for path in tmp_path.glob("*.csv")} == {b"age\n50\n"}


def test_every_file_that_is_no_table_is_named_before_any_is_scored(small: bn.RiskModel, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"age\n50\n")
    (tmp_path / "b.csv").write_bytes(b"age,age\n50,50\n")
    (tmp_path / "c.csv").write_bytes(b"age,risk\n50,1\n")
    (tmp_path / "d.parquet").write_bytes(b"age\n50\n")
    with pytest.raises(bn.QuestionError) as told:
        score_files(small, [f"{tmp_path}/*.*", f"{tmp_path}/none.csv"], f"{tmp_path}/out/")
    said = str(told.value).splitlines()
    assert said[0] == "4 of 5 files cannot be read, so none was:"
    for line, (name, why) in zip(
        said[1:],
        [
            ("b.csv", "columns 'age' and 'age' both give age; keep one"),
            ("c.csv", "columns risk clash with result columns"),
            ("d.parquet", "no Parquet file"),
            ("none.csv", "No such file or directory"),
        ],
        strict=True,
    ):
        assert line.startswith(f"  {tmp_path}/{name}: {why}")
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="named pipes are those of POSIX")
def test_a_pipe_among_several_files_is_read_once(small: bn.RiskModel, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"age\n50\n")
    os.mkfifo(tmp_path / "b.csv")
    writer = threading.Thread(target=(tmp_path / "b.csv").write_bytes, args=(b"age\n50\n60\n",))
    writer.start()
    found = list(score_files(small, [f"{tmp_path}/a.csv", f"{tmp_path}/b.csv"], f"{tmp_path}/out/"))
    writer.join()
    assert [summary.rows for _, summary in found] == [1, 2]


def test_a_device_is_written_to_as_it_is(small: bn.RiskModel, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"age\n50\n")
    score_file(small, str(tmp_path / "in.csv"), os.devnull)
    assert not Path(os.devnull).is_file()
    if Path("/dev/full").exists():
        with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
            score_file(small, str(tmp_path / "in.csv"), "/dev/full")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="every folder is open to root")
def test_a_folder_that_cannot_be_written_into_is_named(small: bn.RiskModel, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"age\n50\n")
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(bn.QuestionError, match=r"folder '.*closed' cannot be written into"):
        score_file(small, str(tmp_path / "in.csv"), str(tmp_path / "closed" / "x.csv"))


@pytest.mark.skipif(os.name == "nt", reason="limits are those of POSIX")
def test_a_disk_that_is_full_names_the_file(tmp_path: Path) -> None:
    """A limit on the size of files stands for the end of the disk."""
    (tmp_path / "in.csv").write_bytes(b"age\n" + b"50\n" * 20_000)
    command = f"trap '' XFSZ; ulimit -f 8; exec '{sys.executable}' -m bn score in.csv -o out.csv"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "myorisk: File too large: out.csv\n")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
