"""Projections that one process adds up: the taps of a convolution, positions before a dense layer.

A process takes some 0.1 ms per step and 10 MB, whatever it does, and Lava starts them one by one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork, QProjection, Schedule

FEWEST = 4  # fewer run side by side, on cores of their own
Bundle = tuple[QProjection, ...]


def bundles(network: QNetwork) -> list[Bundle]:
    """All projections of a network, those together that one process adds up; in order.

    What is shifted right is floored on its own, unless nothing is lost by it.
    """
    together: dict[object, list[QProjection]] = {}
    for j in network.projections:
        key = (j.source, j.target, j.delay, j.exponent, _signs(j.weight)) if _tap(j) else j.name
        together.setdefault(key, []).append(j)
    return [bundle for group in together.values() for bundle in _split(group)]


def name_of(bundle: Bundle) -> str:
    """Of the process."""
    first, last = bundle[0].name, bundle[-1].name
    return first if len(bundle) == 1 else f"{first} to {last}"


def heard(bundle: Bundle) -> Array:
    """int64 ``(rows out, taps)``: the source's row that each tap hears; -1: none."""
    table = np.full((bundle[0].still.shape[0], len(bundle)), -1, np.int64)
    for tap, j in enumerate(bundle):
        mix = j.still
        rows = np.flatnonzero(np.diff(mix.indptr))
        table[rows, tap] = mix.indices
    return table


def _split(group: list[QProjection]) -> Iterator[Bundle]:
    if len(group) >= FEWEST and not _twice(group):
        yield tuple(group)
    else:
        yield from ((j,) for j in group)


def _twice(group: list[QProjection]) -> bool:
    """Whether a row hears another by two of them, whose weights no one synapse may hold."""
    return bool((sum(j.still for j in group) > 1).nnz)


def _tap(j: QProjection) -> bool:
    """Whether a row hears at most one row, once, and no shift loses anything."""
    if isinstance(j.mix, Schedule):
        return False
    once = bool((j.mix.data == 1).all()) and int(np.diff(j.mix.indptr).max(initial=0)) <= 1
    return once and not (j.exponent < 0 and (j.weight & ((1 << -j.exponent) - 1)).any())


def _signs(weight: Array) -> tuple[bool, bool]:
    """The sign mode that Lava's own connections need."""
    return bool((weight < 0).any()), bool((weight > 0).any())
