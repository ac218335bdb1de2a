"""Joules per inference: counted events times a profile's constants, each term an interval.

An interval spans every constant set of the profile; its typical value is that of the first set.
An event that a set does not price is part of another event there (the profile's note says which),
so it adds nothing to that set's side of the interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from neurograph.arrays import Array
from neurograph.errors import NetworkError, ProfileError
from neurograph.estimate import EnergyEstimate, EnergyRow, Interval
from neurograph.footprint import axons, synapses_per_neuron
from neurograph.ir import OnChipReadout, QNetwork
from neurograph.placement import Placement
from neurograph.profile import Basis, Constant, HardwareProfile
from neurograph.record import EventCounts

DYNAMIC, STATIC, HOST = "chip, dynamic", "chip, static", "host"


def energy(
    network: QNetwork, placement: Placement, profile: HardwareProfile, counts: EventCounts
) -> EnergyEstimate:
    """What one inference (one classified node, all its snapshots) costs, and what is left out.

    Static power is shared by the copies that fit on a chip: the estimate is of a full chip.
    Spikes and updates of a population are taken as evenly spread over its neurons, synaptic
    operations as evenly spread over a projection's synapses. Of an on-chip readout, reading one
    accumulator is taken to cost one message.

    Raises:
        NetworkError: counts or placement of another network or profile, or of no inference.
        ProfileError: an event that no constant set of the profile prices.
    """
    _check_match(network, placement, profile, counts)
    events = _events(network, placement, counts)
    steps = network.updates + network.wiring.depth
    step_seconds = _step_seconds(profile, events)
    rows = (
        *_dynamic(profile, events),
        _static(profile, placement, step_seconds, steps),
        _host(profile, counts),
    )
    return EnergyEstimate(
        profile=profile.name,
        label=_label(profile, rows),
        rows=rows,
        step_seconds=step_seconds,
        steps=steps,
        copies=placement.copies_per_chip,
        not_counted=_not_counted(profile, counts),
    )


@dataclass(frozen=True, eq=False)
class _Events:
    """Events of one kind at one place.

    Attributes:
        total: over all inferences. share: float64 ``(cores,)``, the part of it on each core.
    """

    kind: str
    where: str
    total: float
    share: Array
    inferences: int
    updates: int

    @property
    def per_inference(self) -> float:
        return self.total / self.inferences

    @property
    def per_core_and_step(self) -> Array:
        per_step: Array = self.share * (self.per_inference / self.updates)
        return per_step


def _events(network: QNetwork, placement: Placement, counts: EventCounts) -> list[_Events]:
    def events(kind: str, where: str, total: float, share: Array) -> _Events:
        return _Events(kind, where, total, share, counts.targets, network.updates)

    found = [
        events(
            "synaptic_op",
            j.name,
            counts.synaptic_ops[j.name],
            _share(placement, j.target, synapses_per_neuron(j)),
        )
        for j in network.projections
    ]
    homes = {s.name: np.zeros(placement.cores) for s in network.streams}  # they come from outside
    for p in network.populations:
        homes[p.name] = home = _share(placement, p.name, np.ones(p.rows * p.channels))
        found += [
            events("update_active", p.name, counts.active_updates[p.name], home),
            events("update_inactive", p.name, counts.inactive_updates[p.name], home),
            events("spike", p.name, counts.spikes[p.name], home),
        ]
    for (source, target), reached in axons(network, placement.slices).items():
        if not reached.nnz:
            continue
        to_core = reached.sum(axis=1) / reached.shape[1]  # messages to each core per spike
        where, per_spike = f"{source} to {target}", float(to_core.sum())
        sent = counts.spikes[source] * per_spike
        found += [
            events("message", where, sent, homes[source]),
            events("message_in", where, sent, to_core / per_spike),
        ]
    out = network.readout.source
    sent = _messages_to_host(network, counts)
    return [*found, events("message", f"{out} to the host", sent, homes[out])]


def _messages_to_host(network: QNetwork, counts: EventCounts) -> int:
    """Spikes that a host readout reads, or one message per accumulator at the end."""
    readout = network.readout
    if isinstance(readout, OnChipReadout):
        return counts.targets * readout.accumulators
    return counts.spikes[readout.source]


def _share(placement: Placement, population: str, weights: Array) -> Array:
    """Float64 ``(cores,)``: each core's part of what `weights` says of the neurons."""
    running = np.concatenate(([0.0], np.cumsum(weights, dtype=np.float64)))
    share = np.zeros(placement.cores)
    for s in placement.slices:
        if s.population == population:
            share[s.core] += running[s.stop] - running[s.start]
    share /= max(float(running[-1]), 1.0)
    return share


def _step_seconds(profile: HardwareProfile, events: Sequence[_Events]) -> Interval:
    """Barrier plus the slowest core, once per constant set."""
    for kind in ("barrier", *(e.kind for e in events)):
        _span(profile, kind, [table[kind] for table in profile.time.values()])
    times = [_set_seconds(table, events) for table in profile.time.values()]
    return Interval(
        low=min(t.low for t in times),
        typical=times[0].typical,
        high=max(t.high for t in times),
    )


