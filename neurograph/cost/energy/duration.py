"""How long an inference takes: in every hardware step a barrier and the slowest core."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from neurograph.chip.profile import HardwareProfile
from neurograph.core.arrays import Array
from neurograph.cost.energy.events import Events
from neurograph.cost.energy.prices import interval, prices
from neurograph.cost.estimate import Interval


def seconds(profile: HardwareProfile, events: Sequence[Events], steps: int) -> dict[str, Interval]:
    """Of one inference of `steps` hardware steps, by constant set."""
    busy = [(e.kind, e.load) for e in events if e.load is not None]
    barrier = prices(profile, "time", "barrier")
    each = {kind: prices(profile, "time", kind) for kind, _ in busy}

    def of(name: str, bound: Callable[[Interval], float]) -> float:
        load = np.zeros_like(busy[0][1])
        for kind, events_on in busy:
            load += events_on * bound(interval(each[kind][name]))
        return float(steps * bound(interval(barrier[name])) + load.max(axis=1).sum())

    return {
        name: Interval(
            low=of(name, lambda x: x.low),
            typical=of(name, lambda x: x.typical),
            high=of(name, lambda x: x.high),
        )
        for name in profile.time
    }


def in_a_row(events: Sequence[Events], updates: int, each: Mapping[str, float]) -> float:
    """Seconds of an inference among many that follow each other without a pause.

    Every core then works on inferences at different layers at once: what it does in the hardware
    steps of one inference comes again after so many steps as an inference has.

    Args:
        updates: hardware steps of an inference, without those until its last layer begins.
        each: seconds of an event, and of the barrier.
    """
    total = np.zeros((updates, 1))
    for e in events:
        if e.load is not None and each[e.kind]:
            total = total + _folded(e.load, updates) * each[e.kind]
    return float(updates * each["barrier"] + np.max(total, axis=-1).sum())


def _folded(load: Array, updates: int) -> Array:
    """``(updates, cores)``, of ``(hardware steps, cores)``."""
    rounds = -(-len(load) // updates)
    whole = np.zeros((rounds * updates, load.shape[1]))
    whole[: len(load)] = load
    folded: Array = whole.reshape(rounds, updates, -1).sum(axis=0)
    return folded
