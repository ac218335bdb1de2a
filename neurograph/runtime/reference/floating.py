"""The float network over many nodes, in double precision: what integers are compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from neurograph.core.arrays import Array
from neurograph.ir import Network
from neurograph.runtime.engine import FloatArithmetic, simulate
from neurograph.runtime.record import FLOAT, RunRecord
from neurograph.runtime.reference.record import recorded


def run_float(
    network: Network,
    inputs: Mapping[str, Array],
    nodes: Array,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> RunRecord:
    """Run `network` once per node; the backend "float".

    Double precision, whatever the weights were trained in: it differs from a single-precision
    framework only where a membrane is within that framework's own rounding of its threshold.

    Args:
        inputs: per stream, numbers ``(nodes, steps, rows, channels)``.
        nodes: ``(nodes,)`` ids, copied into the record.
        progress: called with the nodes done and the nodes in all.

    Raises:
        NetworkError: inputs that do not fit the network's streams, or are not finite.
    """
    arithmetic = FloatArithmetic(network)
    found = simulate(network, inputs, len(nodes), arithmetic, progress=progress)
    return recorded(FLOAT, network, nodes, found.spikes, found.final)
