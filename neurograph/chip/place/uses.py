"""What every core holds, once all cores have their places."""

from __future__ import annotations

import numpy as np

from neurograph.chip.memory import SynapseMemory
from neurograph.chip.place.converge import LegalLayout
from neurograph.chip.place.demand import ResourceDemand, memory_on_cores
from neurograph.chip.place.mesh import Mesh
from neurograph.chip.placement import CoreUse, Placement, Slice
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.traffic import Spans, axon_counts
from neurograph.core.arrays import Array


def placement(
    wanted: ResourceDemand,
    profile: HardwareProfile,
    mesh: Mesh,
    found: LegalLayout,
    tile: Array,
    *,
    method: str,
    replicas_per_chip: int,
) -> Placement:
    """The noun; cores are numbered tile by tile."""
    order = np.argsort(tile, kind="stable")  # the core that becomes core n
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    return Placement(
        profile=profile.name,
        method=method,
        replicas=len(found.assignment.home),
        slices=_slices(found.placed, number),
        uses=_uses(wanted, profile, mesh, found, tile, order),
        chips=mesh.chips(found.cores),
        replicas_per_chip=replicas_per_chip,
        unchecked=profile.unknown_limits,
    )


def _slices(placed: dict[str, Spans], number: Array) -> tuple[Slice, ...]:
    """Copy by replica, populations in order."""
    slices = [
        Slice(population=name, replica=replica, start=start, stop=stop, core=core)
        for name, spans in placed.items()
        for replica, start, stop, core in zip(
            spans.replica.tolist(),
            spans.start.tolist(),
            spans.stop.tolist(),
            number[spans.core].tolist(),
            strict=True,
        )
    ]
    return tuple(sorted(slices, key=lambda s: s.replica))  # stable: each replica in the order above


def _uses(
    wanted: ResourceDemand,
    profile: HardwareProfile,
    mesh: Mesh,
    found: LegalLayout,
    tile: Array,
    order: Array,
) -> tuple[CoreUse, ...]:
    home, cores = found.assignment.home, found.cores
    neurons, synapses = np.zeros((2, cores), np.int64)
    each = np.concatenate([f.synapses for f in wanted.prints])
    for one in home:
        neurons += np.bincount(one, minlength=cores)
        synapses += np.bincount(one, each, minlength=cores).astype(np.int64)
    memory = memory_on_cores(wanted.need, home, cores)
    words = SynapseMemory.of(profile).unit == "word"
    incoming, outgoing = axon_counts(found.axons, cores)
    sites = np.stack(mesh.site(tile))
    columns = np.stack([neurons, synapses, memory, *sites, incoming, outgoing])[:, order]
    return tuple(
        CoreUse(
            core=core,
            neurons=used[0],
            synapses=used[1],
            synapse_bits=0 if words else used[2],
            chip=used[3],
            column=used[4],
            row=used[5],
            axons_in=used[6],
            axons_out=used[7],
            synapse_words=used[2] if words else None,
        )
        for core, used in enumerate(columns.T.tolist())
    )
