"""First guesses at where cores lie, for annealing to begin from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurograph.chip.place.mesh import Mesh
from neurograph.core.arrays import Array


def winding(cores: int, mesh: Mesh) -> Array:
    """int64 ``(cores,)``: tile by tile along a path that never leaves a tile's neighbours."""
    in_order = mesh.in_order(cores)
    path: Array = _path(mesh, mesh.chips(cores))[in_order]
    return path


def on_own_tiles(cores: int, together: Sequence[Array], mesh: Mesh) -> Array | None:
    """Every group from a tile of its own on, along the same path; the others where room is left.

    None where there are too few tiles for that.
    """
    path = _path(mesh, mesh.chips(cores))
    at = np.full(cores, -1, np.int64)  # how far along the path
    tile = 0
    for group in together:
        at[group] = tile + np.arange(len(group)) // mesh.cores_per_tile
        tile += -(-len(group) // mesh.cores_per_tile)
    others = np.flatnonzero(at < 0)
    if tile > len(path):
        return None
    free = np.repeat(
        np.arange(len(path)), mesh.cores_per_tile - np.bincount(at[at >= 0], minlength=len(path))
    )
    if len(free) < len(others):
        return None
    at[others] = free[: len(others)]
    tiles: Array = path[at]
    full = np.bincount(tiles // mesh.tiles).max() > mesh.cores_per_chip
    return None if full else tiles


def _path(mesh: Mesh, chips: int) -> Array:
    """int64 ``(chips * tiles,)``: tiles row by row, every other row backwards, chip by chip."""
    rows = np.arange(mesh.tiles).reshape(mesh.rows, mesh.columns)
    rows[1::2] = rows[1::2, ::-1]
    path: Array = (np.arange(chips)[:, None] * mesh.tiles + rows.ravel()).ravel()
    return path
