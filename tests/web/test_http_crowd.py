"""Fifty people at once: every question is answered, none wrongly, and memory stays bounded."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from http_asking import Answered, ask

import bn

pytestmark = pytest.mark.long
USERS, ROUNDS = 50, 3


def resident(process: int) -> int:
    """Bytes of a process that lie in the machine's memory."""
    pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def findings_of(number: int, at: int) -> dict[str, str]:
    sex = "female" if number % 2 else "male"
    return {"age": str(30 + number), "sex": sex, "bmi": str(20 + number % 20), "hscrp": str(0.5 + at)}


def one_user(port: int, number: int) -> list[tuple[dict[str, str], Answered]]:
    """What somebody asks who types, looks, and tries one thing; with the findings of each risk."""
    answers: list[tuple[dict[str, str], Answered]] = []
    for at in range(ROUNDS):
        findings = findings_of(number, at)
        answers += ((findings, ask(port, f"/api/{name}", {"findings": findings})) for name in ("beliefs", "risk"))
    ask_more: dict[str, Any] = {"findings": findings, "do": ["exercise_training"]}
    return [*answers, ({}, ask(port, "/api/what-if", ask_more))]


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc to see how much memory a process has")
def test_fifty_users_at_once_are_served_without_an_error_and_with_bounded_memory(model: bn.RiskModel) -> None:
    command = [sys.executable, "-m", "bn", "explore", "--no-browser", "--port", "0"]
    peaks = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process, ThreadPoolExecutor(USERS) as users:
        assert process.stderr
        port = int(process.stderr.readline().partition("http://127.0.0.1:")[2].partition("/")[0])
        for _ in range(2):
            asked = [users.submit(one_user, port, number) for number in range(USERS)]
            peaks.append(0)
            while wait(asked, timeout=0.1).not_done:
                peaks[-1] = max(peaks[-1], resident(process.pid))
        process.terminate()
        process.communicate(timeout=60)
    answers = [one.result() for one in asked]
    assert not [got.body for several in answers for _, got in several if got.status != 200]
    for findings, got in answers[7]:
        if findings:
            assert got.json["risk"] == pytest.approx(model.posterior(findings).risk, abs=1e-12)
    assert peaks[0] < 1.5e9
    assert peaks[1] < 1.2 * peaks[0] + 50e6  # nothing piles up
