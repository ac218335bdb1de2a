"""How long an inference takes: in every hardware step a barrier and the slowest core."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from neurograph.chip.profile import HardwareProfile
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
