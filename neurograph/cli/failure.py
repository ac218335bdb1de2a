"""How a command that was given `--json` fails: one JSON object on standard output, for programs.

The line for people is on standard error all the same. Imports the standard library alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

OPTION = "--json"
_answered: list[bool] = []


def begin() -> None:
    """A command begins: nothing was answered."""
    _answered.clear()


def answered() -> None:
    """Its JSON value was written: no other one may follow."""
    _answered.append(True)


def tell(words: Sequence[str], kind: str, message: str, status: int) -> None:
    """Write what failed, if the command line asks for JSON and has none so far.

    Args:
        words: of the command line.
        kind: the name of the error's class.
        message: as a person reads it.
        status: the exit status.
    """
    own = words[: words.index("--")] if "--" in words else words
    if OPTION not in own or _answered:
        return
    answered()
    told = {"error": {"kind": kind, "message": message, "exit": int(status)}}
    try:
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        sys.stdout.flush()
    except OSError:  # nobody reads it; the line on standard error says the same
        return
