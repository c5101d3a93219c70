"""The command line without a process of its own: what the fixture `myorisk` gives."""

import gc
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

import bn
from bn.cli import main


@dataclass(frozen=True)
class Ended:
    """What a command left, named as by `subprocess`."""

    returncode: int
    stdout: str
    stderr: str


class Myorisk(Protocol):
    def __call__(self, *arguments: object, stdin: str = "", model: bn.RiskModel | None = None) -> Ended:
        """Run `myorisk ARGUMENTS`; the shipped network is the one with few draws, or `model`."""


@contextmanager
def here(
    small: bn.RiskModel, monkeypatch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]
) -> Iterator[Myorisk]:
    load, often = bn.load, gc.get_threshold()

    def run(*arguments: object, stdin: str = "", model: bn.RiskModel | None = None) -> Ended:
        def loaded(root: Any = None, **which: Any) -> bn.RiskModel:
            return load(root, **which) if root or any(which.values()) else model or small

        captured.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(bn, "load", loaded)
            patch.setattr(sys, "argv", ["myorisk", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin.encode()))))
            try:
                main()
                code: Any = 0
            except SystemExit as end:
                code = end.code or 0
        return Ended(int(code), *captured.readouterr())

    yield run
    gc.set_threshold(*often)
