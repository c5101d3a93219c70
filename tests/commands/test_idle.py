"""An option that would do nothing is an error before anything is read, and never silently ignored."""

import pytest
from click.testing import CliRunner

from bn.commands.app import app
from bn.core.errors import QuestionError

OUTCOME = "--outcome homa_ir>2.5"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (f"validate none.csv {OUTCOME} --force", "--force does nothing without a file to write"),
        (f"validate none.csv {OUTCOME} --seed 3", "--seed does nothing without --bootstrap or --references"),
        (f"update none.csv {OUTCOME} --force", "--force does nothing without a file to write"),
        (f"update none.csv {OUTCOME} --name town", "--name does nothing without a file to write"),
        (f"update none.csv {OUTCOME} --title Town", "--title does nothing without a file to write"),
        (f"update none.csv {OUTCOME} --hash", "--hash does nothing without a file to write"),
        ("columns none.csv --force", "--force does nothing without a file to write"),
        ("columns none.csv --strict", "--strict does nothing where nothing is scored"),
        ("sample 5 -o - --force", "--force does nothing without a file to write"),
        ("score none.csv -o - --force", "--force does nothing without a file to write"),
        ("what-if none.csv --do weight_loss -o - --force", "--force does nothing without a file to write"),
        ("diff us_2013_2014 us_2015_2016 --top 3 --json", "--top does nothing with --json"),
        ("sensitivity age=60 --top 3 --json", "--top does nothing with --json"),
    ],
)
def test_an_idle_option_is_refused(command: str, said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        CliRunner().invoke(app, command.split(), catch_exceptions=False)


def test_the_same_option_is_taken_where_it_does_something() -> None:
    """The file that is missing is then what is wrong."""
    for more in ("--seed 3 --bootstrap 60", "--seed 3 --references"):
        with pytest.raises((QuestionError, FileNotFoundError), match=r"none\.csv"):
            CliRunner().invoke(app, f"validate none.csv {OUTCOME} {more}".split(), catch_exceptions=False)
