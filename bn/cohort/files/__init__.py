"""Cohort files: read, ask a question of every row, and write the answers after the records as they came.

What holds for every text file (commas, semicolons, tabs or pipes between cells; packed or not):

- A record comes back byte for byte, line ending and all, with the results between its last character and its line
  ending, in the file's own delimiter, decimal mark and encoding. Blank lines come back as they are; where the table
  has one column they are rows without a value.
- Each row is answered as one person would be (`model.posterior`, `model.what_if`), or its last cell, `error`, says
  why not and its other results are empty. A row with fewer cells than the header gets empty ones before the results;
  in one with more, headers do not tell which cells are results.
- A quote opens a cell only at the cell's beginning. A quoted cell that is followed by something else on a later line
  than it began, that makes its record longer than 1 MB, or that nothing closes, is no quoted cell: the record is then
  its first line, which is an error, and reading goes on with the next.
- The delimiter is the one under which most columns are known. Where commas stand between cells, the decimal mark is a
  point; elsewhere it is that of most recognized numbers that show theirs. Three digits after a mark (`1,050`,
  `14.100`) may be a thousand and do not show it; `0,123`, `26,8` and `1.050,5` do. Once the mark is known, such a
  number with it has decimals, and one with the other mark is an error; where the first megabyte does not show the
  mark, both are errors, and so is a decimal comma that comes later.
- Text that begins as UTF-8 is read as such, a cell that is no valid UTF-8 as Latin-1; text that does not begin as
  UTF-8 is Latin-1, unless its first bytes speak of UTF-16.
"""

from bn.cohort.files.places import Options
from bn.cohort.files.run import run_files, score_file, score_files

__all__ = ["Options", "run_files", "score_file", "score_files"]
