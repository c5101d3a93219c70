"""`python -m cpds check`: every problem of the knowledge files at once, each with what to do."""

from __future__ import annotations

import sys

from cpds.check import problems


def main(arguments: list[str]) -> int:
    """Exit code 0 when the knowledge is sound, 1 when it has problems, 2 for usage."""
    if not arguments or arguments[0] != "check" or len(arguments) > 2:
        print("usage: python -m cpds check [DATA_FOLDER]", file=sys.stderr)
        return 2
    found = problems(arguments[1] if len(arguments) == 2 else None)
    print("\n".join(found) if found else "the knowledge is sound")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
