"""Looks over all bytes of a text, a block at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from neurograph.core.arrays import Array

BLOCK = 1 << 24
OVERLAP = 64
SIGNS = (ord("+"), ord("-"))
COMMENT_BEGINS = b"#%/ \t"


def has_comments(data: bytes, begin: int) -> bool:
    """Whether a line may begin with the sign of a comment."""
    if data[begin : begin + 1] in (b"#", b"%", b"/"):
        return True
    for block in _blocks(data, begin):
        second = block[1:][block[:-1] == ord("\n")]
        if np.isin(second, np.frombuffer(COMMENT_BEGINS, np.uint8)).any():
            return True
    return False


def without_comments(data: bytes, begin: int) -> bytes:
    """The data from there on, without lines that begin with the sign of a comment."""
    return re.sub(rb"(?m)^[ \t]*(#|%|//).*\n?", b"", data[begin:])


def has_zeros_in_front(data: bytes, begin: int, separator: str) -> bool:
    """Whether a field is an integer that begins with a zero, as "007" or "-07"."""
    edges = np.frombuffer(b'\n" \t' + separator[:1].encode(), np.uint8)
    for number, block in enumerate(_blocks(data, begin)):
        starts = np.flatnonzero(np.isin(block[:-1], edges)) + 1
        starts = np.append(starts, 0) if number == 0 else starts
        signed = starts[np.isin(block[starts], SIGNS)] + 1
        places = np.concatenate([starts, signed])
        places = places[places < len(block) - 1]
        places = places[(block[places] == ord("0")) & _digits(block[places + 1])] + 2
        while len(places):
            if (places >= len(block)).any() or np.isin(block[places], edges).any():
                return True  # the field ends, and all of it were digits
            places = places[_digits(block[places])] + 1
    return False


def _digits(characters: Array) -> Array:
    found: Array = (characters >= ord("0")) & (characters <= ord("9"))
    return found


def single_blanks(data: bytes, begin: int) -> bool:
    """Whether every blank is one space between two fields."""
    doubled = (b"  ", b" \n", b"\n ", b"\t")
    return data[begin : begin + 1] != b" " and all(data.find(d, begin) < 0 for d in doubled)


def _blocks(data: bytes, begin: int) -> Iterator[Array]:
    """Blocks that overlap."""
    whole = np.frombuffer(data, np.uint8)
    for start in range(begin, len(data), BLOCK):
        yield whole[start : start + BLOCK + OVERLAP]
