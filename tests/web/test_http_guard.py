"""Who may ask, and how: foreign hosts, origins, methods, types and sizes are refused, and nothing is kept or executed."""

import asyncio
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from http_asking import ask, running

import bn
from bn.core.errors import QuestionError
from bn.web.guard import HEADERS, Hosts, is_loopback
from bn.web.server import listening, url
from bn.web.work import BusyError, GoneError, TooLongError, Workers

QUESTION = {"findings": {"age": "68"}}
SECRET = "31.415926"


@pytest.mark.parametrize(
    ("path", "question", "status"),
    [("/", None, 200), ("/api", None, 200), ("/favicon.ico", None, 200), ("/api/catalog", None, 200), ("/none", None, 404), ("/static/none", None, 404),
     ("/static/../app.py", None, 404), ("/static/%2e%2e/app.py", None, 404), ("/api/risk", QUESTION, 200), ("/api/risk", [], 400),
     ("/api/risk", {"findings": {"age": "300"}}, 422)],
)  # fmt: skip
def test_every_answer_has_the_headers(small_port: int, path: str, question: Any, status: int) -> None:
    got = ask(small_port, path, question)
    assert got.status == status
    assert {name: got.headers.get(name) for name in HEADERS} == HEADERS
    assert "access-control-allow-origin" not in got.headers
    assert "server" not in got.headers
    if status != 200:
        assert got.json.keys() == {"error", "errors"}


def test_the_policy_lets_nothing_run_that_is_not_the_explorers_own(small_port: int) -> None:
    policy = dict(part.split(" ", 1) for part in HEADERS["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in str(policy)


@pytest.mark.parametrize(
    ("header", "status"),
    [("127.0.0.1", 200), ("localhost:1", 200), ("[::1]:80", 200), ("LOCALHOST", 200), ("evil.example", 421), ("127.0.0.1.evil.example", 421),
     ("localhost.evil.example:80", 421), ("10.0.0.1", 421), ("", 421), ("127.0.0.1@evil.example", 421)],
)  # fmt: skip
def test_another_host_is_refused(small_port: int, header: str, status: int) -> None:
    assert ask(small_port, "/api", Host=header).status == status


def test_hosts_of_a_server_for_others() -> None:
    everywhere, one = Hosts("0.0.0.0"), Hosts("lab.example")
    assert all(everywhere.allow(host) for host in ("10.0.0.1:80", "localhost", "[fe80::1]:80", socket.gethostname()))
    assert not everywhere.allow("evil.example")
    assert one.allow("LAB.example:80")
    assert not one.allow("10.0.0.1")
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "127.5.5.5", "0.0.0.0", "lab.example")] == [
        True, True, True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://HOST"}, 200),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://HOST"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
    ],
    ids=str,
)
def test_another_origin_is_refused(small_port: int, headers: dict[str, str], status: int) -> None:
    host = f"127.0.0.1:{small_port}"
    sent = {name: value.replace("HOST", host) for name, value in headers.items()}
    assert ask(small_port, "/api/risk", QUESTION, **sent).status == status


def test_a_preflight_of_another_origin_gets_no_leave(small_port: int) -> None:
    got = ask(
        small_port, "/api/risk", method="OPTIONS", Origin="http://evil.example", Access_Control_Request_Method="POST"
    )
    assert got.status == 403
    assert not [name for name in got.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/jsonx"],
)
def test_only_json_is_taken(small_port: int, kind: str) -> None:
    assert ask(small_port, "/api/risk", raw=b'{"findings": {}}', Content_Type=kind).status == 415


@pytest.mark.parametrize(
    ("path", "method"),
    [("/api/risk", "GET"), ("/api/risk", "PUT"), ("/api/risk", "DELETE"), ("/", "DELETE"), ("/api/catalog", "PATCH")],
)
def test_another_method_is_refused(small_port: int, path: str, method: str) -> None:
    assert ask(small_port, path, method=method).status == 405


def test_a_question_behind_the_address_is_refused(small_port: int) -> None:
    got = ask(small_port, "/api/risk?age=70", QUESTION)
    assert (got.status, "in the body" in got.json["error"]) == (400, True)


def test_a_body_of_50_mb_is_refused_in_words(small_port: int) -> None:
    """Its sender, who writes all of it before reading, still gets to read why."""
    got = ask(small_port, "/api/risk", raw=b" " * 50_000_000, **{"Content_Type": "application/json"})
    assert got.status == 413
    assert "1 MB" in got.json["error"]


def test_a_file_of_50_mb_is_refused_in_words(small_port: int) -> None:
    raw = b'{"name": "a.csv", "content": "' + b"QUFB" * 12_500_000 + b'"}'
    assert ask(small_port, "/api/file", raw=raw, **{"Content_Type": "application/json"}).status == 413


def test_a_body_that_breaks_off_harms_nobody(small_port: int) -> None:
    with socket.create_connection(("127.0.0.1", small_port)) as open_socket:
        head = f"POST /api/risk HTTP/1.1\r\nHost: 127.0.0.1:{small_port}\r\nContent-Type: application/json\r\n"
        open_socket.sendall(f"{head}Content-Length: 1000\r\n\r\n".encode() + b'{"findings"')
    assert ask(small_port, "/api/risk", QUESTION).status == 200


