"""The command line: thin commands over the pipeline; exit 0, 1 for a bug, 2 for a user error."""

import sys

import neurograph

fault = neurograph.fault
if fault is None:
    try:
        from neurograph.cli.app import app
    except Exception as error:  # typer or rich is missing or broken; `doctor` says which
        fault = error

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; without an importable NeuroGraph, only `doctor`."""
    if fault is not None:
        from neurograph.cli.rescue import rescue

        sys.exit(rescue(fault, sys.argv[1:]))
    from neurograph.cli.app import main as start

    start()
