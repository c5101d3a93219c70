"""Cohort files scored by the workers of a Dask cluster, each file a task.

A worker that is lost takes nothing with it: its files are scored again by another. A file appears under its name
only when it is complete, so it does no harm to have scored it twice.
"""

from __future__ import annotations

import logging
import os
import signal
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from threading import current_thread, main_thread
from typing import Any

from bn.cohort.files.places import PIPE, Job, Options
from bn.cohort.files.run import DEFAULT, planned, run_one, scoring, shown_on_terminal
from bn.cohort.frames.questions import Scoring
from bn.cohort.reading.summary import Summary
from bn.core.errors import QuestionError, RunError
from bn.core.model import Model
from bn.engine.parallel import cores, single_blas

LOCAL = "local"
CONNECT_TIMEOUT = 10
"""Seconds."""


def score_files_on_dask(
    model: Model, sources: str | Sequence[str], target: str, options: Options = DEFAULT, address: str = LOCAL
) -> Iterator[tuple[str, Summary]]:
    """What `score_files` does, by the workers of the Dask scheduler at `address`, or of this machine's cores.

    The workers need myorisk and see the files under the same paths. Raises QuestionError also where dask is not
    installed or a pipe is to be read or written, RunError also where the scheduler cannot be reached.
    """
    try:
        import distributed  # noqa: F401
    except ImportError as missing:
        raise QuestionError("dask is not installed; run: pip install 'myorisk[dask]'") from missing

    jobs = planned(scoring(model, options), sources, target, options)
    if any(PIPE in (job.source, job.target) for job in jobs):
        raise QuestionError("Dask's workers have no access to standard input and output; expected names of files")
    return _answers(model, jobs, options, address)


def _answers(model: Model, jobs: Sequence[Job], options: Options, address: str) -> Iterator[tuple[str, Summary]]:
    title = f"{len(jobs)} file{'s' * (len(jobs) > 1)}"
    repeatable = replace(options, force=True)  # by another worker, once the first one is lost
    rows = 0
    with _client(address) as client, shown_on_terminal(title) as show:
        question = client.submit(scoring, model, options, pure=False)
        absolute = [Job(os.path.abspath(job.source), os.path.abspath(job.target)) for job in jobs]
        waiting = [client.submit(_score, question, job, repeatable, pure=False) for job in absolute]
        for done, job in enumerate(jobs):
            summary = _result(waiting[done], job)
            waiting[done] = None
            rows += summary.rows
            show(done + 1, len(jobs), rows)
            yield job.source, replace(summary, headings=replace(summary.headings, names=model.names))


def _score(question: Scoring, job: Job, options: Options) -> Summary | Exception:
    """One file, on a worker; the summary travels without the knowledge that its names hold.

    What goes wrong is returned rather than raised: Dask cannot send every exception, and its client waits for ever
    for one that it cannot read.
    """
    try:
        with single_blas():
            summary = run_one(question, job, options, parallel=False)
    except QuestionError as error:
        return QuestionError(str(error))
    except (RunError, OSError) as error:
        return error
    except Exception as error:
        return RunError(f"{job.source}: {type(error).__name__} on a Dask worker: {error}")
    return replace(summary, headings=replace(summary.headings, names=None))  # type: ignore[arg-type]  # put back there


def _result(future: Any, job: Job) -> Summary:
    from distributed import CancelledError, KilledWorker

    try:
        found: Summary | Exception = future.result()
    except KilledWorker as error:
        raise RunError(f"{job.source}: every worker that scored it died; do they have enough memory?") from error
    except CancelledError as error:
        raise RunError(f"{job.source}: the Dask scheduler was lost") from error
    except Exception as error:
        raise RunError(f"{job.source}: Dask could not have it scored: {error}") from error
    if isinstance(found, Exception):
        raise found
    return found


@contextmanager
def _client(address: str) -> Iterator[Any]:
    """A client of the scheduler, or of one process a core of this machine; Dask keeps its log to itself."""
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        yield stack.enter_context(_local(stack) if address == LOCAL else _connected(address))


def _local(stack: ExitStack) -> Any:
    import dask
    from distributed import Client, LocalCluster

    # Dask has its workers give back freed memory at once, which makes work on arrays several times slower.
    stack.enter_context(dask.config.set({"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None}))
    with _uninterrupted():
        cluster = LocalCluster(
            n_workers=cores(),
            threads_per_worker=1,
            memory_limit=None,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
    return Client(stack.enter_context(cluster))


def _connected(address: str) -> Any:
    from distributed import Client

    try:
        return Client(address, timeout=CONNECT_TIMEOUT)
    except (OSError, ValueError) as error:
        raise RunError(f"no Dask scheduler answers at {address}: {error}") from error


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ignore an interrupt from the keyboard. Processes that start meanwhile do so for good: this one ends them."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing is logged meanwhile: Dask's loggers have levels of their own at every depth."""
    before = logging.root.manager.disable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(before)
