"""What every core holds of a graph, once its nodes have their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from neurograph.chip.place.mesh import Mesh
from neurograph.chip.place.node_filling import Pieces
from neurograph.chip.placement import CoreUse
from neurograph.chip.residents.demand import NodeDemand
from neurograph.chip.residents.traffic import Audience, axon_counts
from neurograph.core.arrays import Array


def memory(wanted: NodeDemand, pieces: Pieces) -> Array:
    """int64 ``(cores,)``: bits of synaptic memory."""
    bits = np.zeros(pieces.cores, np.int64)
    for first, end, node, core in _sections(pieces):
        np.add.at(bits, core, wanted.own_bits(first, end)[node])
        bits[np.unique(core)] += wanted.common_bits(first, end)
    return bits


def core_uses(
    wanted: NodeDemand,
    pieces: Pieces,
    found: Sequence[Audience],
    mesh: Mesh,
    tile: Array,
    order: Array,
) -> tuple[CoreUse, ...]:
    """One per core.

    Args:
        tile: int64 ``(cores,)``, where each lies.
        order: int64 ``(cores,)``, the core that becomes core n.
    """
    neurons, synapses = np.zeros((2, pieces.cores), np.int64)
    for first, end, node, core in _sections(pieces):
        np.add.at(neurons, core, end - first)
        np.add.at(synapses, core, wanted.synapses(first, end)[node])
    counted = neurons, synapses, memory(wanted, pieces), *axon_counts(found, pieces.cores)
    names = ("neurons", "synapses", "synapse_bits", "axons_in", "axons_out")
    columns = np.stack([*counted, *mesh.site(tile)])[:, order]
    keys = (*names, "chip", "column", "row")
    return tuple(
        CoreUse(core=core, **dict(zip(keys, used, strict=True)))
        for core, used in enumerate(columns.T.tolist())
    )


def _sections(pieces: Pieces) -> Iterator[tuple[int, int, Array, Array]]:
    """Ranges of neurons, each with the nodes of which it is a piece, and their cores."""
    ranges, which = np.unique(
        np.stack([pieces.start, pieces.stop], axis=1), axis=0, return_inverse=True
    )
    for number, (first, end) in enumerate(ranges.tolist()):
        mine = which.ravel() == number
        yield first, end, pieces.node[mine], pieces.core[mine]
