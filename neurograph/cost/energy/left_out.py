"""What an energy estimate leaves out, in words that are printed under every total."""

from __future__ import annotations

from collections.abc import Sequence

from neurograph.chip.footprint import AnyNetwork
from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.residents.rewriting import rewritten_bytes
from neurograph.cost.estimate import HostWork
from neurograph.cost.host import SAMPLING
from neurograph.runtime.record import EventCounts


def left_out(
    network: AnyNetwork,
    profile: HardwareProfile,
    placement: Placement,
    counts: EventCounts,
    host: Sequence[HostWork] = (),
) -> tuple[str, ...]:
    """One phrase each."""
    bytes_in, bytes_out = counts.bytes_in / counts.inferences, counts.bytes_out / counts.inferences
    nowhere = profile.unpriced
    unpriced = tuple(
        f"{event} has no price of its own in {name}: {constant.note}"
        for name, table in profile.energy.items()
        for event, constant in table.items()
        if not constant.known and f"energy.{event}" not in nowhere
    )
    mesh = [
        "hops of what comes from outside: where on the mesh it enters is not published"
        if mesh_of(profile)
        else "mesh hops between tiles: the profile does not know the mesh"
    ]
    if placement.chips > 1:
        mesh.append("links between chips: counted as hops, as if the mesh went on")
    draws = any(work.task == SAMPLING for work in host)
    drawn = ["random numbers of the neighbour draws"] if draws else []
    if placement.residents:
        drawn = _of_edges(network, profile)
    return (
        "instructions of the host: only its arithmetic and its bytes from memory are in the sum",
        *drawn,
        f"moving {bytes_in:,.0f} bytes to the chip and {bytes_out:,.0f} back: no energy per byte "
        "is published",
        *mesh,
        "leakage other than the chip's static power, the embedded processors, the board",
        "uneven load between inferences: the time of a step uses the mean load of each core in it",
        "waiting for messages on the mesh: they travel while cores compute",
        *unpriced,
        *(f"{key}, which no constant set prices: {profile.note_on(key)}" for key in nowhere),
    )


def _of_edges(network: AnyNetwork, profile: HardwareProfile) -> list[str]:
    """What a network whose nodes hear each other takes besides."""
    written, relays = rewritten_bytes(network, profile), []
    if any(p.neuron.graded for p in network.populations):
        relays = ["relays: an update of one is taken to cost what any neuron's does"]
    return [
        f"writing {written.sum() / (network.nodes or 1):,.1f} bytes of edges per node, between "
        f"{network.steps} snapshots, and where spikes lead then: no energy per byte is published",
        *relays,
    ]


def mesh_of(profile: HardwareProfile) -> tuple[int, int] | None:
    """Columns and rows of tiles of a chip, None where the profile does not know them."""
    columns, rows = profile.limit("mesh_columns"), profile.limit("mesh_rows")
    known = columns is not None and rows is not None and profile.limit("cores_per_tile") is not None
    return (int(columns or 0), int(rows or 0)) if known else None
