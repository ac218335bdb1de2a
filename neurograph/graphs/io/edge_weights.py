"""What each row of a list of edges weighs."""

from __future__ import annotations

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.io.columns.evidence import look
from neurograph.graphs.io.columns.places import place
from neurograph.graphs.tables import Table

PROBES = 30  # edges that are looked for in the other direction


def edge_weights(table: Table, name: str | None, *, wanted: bool) -> tuple[Array, str]:
    """A column of weights, or 1 for each row, so that repeated rows count; and a line about it.

    Args:
        name: the column; None where rows count 1.
        wanted: whether the user named it, so that bad values are an error and no remark.

    Raises:
        DataError: the column was wanted, and a value is no finite number above 0.
    """
    ones = np.ones(len(table), np.float32)
    if name is None:
        return ones, ""
    column = table.columns[name]
    numeric = column.dtype.kind in "iufb"
    bad = ~((column > 0) & np.isfinite(column)) if numeric else np.ones(len(table), bool)
    if not bad.any():
        low, high = column.min(), column.max()
        return column.astype(np.float64), f"weights: {place(name)}, {low:g} to {high:g}"
    row = int(np.argmax(bad))
    if wanted:
        raise DataError(
            f"{table.where(row)}: '{column[row]}' is no weight; needed numbers above 0, or "
            "--weight none"
        )
    return ones, (
        f"{place(name)} is not taken as weights: {table.where(row)} has '{column[row]}', no number "
        f"above 0 ({look(column)}); each row counts 1"
    )


def once(u: Array, v: Array, weight: Array) -> Array:
    """Half of every weight, where each edge stands in both directions, as often as in one.

    So that the weight of a pair is what it was given, and not twice as much.

    Args:
        u, v: int64 ``(rows,)``, indices of nodes below 2^31.
    """
    other = u != v
    if not other.any() or any(
        not ((u == b) & (v == a)).any()  # true of nearly every list of one direction, at once
        for a, b in zip(*(end[other][:: max(1, len(u) // PROBES)] for end in (u, v)), strict=True)
    ):
        return weight
    forth, back = np.sort(u << 31 | v), np.sort(v << 31 | u)
    return weight / 2 if (forth == back).all() else weight
