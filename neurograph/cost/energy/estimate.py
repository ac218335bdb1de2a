"""The estimate: events of a placed network, priced; the host's work; what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from neurograph.chip.footprint import AnyNetwork
from neurograph.chip.placement import Placement
from neurograph.chip.profile import Constant, HardwareProfile
from neurograph.cost.energy.duration import seconds
from neurograph.cost.energy.events import Events, events_of
from neurograph.cost.energy.left_out import left_out, mesh_of
from neurograph.cost.energy.matching import check_match
from neurograph.cost.energy.prices import basis, interval, price, prices, source
from neurograph.cost.energy.resident_events import resident_events
from neurograph.cost.estimate import (
    EnergyEstimate,
    EnergyRow,
    HostWork,
    Interval,
    PackingPoint,
    span,
    total,
)
from neurograph.runtime.record import EventCounts

DYNAMIC, STATIC, HOST = "chip, dynamic", "chip, static", "host"
KINDS: Mapping[str, str] = {
    "synaptic_op": "synaptic operation",
    "update_active": "active update",
    "update_inactive": "inactive update",
    "spike": "spike",
    "message": "message to a core",
    "hop_east_west": "hop east-west",
    "hop_north_south": "hop north-south",
}  # what only takes time is not among them


def energy(
    network: AnyNetwork,
    placement: Placement,
    profile: HardwareProfile,
    counts: EventCounts,
    host: Sequence[HostWork] = (),
) -> EnergyEstimate:
    """What one inference (one classified node, all its snapshots) costs, and what is left out.

    Static power is shared by the replicas placed on a chip: the estimate is of a full chip. Events
    are means over the inferences counted, per neuron and update. Of an on-chip readout, reading
    one accumulator is taken to cost one message. Hops are counted between the chip's own cores,
    along a row of the mesh first. What no constant set prices is not counted, and told.

    Args:
        host: what the host does for an inference, beside the readout's arithmetic that `counts`
            knows of.

    Raises:
        NetworkError: counts or placement of another network or profile, or of no inference.
        ProfileError: energy and time constants of different sets; no price of static power, or of
            what the host does.
    """
    check_match(network, placement, profile, counts)
    happened = resident_events if placement.residents else events_of
    events = happened(network, placement, counts, mesh_of(profile))
    steps = network.updates + network.wiring.depth
    duration = seconds(profile, events, steps)
    readout = HostWork(task="readout", macs=counts.host_macs / counts.inferences, bytes=0.0)
    dynamic = tuple(_dynamic(profile, events))
    static = _static(profile, placement, duration, steps)
    rows = (*dynamic, static, *_host(profile, (*host, readout)))
    return EnergyEstimate(
        profile=profile.name,
        label=_label(profile, placement, rows),
        rows=rows,
        seconds=duration,
        steps=steps,
        snapshots=_snapshots(profile, events, network.steps),
        packing=_packing(profile, placement, dynamic, duration),
        replicas=placement.replicas,
        not_counted=left_out(network, profile, placement, counts, host),
    )


def _dynamic(profile: HardwareProfile, events: Sequence[Events]) -> Iterator[EnergyRow]:
    for e in events:
        constants = prices(profile, "energy", e.kind) if e.kind in KINDS else {}
        if any(c.known for c in constants.values()):
            each = {name: interval(c) for name, c in constants.items()}
            yield _row(DYNAMIC, e.where, KINDS[e.kind], e.per_inference, each, constants.values())


def _static(
    profile: HardwareProfile, placement: Placement, duration: Mapping[str, Interval], steps: int
) -> EnergyRow:
    """Power of the chips, over the whole inference, shared by the replicas on them."""
    power = profile.static["power_per_chip"]
    watts = price(profile, "static.power_per_chip", power)
    share = placement.chips / placement.inferences
    chips = "a chip" if placement.chips == 1 else f"{placement.chips} chips"
    where = chips if placement.inferences == 1 else f"1/{placement.inferences} of {chips}"
    each = {n: (watts * t).times(share / steps) for n, t in duration.items()}
    times = [c for table in profile.time.values() for c in table.values()]
    return _row(STATIC, where, "hardware step", steps, each, [power, *times])


def _host(profile: HardwareProfile, work: Sequence[HostWork]) -> Iterator[EnergyRow]:
    macs = [profile.host[name] for name in ("mac_fp32", "mac_int8")]
    byte = profile.host["memory_byte"]
    for w in work:
        if w.macs:
            mac = price(profile, "host.mac", *macs)
            yield _host_row(profile, w.task, "multiply-accumulate", w.macs, mac, macs)
        if w.bytes:
            each = price(profile, "host.memory_byte", byte)
            yield _host_row(profile, w.task, "byte from memory", w.bytes, each, [byte])


def _host_row(
    profile: HardwareProfile,
    task: str,
    kind: str,
    events: float,
    each: Interval,
    constants: Sequence[Constant],
) -> EnergyRow:
    return _row(HOST, task, kind, events, dict.fromkeys(profile.energy, each), constants)


def _row(
    part: str,
    where: str,
    kind: str,
    events: float,
    each: Mapping[str, Interval],
    constants: Iterable[Constant],
) -> EnergyRow:
    known = list(constants)
    return EnergyRow(
        part=part,
        where=where,
        kind=kind,
        events=events,
        each=each,
        source=source(known),
        basis=basis(known),
    )


def _snapshots(
    profile: HardwareProfile, events: Sequence[Events], steps: int
) -> tuple[Mapping[str, Interval], ...]:
    priced = [(e, prices(profile, "energy", e.kind)) for e in events if e.kind in KINDS]
    return tuple(
        {
            name: total(interval(c[name]).times(float(e.per_snapshot[t])) for e, c in priced)
            for name in profile.energy
        }
        for t in range(steps)
    )


def _packing(
    profile: HardwareProfile,
    placement: Placement,
    dynamic: Sequence[EnergyRow],
    duration: Mapping[str, Interval],
) -> tuple[PackingPoint, ...]:
    """At 1, 2, 4, ... replicas and at a full chip; a step is taken to last as on the full chip."""
    if (
        placement.residents
        or placement.chips != 1
        or placement.replicas != placement.replicas_per_chip
    ):
        return ()
    power = interval(profile.static["power_per_chip"])
    moving = {n: total(row.each[n].times(row.events) for row in dynamic) for n in duration}
    doubled = [1 << n for n in range(placement.replicas.bit_length())]
    return tuple(
        PackingPoint(
            replicas=replicas,
            joules=span(
                {n: moving[n] + (power * t).times(1 / replicas) for n, t in duration.items()}
            ),
        )
        for replicas in dict.fromkeys((*doubled, placement.replicas))
    )


def _label(profile: HardwareProfile, placement: Placement, rows: Sequence[EnergyRow]) -> str:
    """One paragraph, printed beside every total."""
    sentences = [
        f"Estimate from counted events for {_where(profile, placement)}, not a measurement."
    ]
    if any(row.basis == "assumed" for row in rows):
        sentences.append("Some of its constants are assumed.")
    return " ".join((*sentences, *profile.notes))


def _where(profile: HardwareProfile, placement: Placement) -> str:
    replicas = "1 replica" if placement.replicas == 1 else f"{placement.replicas} replicas"
    if placement.residents:
        replicas = f"a graph of {placement.residents.nodes:,} nodes"
    if placement.chips > 1:
        return f"{replicas} on {placement.chips} {profile.title} chips"
    if placement.residents or placement.replicas < placement.replicas_per_chip:
        return f"{replicas} on one {profile.title} chip"
    return f"a full {profile.title} chip"
