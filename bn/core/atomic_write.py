"""A file that appears under its name only when it is complete."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from bn.core.errors import QuestionError, RunError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ANYBODY, _OWNER = 0o666, 0o600


def partial_of(target: Path) -> Path:
    """The name of a file that is being written."""
    return target.with_name(f".{target.name}.partial")


def is_stream(target: Path) -> bool:
    """Whether the target is a device or a pipe, which is written to as it is."""
    with suppress(OSError):
        mode = target.stat().st_mode
        return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    return False


def refuse_folder(target: Path) -> None:
    """Raise QuestionError where the target's folder does not exist or takes no new file."""
    folder = (Path(os.path.realpath(target)) if target.is_symlink() else target).parent
    if not folder.is_dir():
        raise QuestionError(f"{target}: folder '{folder}' does not exist; make it or choose another")
    if not (os.access(folder, os.W_OK) or is_stream(target)):
        raise QuestionError(f"{target}: folder '{folder}' cannot be written into; choose another")


def refuse_existing(target: Path, force: bool) -> None:
    """Raise QuestionError where a file of that name must not be overwritten."""
    if target.is_dir():
        raise QuestionError(f"{target} is a directory; expected the name of a file")
    if target.exists() and not force and not is_stream(target):
        raise QuestionError(f"{target} exists; choose another name or pass --force")


@contextmanager
def atomic_write(target: Path, force: bool, source: Path | int | None = None) -> Iterator[BinaryIO]:
    """A file to write, which takes the target's name when all went well and vanishes otherwise.

    A link stays one: what it points to is written. Who may not read the file `source` (a path, or the number of an open
    one), from which it was made, may not read it either, from its first byte on; otherwise a new file is as the umask
    says, and one that is overwritten keeps its mode. What a killed run left is removed. Raises RunError when another
    run writes the same target meanwhile.
    """
    refuse_existing(target, force)
    refuse_folder(target)
    if is_stream(target):
        with _named(target), target.open("wb") as file:
            yield file
        return
    with _named(target), _replacing(Path(os.path.realpath(target)), force, _widest(source)) as file:
        yield file


def _widest(source: Path | int | None) -> int:
    """Mode that nothing made from a file may exceed, but for its owner; pipes and devices say nothing of it."""
    if source is not None:
        with suppress(OSError):
            mode = os.stat(source).st_mode
            if stat.S_ISREG(mode):
                return stat.S_IMODE(mode) & _ANYBODY | _OWNER
    return _ANYBODY


@contextmanager
def _replacing(target: Path, force: bool, widest: int) -> Iterator[BinaryIO]:
    """The file, in one step, under its name once all is written."""
    partial = partial_of(target)
    partial.unlink(missing_ok=True)
    mine = None
    try:
        with open(partial, "xb", opener=lambda name, flags: os.open(name, flags, widest)) as file:
            mine = os.fstat(file.fileno())
            with suppress(FileNotFoundError):
                os.chmod(partial, stat.S_IMODE(target.stat().st_mode) & widest)
            yield file
            file.flush()
            os.fsync(file.fileno())
        refuse_existing(target, force)
        if not _is(partial, mine):
            raise RunError(f"{target}: another run writes it too")
        os.replace(partial, target)
    except BaseException:
        if mine and _is(partial, mine):
            partial.unlink()
        raise
    _sync_folder(target.parent)


@contextmanager
def _named(target: Path) -> Iterator[None]:
    """An error of a disk that is full names the file that did not fit."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL and error.filename is None:
            error.filename = str(target)
        raise


def _is(path: Path, file: os.stat_result) -> bool:
    with suppress(OSError):
        return os.path.samestat(path.stat(), file)
    return False


def _sync_folder(folder: Path) -> None:
    """Have the new name written to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