def test_a_fault_of_the_program_tells_where_and_not_of_whom(
    small: bn.RiskModel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(self: bn.RiskModel, findings: Any, **_: Any) -> None:
        raise ValueError(f"cannot {findings}")

    monkeypatch.setattr(bn.RiskModel, "posterior", broken)
    with running(small) as port:
        got = ask(port, "/api/risk", {"findings": {"bmi": SECRET}})
    assert got.status == 500
    assert SECRET.encode() not in got.body
    told = capsys.readouterr()
    assert "ValueError at" in told.err
    assert SECRET not in told.err + told.out


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    """`myorisk explore` in a process of its own."""
    command = [sys.executable, "-m", "bn", "explore", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        yield started
        started.kill()


def port_of(process: subprocess.Popen[str]) -> int:
    assert process.stderr
    line = process.stderr.readline()
    return int(line.partition("http://127.0.0.1:")[2].partition("/")[0])


def test_it_starts_answers_and_stops_at_ctrl_c_without_a_word_of_whom(process: subprocess.Popen[str]) -> None:
    port = port_of(process)
    assert ask(port, "/api/risk", {"findings": {"bmi": SECRET}}).status == 200
    assert ask(port, "/api/risk", {"findings": {"bmi": SECRET, "age": "x"}}).status == 422
    assert ask(port, f"/api/none?bmi={SECRET}").status == 404
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "The explorer has stopped\n")


def test_stopped_in_the_middle_of_questions_it_ends_soon(process: subprocess.Popen[str]) -> None:
    port = port_of(process)
    ends: list[Any] = []

    def question() -> None:
        try:
            ends.append(ask(port, "/api/rank", {"findings": {}}).status)
        except (OSError, http.client.HTTPException) as error:
            ends.append(error)

    askers = [threading.Thread(target=question) for _ in range(6)]
    for asker in askers:
        asker.start()
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    for asker in askers:
        asker.join(10)
    assert len(ends) == 6
    assert all(end in (200, 503) or isinstance(end, Exception) for end in ends), ends
    with pytest.raises(ConnectionRefusedError):
        ask(port, "/")


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with (
        listening("127.0.0.1", 0) as taken,
        pytest.raises(QuestionError, match=r"port \d+ .*in use; choose another with --port"),
    ):
        listening("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.77", ""])
def test_a_place_that_is_none_is_told_in_one_line(host: str) -> None:
    with pytest.raises(QuestionError, match=r"--host|port 0 at"):
        listening(host or "a b", 0)


def test_others_may_ask_only_after_a_warning(
    capsys: pytest.CaptureFixture[str], small: bn.RiskModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bn.web import server

    monkeypatch.setattr(server.uvicorn.Server, "run", lambda self, sockets: None)
    opened: list[str] = []
    monkeypatch.setattr(server.webbrowser, "open", opened.append)
    server.serve(small, "0.0.0.0", 0, browser=True)
    told = capsys.readouterr().err
    assert "warning: --host 0.0.0.0 lets other computers ask" in told
    server.serve(small, "127.0.0.1", 0, browser=False)
    assert "warning" not in capsys.readouterr().err
    assert len(opened) == 1
    assert opened[0].startswith("http://127.0.0.1:")


def test_addresses_are_those_that_a_browser_takes() -> None:
    assert [url(host, 80) for host in ("127.0.0.1", "::1", "[::1]", "::", "0.0.0.0")] == [
        "http://127.0.0.1:80/", "http://[::1]:80/", "http://[::1]:80/", "http://127.0.0.1:80/", "http://127.0.0.1:80/",
    ]  # fmt: skip


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "starlette.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'starlette'\", name='starlette')"
    )
    done = subprocess.run(
        [sys.executable, "-m", "bn", "explore"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "myorisk: the explorer needs more than is installed; run: pip install 'myorisk[explore]'\n"


async def never() -> None:
    await asyncio.Event().wait()


def test_questions_beyond_those_that_may_wait_are_turned_away() -> None:
    """Two threads wait for the test; two more questions may wait, the fifth is told that there are too many."""

    async def crowd() -> list[Any]:
        workers, go = Workers(2, waiting=2, patience=5, seconds=5), threading.Event()
        asked = [asyncio.create_task(workers.run(go.wait, never)) for _ in range(4)]
        await asyncio.sleep(0.1)
        with pytest.raises(BusyError):
            await workers.run(go.wait, never)
        go.set()
        answers = await asyncio.gather(*asked)
        answers.append(await workers.run(lambda: "next", never))
        workers.close()
        return answers

    assert asyncio.run(crowd()) == [True] * 4 + ["next"]


def test_a_question_that_takes_too_long_is_told_so_and_one_that_waits_too_long() -> None:
    async def slow() -> None:
        workers, go = Workers(1, waiting=2, patience=0.2, seconds=0.1), threading.Event()
        with pytest.raises(TooLongError):
            await workers.run(go.wait, never)
        with pytest.raises(BusyError):
            await workers.run(lambda: 1, never)
        go.set()
        await asyncio.sleep(0.1)
        assert await workers.run(lambda: 1, never) == 1
        workers.close()

    asyncio.run(slow())


def test_what_nobody_waits_for_any_more_is_stopped(model: bn.RiskModel) -> None:
    """Every study would keep two cores busy for minutes; soon after its asker left the thread is free."""

    async def left() -> float:
        workers = Workers(1, waiting=2, patience=60, seconds=5)
        with pytest.raises(GoneError):
            await workers.run(model.evidence, lambda: asyncio.sleep(0.3))
        start = time.perf_counter()
        await workers.run(lambda: None, never)
        workers.close()
        return time.perf_counter() - start

    assert asyncio.run(left()) < 10


def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    async def left() -> None:
        workers, go, begun = Workers(1, waiting=2, patience=5, seconds=5), threading.Event(), []
        first = asyncio.create_task(workers.run(go.wait, never))
        await asyncio.sleep(0.05)
        with pytest.raises(GoneError):
            await workers.run(lambda: begun.append(1), lambda: asyncio.sleep(0.05))
        go.set()
        await first
        await asyncio.sleep(0.05)
        assert not begun
        workers.close()

    asyncio.run(left())
