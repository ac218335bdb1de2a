"""Inputs of a run: whether they fit the network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import Network, QNetwork, QStream


def check_inputs(network: Network | QNetwork, inputs: Mapping[str, Array], count: int) -> None:
    """Raise unless the inputs of `count` nodes fit.

    Raises:
        NetworkError: no nodes, a stream without input or the reverse, a shape other than
            ``(nodes, steps, rows, channels)``, a value that is not finite, or, for an integer
            network, not an integer within the payload's width.
    """
    if not count:
        raise NetworkError("a run over no nodes; give at least one")
    if network.nodes not in (None, count):
        raise NetworkError(
            f"a run over {count} nodes of a network whose {network.nodes} nodes hear each other; "
            "give all of them, in the order of the graph"
        )
    names = [s.name for s in network.streams]
    if sorted(inputs) != sorted(names):
        raise NetworkError(f"inputs {sorted(inputs)}, needed one per stream: {sorted(names)}")
    for stream in network.streams:
        x = inputs[stream.name]
        wanted = (count, network.steps, stream.rows, stream.channels)
        if x.shape != wanted:
            raise NetworkError(
                f"{stream.name}: input {x.shape}, needed {wanted} (nodes, steps, rows, channels)"
            )
        if isinstance(stream, QStream):
            _check_payload(stream, x)
        elif not np.isfinite(x).all():
            bad = np.argwhere(~np.isfinite(x))[0].tolist()
            raise NetworkError(f"{stream.name}: input{bad} is not a finite number")


def _check_payload(stream: QStream, x: Array) -> None:
    if x.dtype.kind not in "iub":
        raise NetworkError(f"{stream.name}: input is {x.dtype}, integers needed (QStream.encode)")
    low, high = (0, 1) if stream.bits == 1 else (-stream.payload_max, stream.payload_max)
    if x.size and not low <= int(x.min()) <= int(x.max()) <= high:
        raise NetworkError(
            f"{stream.name}: payloads {x.min()} to {x.max()}, "
            f"{stream.bits} bits hold {low} to {high} (QStream.encode)"
        )
