"""Dask data frames answered partition by partition, wherever the partitions are."""

from __future__ import annotations

from typing import Any

from bn.cohort.frames.tables import Tables
from bn.cohort.reading.summary import warn_suspect, warn_unread


def answer_partitions(tables: Tables[Any], frame: Any) -> Any:
    """A dask DataFrame with the answers after its own columns, computed when it is.

    The model travels once to each worker process, which contracts it once for all of its partitions.
    """
    from dask.delayed import delayed

    meta = tables.table(frame._meta, alone=False)[0]
    warn_unread(tables.unread(list(map(str, frame.columns))))
    return frame.map_partitions(_answered, delayed(tables, pure=False), meta=meta)


def _answered(partition: Any, tables: Tables[Any]) -> Any:
    """One partition; the workers are many, so each takes one core."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        done, summary = tables.table(partition, alone=False, whole=False)
    warn_suspect(summary)
    return done
