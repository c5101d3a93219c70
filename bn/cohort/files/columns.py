"""What the columns of a table or file would be read as, from one pass over its rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bn.cohort.files.places import Options
from bn.cohort.files.run import NoSink, answer_file
from bn.cohort.frames.frames import frame_of
from bn.cohort.frames.tables import Progress, Tables
from bn.cohort.reading.census import Census
from bn.cohort.reading.columns_report import ColumnsReport, columns_report
from bn.core.conditioned import Conditioned
from bn.core.model import Model
from bn.core.observe import observe


def read_as(model: Model, table: Any, options: Options, progress: Progress | None = None) -> ColumnsReport:
    """A table in memory, or the file that a text or path names. Raises QuestionError, RunError, OSError as scoring."""
    census = Census(model.names)
    if isinstance(table, str | Path):
        summary = answer_file(model.names, str(table), options, lambda _: (census, NoSink()))
    else:
        _, _, summary = Tables(census, options).results(frame_of(table), progress)
    priors, _ = Conditioned.on(model.network, observe(model.names, {}, {}).evidence).posteriors()
    return columns_report(census, summary, priors)
