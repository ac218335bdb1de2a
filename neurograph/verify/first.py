"""Finds the first difference of two runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.words import Words
from neurograph.graphs.sampling import TreeSpec
from neurograph.runtime.record import RunRecord
from neurograph.verify.difference import (
    Place,
    PredictionDifference,
    SpikeDifference,
    StateDifference,
)


@dataclass(frozen=True, kw_only=True)
class Naming:
    """How a difference is told.

    Attributes:
        words: what the runs are over.
        tree: what the rows of layers stand for; None: that is not known.
    """

    words: Words
    tree: TreeSpec | None


def first_spike(
    first: RunRecord,
    second: RunRecord,
    differing: Mapping[str, Array],
    latency: int,
    names: Naming,
) -> SpikeDifference | None:
    """The earliest update that differs; of several populations in it, the first one listed.

    Each population counts updates from its first input on, so that within one update every
    cause comes before its effects in the order in which a network lists its populations.

    Args:
        differing: per population, how many neurons differ ``(nodes, updates)``.
    """
    earliest: tuple[int, str] | None = None
    for name, counts in differing.items():
        updates = np.flatnonzero(counts.any(axis=0))
        if len(updates) and (earliest is None or updates[0] < earliest[0]):
            earliest = int(updates[0]), name
    if earliest is None:
        return None
    update, name = earliest
    index = int(np.flatnonzero(differing[name][:, update])[0])
    ours, theirs = (r.spikes[name][index, update] for r in (first, second))
    row, channel = np.argwhere(ours != theirs)[0]
    return SpikeDifference(
        first=first.backend,
        second=second.backend,
        place=_place(first, name, (index, row, channel), ours.shape[0], names),
        update=update,
        steps=differing[name].shape[1] // latency,
        latency=latency,
        first_fires=bool(ours[row, channel]),
        spikes=sum(int(counts.sum(dtype=np.int64)) for counts in differing.values()),
    )


def first_state(first: RunRecord, second: RunRecord, names: Naming) -> StateDifference | None:
    """The first state after the last update that differs, in the order of the record."""
    for name, states in first.final.items():
        for key, ours in states.items():
            theirs = second.final[name][key]
            if (where := np.argwhere(ours != theirs)).size:
                at = tuple(where[0])
                return StateDifference(
                    first=first.backend,
                    second=second.backend,
                    place=_place(first, name, at, ours.shape[1], names),
                    state=key,
                    first_value=int(ours[at]),
                    second_value=int(theirs[at]),
                    states=len(where),
                )
    return None


def first_prediction(
    first: RunRecord, second: RunRecord, said: tuple[Array, Array], words: Words
) -> PredictionDifference | None:
    """The first node of which the runs say different things."""
    changed = np.flatnonzero(said[0] != said[1])
    if not len(changed):
        return None
    index = changed[0]
    return PredictionDifference(
        first=first.backend,
        second=second.backend,
        node=int(first.nodes[index]),
        first_class=said[0][index].item(),
        second_class=said[1][index].item(),
        words=words,
    )


def _place(
    record: RunRecord,
    population: str,
    at: tuple[int, ...],
    rows: int,
    names: Naming,
) -> Place:
    index, row, channel = map(int, at)
    slots = () if names.tree is None else names.tree.slot_names(rows)
    return Place(
        population=population,
        index=index,
        node=int(record.nodes[index]),
        row=row,
        channel=channel,
        slot=slots[row] if slots else None,
        words=names.words,
    )
