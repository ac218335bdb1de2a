"""How the lines of a text file become fields: what separates them, found on many lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from neurograph.graphs.tables.names import is_number, is_word

BLANKS = r"\s+"
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
QUOTE = re.compile(r'(^|[\t;,| ])"')
BEHIND = re.compile(r"\s#.*$")
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
        comments: blanks and a '#' begin a comment behind the fields.
    """

    separator: str
    fields: int
    quoted: bool = False
    rest: bool = False
    comments: bool = False

    def split(self, line: str) -> list[str]:
        """The fields of a line, without blanks around them."""
        if not self.separator:
            return [line.strip().strip('"') if self.quoted else line.strip()]
        if self.comments:
            line = BEHIND.sub("", line)
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
    try:
        return [field.strip() for field in next(reader, [])]
    except csv.Error:  # a line break outside quotes, a field of more than 128 KiB
        return [field.strip() for field in line.split(separator)]


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
    quoted = has_quotes(lines)

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
    plain = [split(BEHIND.sub("", line), BLANKS, quoted) for line in lines]
    if _even(plain):
        return Dialect(BLANKS, len(plain[-1]), quoted, comments=True)
    return _uneven(lines, cut, quoted, rest)


def has_quotes(lines: Sequence[str]) -> bool:
    """Whether fields stand in quotes: one begins with a quote, and most lines close theirs."""
    with_quotes = [line for line in lines if QUOTE.search(line)]
    closed = sum(line.count('"') % 2 == 0 for line in with_quotes)
    return bool(with_quotes) and (2 * closed > len(with_quotes) or _pairs(lines))


def whole_lines(lines: Sequence[str]) -> list[str]:
    """Lines of which those are one between which a quoted field goes on."""
    joined: list[str] = []
    is_open = False
    for line in lines:
        joined = [*joined[:-1], joined[-1] + "\n" + line] if is_open else [*joined, line]
        is_open = bool(QUOTE.search(joined[-1])) and joined[-1].count('"') % 2 == 1
    return joined


def _pairs(lines: Sequence[str]) -> bool:
    return len(whole_lines(lines)) < len(lines) and sum(x.count('"') for x in lines) % 2 == 0


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
    """All lines have the same number of fields, at least two; the first one perhaps fewer."""
    lengths = {len(fields) for fields in (cut[1:] or cut)}
    return len(lengths) == 1 and max(lengths) > 1 and 1 < len(cut[0]) <= max(lengths)


def _names(fields: list[str]) -> bool:
    return sum(map(is_word, fields)) >= 2


def _numbers_between_blanks(blank: list[list[str]], other: list[list[str]]) -> bool:
    """Whether blanks cut into numbers what the other separator leaves together."""
    lower = blank[1:] or blank
    together = any(" " in field or "\t" in field for field in other[-1])
    plain = all(is_number(field) or THOUSANDS.fullmatch(field) for row in lower for field in row)
    return plain and together and len(blank[-1]) >= len(other[-1])


def _texts_behind_first(blank: list[list[str]]) -> bool:
    lower = blank[1:] or blank
    return not any(is_number(field) for row in lower for field in row[1:])
