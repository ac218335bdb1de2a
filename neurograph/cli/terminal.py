"""A stream that a person or a file reads: as wide as it is, in the characters that it has."""

from __future__ import annotations

import codecs
import io
import os
import re
import textwrap
from typing import Any, TextIO

from rich.console import ConsoleDimensions

from neurograph.cli.safe_console import SafeConsole

WHOLE = 10_000  # characters of a line where no terminal says how many: every table fits
LINES = 25  # where nothing says how many there are
LEAST = 20  # characters to which a line is folded, however narrow the terminal
UNBROKEN = "\N{NO-BREAK SPACE}"  # in the place of a space while lines are made
UNIT = re.compile(r"(?<=\d) (?=[%\w\N{MICRO SIGN}])(?!to\b|of\b)")  # of a number and its unit
PLAIN = {
    "\N{MICRO SIGN}": "u",
    "\N{GREEK SMALL LETTER MU}": "u",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MINUS SIGN}": "-",
    "\N{PLUS-MINUS SIGN}": "+-",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{NO-BREAK SPACE}": " ",
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
}
PLAINLY = "neurograph.plainly"  # how characters are written that a stream does not have


class Terminal(SafeConsole):
    """As wide as the terminal, or as COLUMNS says; else as wide as its texts.

    Text is folded between words. NO_COLOR leaves out all styles.
    """

    def __init__(self, **how: Any) -> None:
        plain = {"color_system": None} if os.environ.get("NO_COLOR") else {}
        super().__init__(soft_wrap=True, highlight=False, **{**plain, **how})
        columns = os.environ.get("COLUMNS", "")
        said = how.get("width") or (int(columns) if columns.isdigit() else 0)
        if said or not self.is_terminal:
            # both, or rich takes a dumb terminal to have 80 columns
            self.size = ConsoleDimensions(said or WHOLE, LINES)

    def print(self, *objects: Any, **how: Any) -> None:
        """As `Console.print`; a text without markup is folded, but for `soft_wrap`."""
        if how.get("markup") is False and not how.get("soft_wrap"):
            objects = tuple(folded(x, self.width) if isinstance(x, str) else x for x in objects)
        super().print(*objects, **how)


def folded(text: str, width: int) -> str:
    """Lines of at most `width` characters, but for longer words; no number leaves its unit."""
    return "\n".join(_folded(line, max(width, LEAST)) for line in text.split("\n"))


def _folded(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    indent = " " * (len(line) - len(line.lstrip(" ")))
    filled = textwrap.fill(
        UNIT.sub(UNBROKEN, line.strip(" ")),
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.replace(UNBROKEN, " ")


def write_plainly(stream: TextIO) -> None:
    """Let a stream write `u` for the micro sign, and so on, where its encoding has no such sign."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=PLAINLY)


def _plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(PLAIN.get(character, "?") for character in missing), error.end


codecs.register_error(PLAINLY, _plainly)
