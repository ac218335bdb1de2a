"""Which known name somebody may have meant who typed another one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

ALIKE = 0.6  # of two names, by the characters that they share in order; 1: the same


def nearest(typed: str, known: Iterable[str], *, count: int = 2) -> list[str]:
    """Known names that are like the typed one, the likest first.

    Likeness is of letters, of a beginning, or of initials: `--lr` may mean `--learning-rate`.
    """
    names = list(dict.fromkeys(known))
    initials = [name for name in names if _is_short_for(typed, name)]
    alike = difflib.get_close_matches(typed, names, count, ALIKE)
    return list(dict.fromkeys([*initials, *alike]))[:count]


def did_you_mean(typed: str, known: Iterable[str]) -> str:
    """The end of a message about a name that nobody knows; empty if none is like it."""
    found = nearest(typed, known)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def unknown(what: str, typed: str, known: Iterable[str], *, more: str = "") -> str:
    """The message about a name that nobody knows.

    Args:
        what: it should be the name of, as in a sentence: "placer".
        typed: the name.
        known: all names that there are.
        more: what else may be done, from its separator on: ", or give the path of a file".
    """
    names = list(known)
    there = f"{', '.join(names) or 'none'}{more}"
    return f"no {what} '{typed}'; known: {there}{did_you_mean(typed, names)}"


def _is_short_for(typed: str, name: str) -> bool:
    words = [word for word in name.strip("-").replace("_", "-").split("-") if word]
    short = typed.strip("-").lower()
    return len(words) > 1 and len(short) > 1 and short == "".join(word[0] for word in words)
