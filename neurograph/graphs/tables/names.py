"""Names of columns: which words they are, and whether a first line is made of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
MEASURE = re.compile(r"[+-]?[\d.](?:[\d.,:/ T_+-]*[\dZ.])?|0x[0-9a-fA-F]+|[+-]?[\d.]+[eE][+-]?\d+")
NOT_A_NUMBER = {"nan", "na", "n/a", "null", "none", "inf", "-inf", "infinity", ""}
WORDS_TEXT = """
    u v w t i j s d ts src dst dest source target sources targets from to head tail
    fromnodeid tonodeid fromnode tonode fromid toid sourceid targetid srcid dstid sourcenode
    targetnode node1 node2 id1 id2 nodeid1 nodeid2 user1 user2 person1 person2 txid1 txid2 txid
    ci cj c1 c2 node nodeid nodeids nodes id ids name vertex user item userid itemid users items
    person account member
    author sender receiver recipient caller callee follower followee rater ratee
    time times timestamp timestamps date datetime day hour week month year step steps snapshot
    unixtime unixts epoch start end
    weight weights rating sign value count amount
    person people member employee student account address customer product movie movieid page
    label labels class classes y category community group department dept team role club field
    train val valid test split part feature features feat statelabel idx index edgeid relation
    type etype edgetype commaseparatedlistoffeatures
"""  # in lower case, without blanks, underscores, dashes and dots
WORDS = frozenset(WORDS_TEXT.split())


def is_number(text: str) -> bool:
    """Whether a text is a decimal number."""
    return NUMBER.fullmatch(text) is not None


def is_word(text: str) -> bool:
    """Whether a text is a usual name of a column."""
    return re.sub(r"[\s_.\-#:]", "", text.lower()) in WORDS


def is_measure(text: str) -> bool:
    """Whether a text is a number, a date, a time, hexadecimal, or true or false."""
    return MEASURE.fullmatch(text) is not None or text.lower() in ("true", "false")


def is_header(first: Sequence[str], lower: Sequence[Sequence[str]]) -> bool | None:
    """Whether the fields of a first line name the columns; None where nobody can say.

    They do where none is a number though a column below holds numbers, or where they are usual
    names of columns and do not occur below; or are counted, as pandas names columns of a matrix.
    They do not where one is a number, or occurs below.

    Args:
        first: its fields.
        lower: fields of lines below it.
    """
    if _counted(first):
        return True
    names = [name for name in first if name]
    known = sum(map(is_word, names))
    if known >= 2 and any(list(row) == list(first) for row in lower):
        return True  # files that were put together, each with its header
    if any(is_measure(name) or name.lower() in NOT_A_NUMBER for name in names):
        return False
    columns = list(zip(*(row[: len(first)] for row in lower), strict=False))
    if any(_measures(column) for column in columns):
        return True
    if any(name in row for row in lower for name in names):
        return False
    return True if known >= 2 or known == len(names) else None


def is_comment_header(fields: Sequence[str]) -> bool:
    """Whether a comment above the rows names the columns: usual names, most of them."""
    known = sum(map(is_word, fields))
    return known >= 2 and 2 * known >= len(fields) and not any(map(is_number, fields))


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names that differ: a second "id" is called "id.1"; one without a name "Unnamed: PLACE"."""
    found: list[str] = []
    for place, name in enumerate(names):
        base = name.strip() or f"Unnamed: {place}"
        free, count = base, 0
        while free in found:
            count += 1
            free = f"{base}.{count}"
        found.append(free)
    return tuple(found)


def _measures(column: Sequence[str]) -> bool:
    """Whether all that stands in a column are measures."""
    entries = [entry for entry in column if entry and entry.lower() not in NOT_A_NUMBER]
    return bool(entries) and all(map(is_measure, entries))


def _counted(first: Sequence[str]) -> bool:
    """An id and columns 0, 1, 2, ...: e.g. ",0,1,2" or "node,0,1,2"."""
    if len(first) < 3 or not (first[0] == "" or is_word(first[0])):
        return False
    return any(list(first[1:]) == [str(i + k) for i in range(len(first) - 1)] for k in (0, 1))
