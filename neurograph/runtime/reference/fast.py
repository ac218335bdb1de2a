"""The reference over many targets at once; equal to `plain` in every spike and final state."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork
from neurograph.runtime.engine import IntegerArithmetic, simulate
from neurograph.runtime.record import RunRecord


def run(
    network: QNetwork,
    inputs: Mapping[str, Array],
    nodes: Array,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> RunRecord:
    """Run `network` once per node, in exact integers; the target "reference".

    Args:
        inputs: per stream, integer payloads ``(nodes, steps, rows, channels)``.
        progress: called with (targets done, targets in all).

    Raises:
        NetworkError: inputs that do not fit the network's streams.
    """
    return simulate(
        network,
        inputs,
        nodes,
        IntegerArithmetic(network),
        backend="reference",
        sha256=network.sha256,
        progress=progress,
    )
