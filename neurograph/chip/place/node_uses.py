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
    """int64 ``(cores,)``: synaptic memory, in the unit of the chip."""
    taken = np.zeros(pieces.cores, np.int64)
    for first, end, node, core in _sections(pieces):
        np.add.at(taken, core, wanted.own_memory(first, end)[node])
        taken[np.unique(core)] += wanted.common_memory(first, end)
    return taken


def told_memory(wanted: NodeDemand, pieces: Pieces) -> dict[str, int]:
    """Of all cores together, as `NodeOrder` holds it."""
    total = int(memory(wanted, pieces).sum())
    if wanted.memory.unit == "word":
        return {"synapse_bits": 0, "synapse_words": total}
    return {"synapse_bits": total}


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
    words = wanted.memory.unit == "word"
    held = "synapse_words" if words else "synapse_bits"
    names = ("neurons", "synapses", held, "axons_in", "axons_out")
    more = {"synapse_bits": 0} if words else {}
    columns = np.stack([*counted, *mesh.site(tile)])[:, order]
    keys = (*names, "chip", "column", "row")
    return tuple(
        CoreUse(core=core, **more, **dict(zip(keys, used, strict=True)))
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
