"""Ids of nodes as they stand in a column, cleaned, and checked that none becomes another."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.io.doubts import Doubts

MISSING = frozenset({"nan", "na", "n/a", "null", "none", "<na>", "nil", "-", "?"})
ODD = 0.05  # share of ids that may be words among whole numbers, and be asked about
EXACT = 1 << 53  # whole decimals up to here are integers


def clean_ids(column: Array, name: str, where: Callable[[int], str]) -> Array:
    """Ids of a column ``(rows,)``: int64; or objects of text, None where a row has none.

    Raises:
        DataError: a number that is not whole (28.0 is 28), or another kind of value.
    """
    if column.dtype.kind in "iu":
        return column.astype(np.int64, copy=False)
    if column.dtype.kind == "f":
        bad = ~(np.abs(column) < EXACT) | (column % 1 != 0)
        if bad.any():
            row = int(np.argmax(bad))
            raise _bad(column[row], name, where(row))
        return column.astype(np.int64)
    if column.dtype.kind == "U":
        return column.astype(object)
    if column.dtype.kind != "O":
        raise _bad(column[0], name, where(0))
    return column


def no_id(name: str, where: str) -> DataError:
    return DataError(f"{where}: no node id in {_column(name)}; needed one per row")


def check_texts(ids: Array, name: str, where: str) -> Array:
    """Different ids as texts without blanks around them: objects of text.

    Raises:
        DataError: an id is empty, or two become one: they differ in blanks, or in how the file
            composes a letter.
    """
    given = ids.tolist()
    texts = list(map(str.strip, given))
    if "" in texts:
        raise no_id(name, where)
    if len(set(texts)) == len(texts) and are_plain(texts):
        return np.array(texts, object)
    seen: dict[str, str] = {}
    for raw, text in zip(given, texts, strict=True):
        key = text if text.isascii() else unicodedata.normalize("NFC", text)
        key = key.removesuffix(".0") if key.removesuffix(".0").isdecimal() else key
        if seen.setdefault(key, raw) != raw:
            raise DataError(
                f"{where}: ids {seen[key]!r} and {raw!r} would become one node "
                f"({_column(name)}); write them alike if they are one, and differently if not"
            )
    return np.array(texts, object)


def odd_ids(ids: Array) -> list[str]:
    """Texts that stand among many whole numbers, or mean that nothing is there; at most a few."""
    texts = ids.tolist()
    missing = [text for text in texts if text.lower() in MISSING]
    words = [text for text in texts if not text.lstrip("+-").isdecimal()]
    few = 0 < len(words) <= max(1, len(texts) * ODD) and len(texts) > 2
    return missing + [word for word in words if word not in missing] if few else missing


def ask_about_odd(odd: list[str], name: str, where: str, doubts: Doubts) -> None:
    """Ask whether these are ids at all."""
    some = ", ".join(f"'{text}'" for text in odd[:3]) + (", ..." if len(odd) > 3 else "")
    doubts.ask(
        f"{where}: {some} in {_column(name)}: a name of a node, or no id?",
        f"{'it is a name' if len(odd) == 1 else 'they are names'} of a node",
        "--yes; else take such rows out of the file",
    )


def are_plain(texts: Collection[str]) -> bool:
    """Whether different ones of these stay different: no letters that can be composed, no ".0"."""
    whole = "\n".join(texts)
    return whole.isascii() and ".0\n" not in whole and not whole.endswith(".0")


def _bad(value: object, name: str, where: str) -> DataError:
    if value != value:
        return no_id(name, where)
    return DataError(
        f"{where}: node id '{value}' in {_column(name)} is neither a whole number nor a name; "
        "which columns hold ids say: --columns source=0,target=1"
    )


def _column(name: str) -> str:
    return f"column {name}" if name.isdecimal() else f"column '{name}'"
