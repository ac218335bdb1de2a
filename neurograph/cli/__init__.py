"""The command line: thin commands over the pipeline; exit 0, 1 for a bug, 2 for a user error."""

from neurograph.cli.app import app, main

__all__ = ["app", "main"]
