"""Joules and seconds of a measured run, as a profile predicts them from counted events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from neurograph.chip.measured import Inference, Measured
from neurograph.chip.place import place
from neurograph.chip.placement import Placement
from neurograph.chip.profile import Constant, HardwareProfile
from neurograph.cost.energy import energy
from neurograph.cost.energy.duration import in_a_row
from neurograph.cost.energy.events import Events, events_of
from neurograph.cost.energy.left_out import mesh_of
from neurograph.cost.energy.prices import interval
from neurograph.cost.estimate import Interval, span
from neurograph.cost.validation import JOULES, SPEED, Measurement
from neurograph.ir import QNetwork
from neurograph.runtime import reference
from neurograph.runtime.exporters import read_network
from neurograph.runtime.record import EventCounts

FORMAT = "netx"


@dataclass(frozen=True, eq=False, kw_only=True)
class Counted:
    """A measured run in integers, on a chip.

    Attributes:
        network: from one reset to the next.
        placed: as its compiler places layers.
        counts: events of one inference.
        events: the same, on cores.
    """

    network: QNetwork
    placed: Placement
    counts: EventCounts
    events: list[Events]


def counted(run: Inference, folder: Path, profile: HardwareProfile) -> Counted:
    """
    Raises:
        FormatError: lava-dl's files cannot be read here.
        StoreError: the file is damaged.
    """
    found = read_network(folder / run.file, FORMAT)
    # a reset comes to each layer a step after the one before: as if they began one by one
    once = tuple(replace(p, reset=None) for p in found.populations)
    network = replace(found, populations=once, begin_together=False, steps=run.steps)
    silent = {
        s.name: np.zeros((1, run.steps, s.rows, s.channels), np.int64) for s in network.streams
    }
    record = reference.run(network, silent, np.arange(1))
    counts = reference.count_events(network, silent, record)
    placed = place(network, profile, replicas=1, method="layered")
    events = events_of(network, placed, counts, mesh_of(profile))
    return Counted(network=network, placed=placed, counts=counts, events=events)


def inference(
    measured: Measured, name: str, run: Inference, ran: Counted, profile: HardwareProfile
) -> Iterator[Measurement]:
    """Operations as the chip counted them, joules, inferences a second.

    Args:
        name: of the network.
    """
    yield from _operations(measured, name, run, ran.counts)
    estimate = energy(ran.network, ran.placed, profile, ran.counts)
    made_of = run.made_of == next(iter(profile.energy))
    row = partial(Measurement, of=name, source=measured.cite(run.source), made_of=made_of)
    yield row(
        what=JOULES,
        unit="J",
        measured=run.joules,
        predicted=estimate.total("chip, dynamic"),
        within=measured.within.joules,
    )
    yield row(
        what=SPEED,
        unit="1/s",
        measured=run.per_second,
        predicted=_per_second(ran, profile),
        within=measured.within.per_second,
    )


def _operations(
    measured: Measured, name: str, run: Inference, counts: EventCounts
) -> Iterator[Measurement]:
    """By population, of which all projections count."""
    if run.operations is None:
        return
    told = run.operations
    for population, theirs in told.counted.items():
        ours = sum(float(n) for p, n in counts.synaptic_ops.items() if p.startswith(population))
        each = ours * told.steps / run.steps
        yield Measurement(
            of=f"{name} {population}",
            what="synaptic operations",
            unit=f"in {told.steps:,} steps",
            measured=theirs,
            predicted=Interval(low=each, typical=each, high=each),
            within=measured.within.operations,
            source=measured.cite(told.source),
            counted=True,
        )


def _per_second(ran: Counted, profile: HardwareProfile) -> Interval:
    """The first set's typical value, between the ends of all sets."""

    def rate(constants: Mapping[str, Constant], end: str) -> float:
        each = {event: getattr(interval(c), end) for event, c in constants.items()}
        return 1 / in_a_row(ran.events, ran.network.updates, each)

    return span(
        {
            name: Interval(low=rate(c, "high"), typical=rate(c, "typical"), high=rate(c, "low"))
            for name, c in profile.time.items()
        }
    )
