"""The reference over many nodes at once; equal to `plain` in every spike and final state."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork
from neurograph.runtime.engine import IntegerArithmetic, simulate
from neurograph.runtime.record import REFERENCE, RunRecord
from neurograph.runtime.reference.record import recorded


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
