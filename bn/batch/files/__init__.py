"""Cohort files: read, score, and write beside the records as they came."""

from bn.batch.files.options import Options
from bn.batch.files.run import score_file, score_files

__all__ = ["Options", "score_file", "score_files"]
