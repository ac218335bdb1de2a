"""A checked table of columns read from a file, which still knows where each row came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array

MAX_NODE = np.iinfo(np.int32).max - 1  # so that the number of nodes is an int32 too
INTEGER = re.compile(r"[+-]?[0-9]+")
NUMBER = re.compile(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Kind:
    """What a column holds.

    Attributes:
        fits: of each entry, whether it is such a value: bool ``(rows,)``.
        reason: why a text is not such a value, or None. Agrees with `fits`.
        textual: whether entries stay texts.
    """

    fits: Callable[[Array], Array]
    reason: Callable[[str], str | None]
    textual: bool = False


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length, each entry of its column's kind.

    Attributes:
        where: row number to words for an error, e.g. "edges.txt, line 7 ('3 4 0.5')". Slow.
    """

    columns: Mapping[str, Array]
    where: Callable[[int], str]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


Kinds = Mapping[str, Kind]
Reader = Callable[[Path, Kinds], Table]


def _node_fits(values: Array) -> Array:
    if values.dtype.kind not in "iu":
        return np.zeros(len(values), bool)
    fits: Array = (values >= 0) & (values <= MAX_NODE)
    return fits


def _node_reason(text: str) -> str | None:
    if not INTEGER.fullmatch(text):
        return f"node id '{text}' is not an integer"
    if int(text) < 0:
        return f"node id {text} is negative; ids count from 0"
    return f"node id {text} is above {MAX_NODE}" if int(text) > MAX_NODE else None


def _time_fits(values: Array) -> Array:
    if values.dtype.kind not in "iuf":
        return np.zeros(len(values), bool)
    fits: Array = np.isfinite(values)
    return fits


def _time_reason(text: str) -> str | None:
    if INTEGER.fullmatch(text) and abs(int(text)) >= 1 << 63:
        return f"time {text} needs more than 64 bits"
    finite = NUMBER.fullmatch(text) and np.isfinite(float(text))
    return None if finite else f"time '{text}' is not a finite number"


def _label_fits(values: Array) -> Array:
    if values.dtype.kind in "iu":
        return np.ones(len(values), bool)
    return np.array([isinstance(v, str) and v != "" for v in values], bool)


NODE = Kind(_node_fits, _node_reason)
TIME = Kind(_time_fits, _time_reason)
LABEL = Kind(_label_fits, lambda text: None if text else "the label is empty", textual=True)
