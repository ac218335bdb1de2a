"""`python -m neurograph` is the command `neurograph`."""

from neurograph.cli import main

main()
