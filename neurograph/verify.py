"""Compares two runs of one network: how much they agree, and where they first differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from neurograph.arrays import Array
from neurograph.errors import NetworkError
from neurograph.record import FLOAT, RunRecord


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How much two runs over the same targets agree.

    Attributes:
        first, second: what ran. targets: how many nodes were compared.
        predictions: share of targets of the same predicted class.
        spikes: share of (target, update, neuron) of the same value, over the compared populations.
        spikes_by_population: the same per population.
        differing_spikes: how many differ. compared_spikes: of how many.
        final_states: whether all final states are equal; None where one run is in floats.
        first_difference: a sentence on the earliest one, None if there is none.
    """

    first: str
    second: str
    targets: int
    predictions: float
    spikes: float
    spikes_by_population: Mapping[str, float]
    differing_spikes: int
    compared_spikes: int
    final_states: bool | None
    first_difference: str | None

    @property
    def identical(self) -> bool:
        """Every spike and, between integer runs, every final state and prediction is the same."""
        return self.first_difference is None

    def to_json(self) -> dict[str, Any]:
        """The fields and `identical`, as JSON values."""
        return {**asdict(self), "identical": self.identical}


def compare(first: RunRecord, second: RunRecord) -> Agreement:
    """Compare two runs of the same populations over the same nodes, in the same order.

    An integer run has more populations than the floats it was made of where its readout is on
    the chip; against floats, those are left out.

    Raises:
        NetworkError: other nodes or populations, or two integer runs of different networks.
    """
    _check_comparable(first, second)
    shared = [name for name in first.spikes if name in second.spikes]
    differ = {name: first.spikes[name] != second.spikes[name] for name in shared}
    counts = {name: int(np.count_nonzero(d)) for name, d in differ.items()}
    sizes = {name: d.size for name, d in differ.items()}
    same_class = first.predictions == second.predictions
    integers = FLOAT not in (first.target, second.target)
    state = _first_state(first, second) if integers else None
    return Agreement(
        first=first.target,
        second=second.target,
        targets=len(first.nodes),
        predictions=float(same_class.mean()),
        spikes=1 - sum(counts.values()) / sum(sizes.values()),
        spikes_by_population={name: 1 - counts[name] / sizes[name] for name in counts},
        differing_spikes=sum(counts.values()),
        compared_spikes=sum(sizes.values()),
        final_states=state is None if integers else None,
        first_difference=_first_spike(first, second, differ)
        or state
        or _first_prediction(first, second, same_class),
    )


def _check_comparable(first: RunRecord, second: RunRecord) -> None:
    who = f"{first.target} and {second.target}"
    if not len(first.nodes) or not np.array_equal(first.nodes, second.nodes):
        raise NetworkError(f"{who}: runs over different nodes, or none, cannot be compared")
    shapes = [_spike_shapes(first, second), _spike_shapes(second, first)]
    if shapes[0] != shapes[1]:
        raise NetworkError(f"{who}: spikes {shapes[0]} and {shapes[1]} cannot be compared")
    if FLOAT not in (first.target, second.target):
        if first.network_sha256 != second.network_sha256:
            raise NetworkError(f"{who}: runs of different integer networks; export, then run again")
        states = [_state_shapes(r) for r in (first, second)]
        if states[0] != states[1]:
            raise NetworkError(f"{who}: final states {states[0]} and {states[1]}")


def _spike_shapes(record: RunRecord, other: RunRecord) -> dict[str, tuple[int, ...]]:
    """Of its populations; against floats, of those that the floats have, too."""
    fewer = other.target == FLOAT and other.spikes
    names = [name for name in record.spikes if not fewer or name in other.spikes]
    return {name: record.spikes[name].shape for name in names}


def _state_shapes(record: RunRecord) -> dict[str, dict[str, tuple[int, ...]]]:
    return {n: {key: s.shape for key, s in states.items()} for n, states in record.final.items()}


def _first_spike(first: RunRecord, second: RunRecord, differ: Mapping[str, Array]) -> str | None:
    """The earliest update that differs; of several populations in it, the first one listed.

    Each population counts updates from its first input on, so that within one update every
    cause comes before its effects in the order in which a network lists its populations.
    """
    earliest: tuple[int, str] | None = None
    for name, d in differ.items():
        updates = np.flatnonzero(d.any(axis=(0, 2, 3)))
        if len(updates) and (earliest is None or updates[0] < earliest[0]):
            earliest = int(updates[0]), name
    if earliest is None:
        return None
    update, name = earliest
    target, row, channel = np.argwhere(differ[name][:, update])[0]
    at = (target, update, row, channel)
    place = _place(first, target, row, channel)
    return (
        f"{name}: update {update}, {place}: "
        f"{first.target} {_word(first.spikes[name][at])}, "
        f"{second.target} {_word(second.spikes[name][at])} "
        f"({sum(int(d.sum()) for d in differ.values()):,} spikes differ)"
    )


def _first_state(first: RunRecord, second: RunRecord) -> str | None:
    for name, states in first.final.items():
        for key, ours in states.items():
            theirs = second.final[name][key]
            if (where := np.argwhere(ours != theirs)).size:
                at = tuple(where[0])
                return (
                    f"{name}: final {key}, {_place(first, *at)}: {first.target} {ours[at]}, "
                    f"{second.target} {theirs[at]} ({len(where):,} differ)"
                )
    return None


def _first_prediction(first: RunRecord, second: RunRecord, same: Array) -> str | None:
    if same.all():
        return None
    target = int(np.argmin(same))
    return (
        f"same spikes, but node {first.nodes[target]}: {first.target} predicts class "
        f"{first.predictions[target]}, {second.target} {second.predictions[target]}"
    )


def _place(record: RunRecord, target: int, row: int, channel: int) -> str:
    return f"node {record.nodes[target]}, row {row}, channel {channel}"


def _word(fired: bool) -> str:
    return "fires" if fired else "is silent"
