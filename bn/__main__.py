"""`python -m bn` is the command line."""

from bn.cli import main

main()
