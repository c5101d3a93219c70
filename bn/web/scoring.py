"""`python -m bn.web.scoring`: one file from standard input to standard output, for the explorer.

The explorer scores a file in a process of its own, which it can end, and through pipes, so that the file never lies on
a disk. The first line of standard input says as JSON how (see `bn.web.cohort.FileAsked`), what follows is the file. The
last line of standard error is the summary as JSON, or what went wrong.
"""

from __future__ import annotations

import json
import sys
import warnings
from typing import TYPE_CHECKING, Any

from bn.core.errors import QuestionError, RunError

if TYPE_CHECKING:
    from bn.cohort.reading.question import Question
    from bn.cohort.reading.summary import Summary


def main() -> int:
    """Score, and tell on standard error; the exit code is 0, or 2 for what cannot be scored."""
    options: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            told = _score(**options)
    except (QuestionError, RunError) as error:
        print(json.dumps({"error": str(error)}), file=sys.stderr)
        return 2
    print(json.dumps(told), file=sys.stderr)
    return 0


def _score(
    data: str | None, population: str | None, do: list[str], definition: list[str], posteriors: bool, **options: Any
) -> dict[str, Any]:
    import bn
    from bn.cohort.files import Options, run_files
    from bn.cohort.frames.questions import CohortWhatIf, Scoring
    from cpds.populations import parsed

    model = bn.load(data)
    if population:
        model = model.moved_to(parsed(model.knowledge, population, "the population"))
    question: Question = (
        CohortWhatIf.of(model, do) if do else Scoring(model, posteriors=posteriors, definition=definition)
    )
    ((_, summary),) = run_files(question, ["-"], "-", Options(**options))
    sys.stdout.flush()
    return {**_told(model, summary), "added": question.added}


def _told(model: Any, summary: Summary) -> dict[str, Any]:
    """The summary, and for each column what it is read as, or the line by which it would be."""
    from bn.core.toml_line import toml_line

    record = summary.to_dict()
    parts = {part.id: part.title for part in model.knowledge.parts.values()}
    columns = []
    for position, header in enumerate(summary.headings.headers):
        heading, meaning = summary.headings.columns.get(position), record["meaning"].get(header)
        unit = heading and (heading.unit or (heading.numeric.unit if heading.numeric else None))
        columns.append(
            {
                "header": header,
                "id": heading and heading.id,
                "title": heading and (model.titles | parts)[heading.id],
                "unit": unit,
                "spelled": heading and (f"{heading.id} [{unit}]" if unit else heading.id),
                "proposal": None
                if heading or not meaning
                else {"meaning": meaning, "line": toml_line(header, meaning)},
            }
        )
    return {"columns": columns, "summary": record, "text": str(summary)}


if __name__ == "__main__":
    sys.exit(main())
