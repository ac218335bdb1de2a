"""Layers that say nothing: those that hardly ever fire, and those that fire all the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SILENT, SATURATED = 0.01, 0.95  # firing rates below and above which a layer carries little


@dataclass(frozen=True, kw_only=True)
class FiringAlarm:
    """A layer whose spikes tell little apart.

    Attributes:
        layer: its name.
        rate: share of its neuron updates that fire.
        state: "silent" or "saturated".
    """

    layer: str
    rate: float
    state: str

    def __str__(self) -> str:
        limit, remedy = f"below {SILENT:.0%}", "a lower --threshold or larger inputs"
        if self.state == "saturated":
            limit, remedy = f"above {SATURATED:.0%}", "a higher --threshold or smaller inputs"
        return (
            f"layer {self.layer} is {self.state}: {100 * self.rate:.2f} % of its neuron updates "
            f"fire, {limit}; train with {remedy}"
        )


def firing_alarms(rates: Mapping[str, float]) -> tuple[FiringAlarm, ...]:
    """Of these firing rates by layer, those that are too low or too high."""
    return tuple(
        FiringAlarm(layer=layer, rate=rate, state="silent" if rate < SILENT else "saturated")
        for layer, rate in rates.items()
        if not SILENT <= rate <= SATURATED
    )
