"""The float network over many targets, in double precision: what integers are compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from neurograph.core.arrays import Array, fingerprint
from neurograph.ir import Network
from neurograph.runtime.engine import FloatArithmetic, simulate
from neurograph.runtime.record import RunRecord


def run_float(
    network: Network,
    inputs: Mapping[str, Array],
    nodes: Array,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> RunRecord:
    """Run `network` once per node; the target "float".

    Double precision, whatever the weights were trained in: it differs from a single-precision
    framework only where a membrane is within that framework's own rounding of its threshold.

    Args:
        inputs: per stream, numbers ``(nodes, steps, rows, channels)``.

    Raises:
        NetworkError: inputs that do not fit the network's streams, or are not finite.
    """
    return simulate(
        network,
        inputs,
        nodes,
        FloatArithmetic(network),
        backend="float",
        sha256=float_fingerprint(network),
        progress=progress,
    )


def float_fingerprint(network: Network) -> str:
    """Fingerprint of everything that decides a spike or a logit of a float network."""
    parts: list[Array | str] = [f"{network.steps}x{network.latency}", *map(repr, network.streams)]
    for p in network.populations:
        parts += [f"{p.name} {p.rows}x{p.channels} {p.neuron!r}", p.bias]
    for j in network.projections:
        parts += [f"{j.name} {j.source}>{j.target} {j.delay}", j.weight]
        parts += [j.mix.indptr, j.mix.indices, j.mix.data]
    readout = network.readout
    return fingerprint(*parts, readout.source, readout.weight, readout.bias)
