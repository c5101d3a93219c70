"""Dask data frames scored partition by partition, wherever the partitions are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from bn.batch.score import Scoring


def score_partitions(scoring: Scoring, frame: Any) -> Any:
    """A dask DataFrame with the results after its own columns, computed when it is.

    The model travels once to each worker process, which contracts it once for all of its partitions.
    """
    from dask.delayed import delayed

    meta = scoring.table(frame._meta, alone=False)[0]
    return frame.map_partitions(_scored, delayed(scoring, pure=False), meta=meta)


def _scored(partition: Any, scoring: Scoring) -> Any:
    """One partition; the workers are many, so each takes one core."""
    with threadpool_limits(limits=1, user_api="blas"):
        return scoring.table(partition, alone=False)[0]
