"""The reference over many nodes at once; equal to `plain` in every spike and final state."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from neurograph.core.arrays import Array
from neurograph.core.versions import versions
from neurograph.ir import QNetwork
from neurograph.runtime.engine import Begun, IntegerArithmetic, simulate
from neurograph.runtime.legs import Leg
from neurograph.runtime.record import REFERENCE, RunRecord
from neurograph.runtime.reference.record import PACKAGES, recorded


def run(
    network: QNetwork,
    inputs: Mapping[str, Array],
    nodes: Array,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> RunRecord:
    """Run `network` once per node, in exact integers; the backend "reference".

    Args:
        inputs: per stream, integer payloads ``(nodes, steps, rows, channels)``.
        nodes: ``(nodes,)`` ids, copied into the record.
        progress: called with the nodes done and the nodes in all.

    Raises:
        NetworkError: inputs that do not fit the network's streams.
    """
    arithmetic = IntegerArithmetic(network)
    found = simulate(network, inputs, len(nodes), arithmetic, progress=progress)
    return recorded(REFERENCE, network, nodes, found.spikes, found.final)


def go_on(
    network: QNetwork,
    inputs: Mapping[str, Array],
    begun: RunRecord,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> RunRecord:
    """Run the snapshots of `network` that are not done yet; the record is of all of them.

    Args:
        inputs: as of `run`, of all snapshots.
        begun: the record of the first snapshots, over all nodes.
        progress: called with the nodes done and the nodes in all.

    Raises:
        NetworkError: nothing is done, or all is; inputs that do not fit the network's streams.
    """
    leg, nodes = Leg(whole=network, begun=begun), begun.nodes
    done = Begun(updates=leg.replayed, spikes=leg.spikes, states=begun.final)
    arithmetic, given = IntegerArithmetic(leg.network), leg.inputs(inputs)
    found = simulate(leg.network, given, len(nodes), arithmetic, progress=progress, begun=done)
    return leg.joined(REFERENCE, found.spikes, found.final, versions(PACKAGES))
