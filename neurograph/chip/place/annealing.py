"""Which core lies in which tile: simulated annealing on the traffic between cores."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from neurograph.chip.place.mesh import Mesh
from neurograph.core.arrays import Array
from neurograph.core.compiled import numba
from neurograph.core.random import GOLDEN, below, scrambled

PER_CORE = 2_000  # proposals at most, so that small networks take milliseconds
COOLING = 1e-3  # the last temperature, of the first
EMPTY = -1


def hop_joules(between: sp.csr_array, tile: Array, mesh: Mesh) -> float:
    """Energy of all hops, per unit of the traffic.

    Args:
        between: ``(cores, cores)``, messages.
        tile: int64 ``(cores,)``, where each core lies.
    """
    pairs = sp.coo_array(between)
    column, row = mesh.position(tile)
    east = np.abs(column[pairs.row] - column[pairs.col])
    north = np.abs(row[pairs.row] - row[pairs.col])
    return float(pairs.data @ (east * mesh.hop[0] + north * mesh.hop[1]))


def anneal(
    between: sp.csr_array, tile: Array, mesh: Mesh, *, seed: int, work: int, heat: float
) -> Array:
    """Tiles of less hop energy than those given, or the same.

    Swaps cores between tiles and moves them into empty places, always where that saves energy,
    else with a probability that falls (Kirkpatrick, Gelatt, Vecchi, Science 220, 1983).

    Args:
        work: how many terms of the energy may be looked at.
        heat: the first temperature, of the
            mean change of energy by a swap; 0 takes improvements only.
    """
    both = _symmetric(between)
    places = mesh.tiles * mesh.chips(len(tile))
    if both.nnz == 0 or places == 1:
        return tile
    members = _members(tile, places, mesh.cores_per_tile)
    terms = 1 + both.nnz // len(tile)
    found: Array = _anneal(
        (both.indptr, both.indices, both.data),
        tile.astype(np.int64),
        members,
        mesh.position(np.arange(places)),
        np.array(mesh.hop),
        (mesh.tiles, mesh.cores_per_chip),
        (np.uint64(seed), max(1, min(work // (4 * terms), PER_CORE * len(tile))), heat),
    )
    return found


def _symmetric(between: sp.csr_array) -> sp.csr_array:
    """Traffic both ways, without what a core sends to itself."""
    both = sp.csr_array(between + between.T)
    both.setdiag(0.0)
    both.eliminate_zeros()
    return both


def _members(tile: Array, places: int, per_tile: int) -> Array:
    """int64 ``(tiles, cores per tile)``: the cores of each, then empty places."""
    members = np.full((places, per_tile), EMPTY, np.int64)
    order = np.argsort(tile, kind="stable")
    begun = np.searchsorted(tile[order], np.arange(places))
    members[tile[order], np.arange(len(tile)) - begun[tile[order]]] = order
    return members


@numba.njit(cache=True, nogil=True)
def _anneal(traffic, tile, members, position, hop, chip, plan):  # type: ignore[no-untyped-def]
    indptr, indices, _ = traffic
    tiles, per_chip = chip
    seed, proposals, heat = plan
    cores, (places, slots) = len(tile), members.shape
    on_chip = np.bincount(tile // tiles, minlength=places // tiles)
    counter = scrambled(seed + GOLDEN)
    temperature = heat * _mean_change(traffic, tile, position, hop, counter)
    cooling = COOLING ** (1.0 / proposals)
    gained, best = 0.0, 0.0
    best_tile = tile.copy()
    for _ in range(proposals):
        counter += GOLDEN
        a = below(counter, cores)
        here = tile[a]
        counter += GOLDEN
        there = below(counter, places)
        if indptr[a + 1] > indptr[a] and there & 1:  # every other time to one it talks to
            counter += GOLDEN
            entry = indptr[a] + below(counter, indptr[a + 1] - indptr[a])
            there = tile[indices[entry]]
        counter += GOLDEN
        slot = below(counter, slots)
        b = members[there, slot]
        temperature *= cooling
        if here == there:
            continue
        if b == EMPTY and here // tiles != there // tiles and on_chip[there // tiles] == per_chip:
            continue
        change = _change(a, there, b, traffic, tile, position, hop)
        if b != EMPTY:
            change += _change(b, here, a, traffic, tile, position, hop)
        if change > 0.0:
            counter += GOLDEN
            chance = (scrambled(counter) >> np.uint64(11)) * 2.0**-53
            if temperature <= 0.0 or chance >= np.exp(-change / temperature):
                continue
        for s in range(slots):
            if members[here, s] == a:
                members[here, s] = b
        members[there, slot] = a
        tile[a] = there
        if b != EMPTY:
            tile[b] = here
        else:
            on_chip[here // tiles] -= 1
            on_chip[there // tiles] += 1
        gained += change
        if gained < best - 1e-12 * abs(best):
            best = gained
            best_tile[:] = tile
    return best_tile


@numba.njit(cache=True, nogil=True)
def _mean_change(traffic, tile, position, hop, counter):  # type: ignore[no-untyped-def]
    """Of the energy, if one core takes the tile of another, up or down."""
    total, cores, tries = 0.0, len(tile), 1000
    for _ in range(tries):
        counter += GOLDEN
        a = below(counter, cores)
        counter += GOLDEN
        total += abs(_change(a, tile[below(counter, cores)], -1, traffic, tile, position, hop))
    return total / tries


@numba.njit(cache=True, nogil=True)
def _change(a, there, partner, traffic, tile, position, hop):  # type: ignore[no-untyped-def]
    """Of the energy, if core a moves; what it says to the core it changes places with stays."""
    indptr, indices, data = traffic
    column, row = position
    change, here = 0.0, tile[a]
    for entry in range(indptr[a], indptr[a + 1]):
        other = indices[entry]
        if other != partner:
            at = tile[other]
            east = abs(column[there] - column[at]) - abs(column[here] - column[at])
            north = abs(row[there] - row[at]) - abs(row[here] - row[at])
            change += data[entry] * (hop[0] * east + hop[1] * north)
    return change
