"""What tests of files share: a text scored, and a table with columns of every type."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq

import bn
from bn.cohort.files import Options, score_file
from bn.cohort.frames.questions import Scoring
from bn.cohort.frames.tables import Tables
from bn.cohort.reading.read_options import ReadOptions
from bn.cohort.reading.summary import Summary


def added_to(small: bn.RiskModel, data: bytes, tmp_path: Path, **options: object) -> tuple[bytes, str]:
    """What scoring makes of a file, and its summary."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(data)
    summary = score_file(small, str(source), str(target), Options(interval=False, force=True, **options))  # type: ignore[arg-type]
    return target.read_bytes(), str(summary)


def scored_with_summary(
    model: bn.RiskModel, table: Any, interval: bool = True, posteriors: bool = True, **options: Any
) -> tuple[Any, Summary]:
    """A table in memory scored, and what became of it, without the warnings that `model.score` gives of it."""
    return Tables(Scoring(model, interval, posteriors), ReadOptions(**options)).table(table)


def a_table() -> pa.Table:
    columns = {
        "id": pa.array([1, 2, 3, 4], pa.int32()),
        "age": pa.array([50, None, 300, -9], pa.int16()),
        "bmi": pa.array([25.5, 31.0, None, 22.0], pa.float32()),
        "sex": pa.array(["f", "male", None, "x"]).dictionary_encode(),
        "hscrp": pa.array(["1.5", "<0.3", " NA ", ""], pa.large_string()),
        "er_stress": pa.array([True, False, None, True]),
        "tags": pa.array([["a"], [], None, ["b", "c"]]),
        "empty": pa.nulls(4),
    }
    return pa.table(columns).replace_schema_metadata({"study": "S1"})


def write_table(table: pa.Table, path: Path) -> None:
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=3)
    elif path.suffix == ".feather":
        pyarrow.feather.write_feather(table, path, chunksize=3)
    else:
        with pa.ipc.new_stream(path, table.schema) as stream:
            stream.write_table(table, max_chunksize=3)
