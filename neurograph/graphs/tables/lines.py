"""The lines of a text file one by one: slow, for errors and the place of a row."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from neurograph.graphs.tables.dialect import BLANKS, Dialect, split
from neurograph.graphs.tables.preamble import comment_sign

WIDTH = 80  # of a line that an error shows


@dataclass(frozen=True)
class Line:
    """A row as the file has it.

    Attributes:
        number: of the line in the file, from 1.
        text: as it stands there.
        fields: of the line.
    """

    number: int
    text: str
    fields: list[str]

    def at(self, path: Path) -> str:
        """Words for an error: "edges.txt, line 7 ('3 4 0.5')"."""
        text = self.text if len(self.text) <= WIDTH else self.text[: WIDTH - 3] + "..."
        return f"{path}, line {self.number} ('{text}')"


def rows_of(
    text: str, dialect: Dialect, skip: int, is_comment: Callable[[str], bool]
) -> Iterator[Line]:
    """Each row of a text.

    Args:
        text: of the whole file.
        dialect: how a line becomes fields.
        skip: lines before the first row.
        is_comment: whether a line is none.
    """
    if dialect.quoted and dialect.separator not in ("", BLANKS):
        yield from _quoted_rows(text, dialect, skip, is_comment)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if number > skip and line.strip() and not is_comment(line):
            yield Line(number, line.strip(), dialect.split(line))


def _quoted_rows(
    text: str, dialect: Dialect, skip: int, is_comment: Callable[[str], bool]
) -> Iterator[Line]:
    """A quoted field may go over several lines."""
    lines = iter(io.StringIO(text, newline="\n"))
    number = 0
    for line in lines:
        number += 1
        if number <= skip or not line.strip() or is_comment(line):
            continue
        first = number
        while _open(line, dialect.separator):
            more = next(lines, None)
            if more is None:
                break
            line, number = line + more, number + 1
        yield Line(first, line.strip(), split(line, dialect.separator, quoted=True))


def _open(line: str, separator: str) -> bool:
    """Whether a quoted field goes on in the next line."""
    return line.count('"') % 2 == 1 and (line.lstrip().startswith('"') or f'{separator}"' in line)


def always_comment(line: str) -> bool:
    """A line that begins with the sign of a comment."""
    return bool(comment_sign(line))
