"""What stands above the rows of a text file, and which of its lines are looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass

COMMENTS = ("#", "%", "//")
EXCEL = re.compile(r'"?sep=.?"?', re.IGNORECASE)  # a first line that tells Excel the separator
MATRIX = b"%%MatrixMarket"
LINES = 200  # looked at, at the top; and half as many in the middle and at the end


@dataclass(frozen=True)
class Preamble:
    """Comments above the first row.

    Attributes:
        comments: their texts, without the sign that begins them.
        signs: the signs.
        begin: where the first line behind them begins in the data [bytes].
        lines: how many lines stand before it, empty ones counted too.
        sizes: fields of the line of sizes that a MatrixMarket file has there; else none.
    """

    comments: tuple[str, ...]
    signs: tuple[str, ...]
    begin: int
    lines: int
    sizes: tuple[str, ...] = ()


def comment_sign(line: str) -> str:
    """The sign that begins a comment, or nothing."""
    start = line.lstrip()
    return next((sign for sign in COMMENTS if start.startswith(sign)), "")


def read_preamble(data: bytes) -> Preamble:
    """Comments and empty lines at the top."""
    comments, signs, begin, lines = [], [], 0, 0
    while begin < len(data):
        end = data.find(b"\n", begin)
        end = len(data) if end < 0 else end
        line = data[begin:end].decode(errors="replace").strip()
        if EXCEL.fullmatch(line) and not lines:
            line = ""
        if line and not comment_sign(line):
            break
        if line:
            signs.append(comment_sign(line))
            comments.append(line[len(signs[-1]) :].strip())
        begin, lines = end + 1, lines + 1
    sizes: tuple[str, ...] = ()
    if data.startswith(MATRIX):
        end = data.find(b"\n", begin)
        end = len(data) if end < 0 else end
        sizes = tuple(data[begin:end].decode(errors="replace").split())
        begin, lines = min(end + 1, len(data)), lines + 1
    return Preamble(tuple(comments), tuple(signs), begin, lines, sizes)


def sample_lines(data: bytes, begin: int) -> list[str]:
    """Lines from the top, the middle and the end, without comments and empty ones."""
    lines: list[str] = []
    span = len(data) - begin
    for start, count in ((begin, LINES), (begin + span // 2, LINES // 2), (-1, LINES // 2)):
        block = data[-(1 << 16) :] if start < 0 else data[start : start + (1 << 16)]
        partial = block.split(b"\n")
        whole = start == begin and begin + (1 << 16) >= len(data)
        if start != begin:
            partial = partial[1:]  # begins within a line
        elif not whole:
            partial = partial[:-1] or partial
        if start > begin:
            partial = partial[:-1]
        chosen = partial[-count:] if start < 0 else partial[:count]
        lines += [line.decode(errors="replace") for line in chosen]
        if whole and len(partial) <= count:
            break
    return [line for line in lines if line.strip() and not comment_sign(line)]
