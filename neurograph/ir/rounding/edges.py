"""Entries of a schedule as integers: what synapses along edges hold, in pieces of one shift each.

A synapse along an edge holds the product of an entry and a weight. Where entries are means, weights
are all alike, and the integers are the entries. Those of a hub are as many times smaller than those
of a node with one neighbour as it has neighbours: pieces with finer exponents hold them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import Projection, Schedule

_KEPT_BITS = 7  # of an entry, at least, that is no hub's: others are in a finer piece


def by_entries(projection: Projection) -> bool:
    """Whether its integers are entries of its schedule, and not weights."""
    return isinstance(projection.mix, Schedule) and not projection.mix.joins


def weight_of_all(projection: Projection) -> float:
    """The one number that all its weights are, zeros aside.

    Raises:
        NetworkError: they are several, or negative.
    """
    found = np.unique(projection.weight[projection.weight != 0])
    if len(found) > 1 or (found < 0).any():
        raise NetworkError(
            f"{projection.name}: {len(found)} different weights from {found[0]:.4g} on, along "
            "edges whose entries differ; needed one above 0, because a synapse holds one number: "
            "put a relay in between (ir.passes.relays)"
        )
    return float(found[0]) if len(found) else 0.0


def edge_gain(projection: Projection, gain: Array) -> float:
    """The one gain of all channels.

    Raises:
        NetworkError: they differ, though all share the entries.
    """
    first = float(gain[0])
    if not np.allclose(gain, first, rtol=1e-9, atol=0.0):
        raise NetworkError(
            f"{projection.name}: scales of relay and target differ by {gain.min():.6g} to "
            f"{gain.max():.6g} units; needed one ratio for all channels, which share the entries"
        )
    return first


def entry_top(bits: int) -> int:
    """The largest entry; one step below what a synapse holds: an edge may be the sum of two."""
    return fx.WEIGHT_MAX + 1 - 2 * _step(bits)


def entry_exponents(mix: Schedule, factor: float, bits: int) -> tuple[int, tuple[int, ...]]:
    """Exponents of the coarsest piece, which clips nothing, and of the finer ones.

    Args:
        factor: units of a sum per unit of an entry.

    Returns:
        They may exceed what the chip offers, but not fall below.
    """
    top, spacing = entry_top(bits), max(bits - _KEPT_BITS, 1)
    if not mix.largest:
        return 0, ()
    coarse = max(math.ceil(math.log2(mix.largest * factor / top) - 1e-9), fx.WEIGHT_EXP_MIN)
    finer, last = [], coarse
    while mix.smallest * factor <= top * 2.0 ** (last - spacing) and last > fx.WEIGHT_EXP_MIN:
        last = max(last - spacing, fx.WEIGHT_EXP_MIN)
        finer.append(last)
    return coarse, tuple(finer)


def vanishes(mix: Schedule, factor: float, bits: int, exponents: tuple[int, ...]) -> bool:
    """Whether an entry rounds to 0 even in the finest piece."""
    finest = 2.0 ** exponents[-1] * _step(bits)
    return 0 < mix.smallest * factor <= finest / 2


def rounded_entries(
    mix: Schedule, factor: float, bits: int, exponents: tuple[int, ...]
) -> Iterator[Schedule]:
    """A schedule of integers per exponent, coarsest first; each entry is in one of them.

    An entry is in the finest piece that holds it.
    """
    wanted = [x * factor for x in (mix.of_so_far, mix.of_new, mix.of_self)]
    places = _places(mix, wanted, entry_top(bits), exponents)
    step = _step(bits)
    for piece, exponent in enumerate(exponents):
        held = []
        for numbers, place in zip(wanted, places, strict=True):
            rounded = np.rint(np.where(place == piece, numbers, 0.0) * 2.0**-exponent / step) * step
            held.append(np.minimum(rounded, entry_top(bits)).astype(np.int16))
        yield mix.with_values(*held)


def _places(
    mix: Schedule, wanted: list[Array], top: int, exponents: tuple[int, ...]
) -> list[Array]:
    """Per kind of entry, the piece of each."""
    places = [_finest(numbers, top, exponents) for numbers in wanted]
    so_far, new, _ = places
    limit = top * 2.0 ** np.array(exponents)
    met = np.diff(mix.new.before, axis=0) > 0
    crowded = met & (so_far == new) & (wanted[0] + wanted[1] > limit[new]) & (new > 0)
    places[1] = np.where(crowded, new - 1, new)  # a pair that is in both must fit in one synapse
    return places


def rounded_numbers(wanted: Array, bits: int, exponents: tuple[int, ...]) -> tuple[Array, Array]:
    """Entries as `rounded_entries` has them, each by itself.

    Returns:
        Whole numbers in float64, and the power of two of each one's shift.
    """
    top, step = entry_top(bits), _step(bits)
    shift = 2.0 ** np.array(exponents)[_finest(wanted, top, exponents)]
    return np.minimum(np.rint(wanted / shift / step) * step, top), shift


def _finest(numbers: Array, top: int, exponents: tuple[int, ...]) -> Array:
    """The last piece that holds each number; the first holds what none does."""
    place = np.zeros(numbers.shape, np.int8)
    for piece, exponent in enumerate(exponents):
        place[numbers <= top * 2.0**exponent] = piece
    return place


def _step(bits: int) -> int:
    return 1 << (8 - bits)
