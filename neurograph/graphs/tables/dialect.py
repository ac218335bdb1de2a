"""How the lines of a text file become fields: what separates them, found on many lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from neurograph.graphs.tables.names import is_number, is_word

BLANKS = r"\s+"
SEPARATORS = ("\t", ";", ",", "|")
WORDS = {
    BLANKS: "blanks",
    "\t": "tabs",
    ";": "semicolons",
    ",": "commas",
    "|": "'|'",
    "": "nothing",
}


@dataclass(frozen=True)
class Dialect:
    r"""How a line becomes fields.

    Attributes:
        separator: one character, ``\s+`` for any blanks, or empty where a line is one field.
        fields: how many most lines have.
        quoted: whether fields may stand in double quotes.
        rest: blanks part off only the first field.
    """

    separator: str
    fields: int
    quoted: bool = False
    rest: bool = False

    def split(self, line: str) -> list[str]:
        """The fields of a line, without blanks around them."""
        if not self.separator:
            return [line.strip().strip('"') if self.quoted else line.strip()]
        if self.rest:
            return line.split(None, 1)
        return split(line, self.separator, self.quoted)

    def __str__(self) -> str:
        return WORDS[self.separator]


def split(line: str, separator: str, quoted: bool) -> list[str]:
    """The fields of a line between separators."""
    if not quoted:
        fields = line.split() if separator == BLANKS else line.split(separator)
        return [field.strip() for field in fields]
    if separator == BLANKS:
        line, separator = re.sub(r"\s+", " ", line.strip()), " "
    reader = csv.reader([line], delimiter=separator, skipinitialspace=True)
    return [field.strip() for field in next(reader, [])]


def find_dialect(lines: Sequence[str], rest: bool = False) -> Dialect:
    """What separates the fields of these lines.

    Tabs, semicolons, commas and bars are tried in this order, then blanks: the first that cuts
    all lines (perhaps but the first, a header) into the same number of fields, unless usual
    names of columns in the first line speak for another. Numbers between tabs and blanks are
    between blanks.

    Args:
        lines: without comments.
        rest: where blanks are the only separator and their number differs, part off only the
            first field: labels may have blanks.
    """
    quoted = any(
        re.search(r'(^|[\t;,| ])"', line) is not None and line.count('"') % 2 == 0 for line in lines
    )

    def cut(separator: str) -> list[list[str]]:
        return [split(line, separator, quoted) for line in lines]

    found = [s for s in SEPARATORS if _even(cut(s))]
    named = [s for s in found if _names(split(lines[0], s, quoted))]
    best = (named or found or [""])[0]
    blank = cut(BLANKS)
    if _even(blank) and (not best or _numbers_between_blanks(blank, cut(best))):
        if rest and len(blank[-1]) > 2 and _texts_behind_first(blank):
            return Dialect(BLANKS, 2, quoted=False, rest=True)
        return Dialect(BLANKS, len(blank[-1]), quoted)
    if best:
        return Dialect(best, len(cut(best)[-1]), quoted)
    return _uneven(lines, cut, quoted, rest)


def _uneven(
    lines: Sequence[str], cut: Callable[[str], list[list[str]]], quoted: bool, rest: bool
) -> Dialect:
    """Lines of different length: the separator that most lines agree on."""
    common = {s: Counter(map(len, cut(s))).most_common(1)[0] for s in (*SEPARATORS, BLANKS)}
    agreed = {s: count for s, (size, count) in common.items() if size > 1}
    sure = {s: count for s, count in agreed.items() if s != BLANKS and count > len(lines) / 2}
    if sure:
        best = max(sure, key=lambda s: sure[s])
        return Dialect(best, common[best][0], quoted)
    blank = [len(fields) for fields in cut(BLANKS)]
    if max(blank) == 1 or (rest and min(blank[1:] or blank) == 1):
        return Dialect("", 1, quoted)
    if rest:
        return Dialect(BLANKS, 2, quoted=False, rest=True)
    if agreed.get(BLANKS):
        return Dialect(BLANKS, common[BLANKS][0], quoted)
    return Dialect("", 1, quoted)


def _even(cut: list[list[str]]) -> bool:
    """All lines, perhaps but the first, have the same number of fields, at least two."""
    lengths = {len(fields) for fields in (cut[1:] or cut)}
    return len(lengths) == 1 and lengths.pop() > 1 and len(cut[0]) > 1


def _names(fields: list[str]) -> bool:
    return sum(map(is_word, fields)) >= 2


def _numbers_between_blanks(blank: list[list[str]], other: list[list[str]]) -> bool:
    lower = blank[1:] or blank
    return len(blank[-1]) > len(other[-1]) and all(all(map(is_number, row)) for row in lower)


def _texts_behind_first(blank: list[list[str]]) -> bool:
    lower = blank[1:] or blank
    return not any(is_number(field) for row in lower for field in row[1:])
