"""Texts of a column as the values that they stand for, where all of them do."""

from __future__ import annotations

import re

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.tables.dialect import THOUSANDS
from neurograph.graphs.tables.names import is_number
from neurograph.graphs.tables.parse import Coded

INTEGER = re.compile(r"[+-]?\d+")
BEHIND_ZERO = re.compile(r"[+-]?0\d+")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
TRUTH = {"true": True, "false": False}


def typed(column: Coded, separator: str = ",") -> tuple[Array, str]:
    """A column of texts as int64, float64 or bool where every entry is one; and a note.

    An integer beyond 64 bits, or with zeros in front ("007"), makes all of the column texts, for
    as a number it could not be told from another. So does an empty entry, which becomes None.

    Args:
        column: as the file has it.
        separator: of the fields; commas within numbers part thousands, or between semicolons
            the decimals.
    """
    words = [word.strip() for word in column.words]
    values, note = _convert(words, separator)
    if values is None:
        values = np.array([word or None for word in words], object)
    return values[column.codes], note


def _convert(words: list[str], separator: str) -> tuple[Array | None, str]:
    if all(INTEGER.fullmatch(word) for word in words):
        if any(BEHIND_ZERO.fullmatch(word) for word in words):
            return None, ""
        if not all(len(word) <= 20 and -(1 << 63) <= int(word) < 1 << 63 for word in words):
            return None, ""
        return np.array([int(word) for word in words], np.int64), ""
    if all(map(is_number, words)):
        return np.array([float(word) for word in words]), ""
    if all(word.lower() in TRUTH for word in words):
        return np.array([TRUTH[word.lower()] for word in words]), ""
    thousands = all(is_number(word) or THOUSANDS.fullmatch(word) for word in words)
    if thousands and (separator == "," or any(word.count(",") > 1 for word in words)):
        plain, _ = _convert([word.replace(",", "") for word in words], separator)
        return plain, "commas part thousands" if plain is not None else ""
    decimal = all(is_number(word) or DECIMAL_COMMA.fullmatch(word) for word in words)
    if decimal and not thousands and separator == ";":
        return np.array([float(word.replace(",", ".")) for word in words]), "decimal commas"
    return None, ""