def _set_seconds(table: Mapping[str, Constant], events: Sequence[_Events]) -> Interval:
    def slowest(bound: Literal["low", "value", "high"]) -> float:
        seconds = {kind: getattr(constant, bound) or 0.0 for kind, constant in table.items()}
        busy = np.sum([e.per_core_and_step * seconds[e.kind] for e in events], axis=0)
        return float(seconds["barrier"] + busy.max())

    return Interval(low=slowest("low"), typical=slowest("value"), high=slowest("high"))


_KINDS = {
    "synaptic_op": "synaptic operation",
    "update_active": "active update",
    "update_inactive": "inactive update",
    "spike": "spike",
    "message": "message to a core",
}


def _dynamic(profile: HardwareProfile, events: Sequence[_Events]) -> Iterator[EnergyRow]:
    for e in events:
        if e.kind in _KINDS:  # what only takes time is not among them
            constants = [table[e.kind] for table in profile.energy.values()]
            each = _span(profile, e.kind, constants)
            yield _row(DYNAMIC, e.where, _KINDS[e.kind], e.per_inference, each, constants)


def _static(
    profile: HardwareProfile, placement: Placement, step_seconds: Interval, steps: int
) -> EnergyRow:
    """Power of the chips of one copy, or of its share of one chip, over the whole inference."""
    constant = profile.static["power_per_chip"]
    power = _span(profile, "power_per_chip", [constant])
    per_step = Interval(
        low=power.low * step_seconds.low,
        typical=power.typical * step_seconds.typical,
        high=power.high * step_seconds.high,
    )
    copies = placement.copies_per_chip
    share = 1 / copies if copies else float(placement.chips)
    where = f"1/{copies} of a chip" if copies else f"{placement.chips} chips"
    times = [c for table in profile.time.values() for c in table.values()]
    return _row(STATIC, where, "hardware step", steps, per_step.times(share), [constant, *times])


def _host(profile: HardwareProfile, counts: EventCounts) -> EnergyRow:
    mac, per_inference = profile.host["mac"], counts.host_macs / counts.targets
    each = _span(profile, "mac", [mac])
    return _row(HOST, "readout", "multiply-accumulate", per_inference, each, [mac])


def _span(profile: HardwareProfile, event: str, constants: Sequence[Constant]) -> Interval:
    """From the lowest to the highest of all sets; the first set's value is typical."""
    if not any(c.known for c in constants):
        raise ProfileError(f"profile '{profile.name}': no constant set knows '{event}'")
    return Interval(
        low=min(c.low or 0.0 for c in constants),
        typical=constants[0].value or 0.0,
        high=max(c.high or 0.0 for c in constants),
    )


def _row(
    part: str,
    where: str,
    kind: str,
    events: float,
    joules_each: Interval,
    constants: Sequence[Constant],
) -> EnergyRow:
    known = [c for c in constants if c.known]
    ranked: tuple[Basis, ...] = ("assumed", "published", "measured")  # the weakest decides
    return EnergyRow(
        part=part,
        where=where,
        kind=kind,
        events=events,
        joules_each=joules_each,
        source=", ".join(dict.fromkeys(c.source for c in known)),
        basis=min((c.basis for c in known), key=ranked.index),
    )


def _label(profile: HardwareProfile, rows: Sequence[EnergyRow]) -> str:
    """One paragraph, printed beside every total."""
    sentences = [
        f"Estimate from counted events for a full {profile.title} chip, not a measurement."
    ]
    if any(row.basis == "assumed" for row in rows):
        sentences.append("Some of its constants are assumed.")
    return " ".join((*sentences, *profile.notes))


def _not_counted(profile: HardwareProfile, counts: EventCounts) -> tuple[str, ...]:
    bytes_in, bytes_out = counts.bytes_in / counts.targets, counts.bytes_out / counts.targets
    unpriced = tuple(
        f"{event} has no price of its own in {name}: {constant.note}"
        for name, table in profile.energy.items()
        for event, constant in table.items()
        if not constant.known
    )
    return (
        "sampling neighbours and quantising features on the host",
        "memory traffic and instructions of the host: only its arithmetic is in the sum",
        f"moving {bytes_in:,.0f} bytes to the chip and {bytes_out:,.0f} back: no energy per byte "
        "is published",
        "mesh hops between tiles: the placement does not say where on the mesh a core lies",
        "leakage other than the chip's static power, the embedded processors, the board",
        "uneven load: the time of a step uses the mean load of each core, not its worst step",
        *unpriced,
    )


def _check_match(
    network: QNetwork, placement: Placement, profile: HardwareProfile, counts: EventCounts
) -> None:
    if placement.profile != profile.name:
        raise NetworkError(
            f"placed for profile '{placement.profile}', priced for '{profile.name}'; place it again"
        )
    populations = {p.name for p in network.populations}
    names = {
        "placement": ({s.population for s in placement.slices}, populations),
        "synaptic operations": (set(counts.synaptic_ops), {j.name for j in network.projections}),
        "active updates": (set(counts.active_updates), populations),
        "inactive updates": (set(counts.inactive_updates), populations),
        "spikes": (set(counts.spikes), populations | {s.name for s in network.streams}),
    }
    for what, (found, wanted) in names.items():
        if found != wanted:
            raise NetworkError(
                f"{what} of {', '.join(sorted(found)) or 'nothing'}; the network has "
                f"{', '.join(sorted(wanted))}"
            )
    if counts.targets < 1:
        raise NetworkError("event counts of no inference; run at least one target")
