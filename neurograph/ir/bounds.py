"""How large a synaptic sum can become, proved from weights, row mixes and payload widths."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from neurograph.arrays import Array
from neurograph.ir.quantized import QNetwork


def largest_raw_sum(mix: sp.csr_array, weight: Array, payload_max: int) -> int:
    """The largest magnitude of ``(mix x weight) @ s`` and of all its partial sums, `|s|` bounded.

    Args:
        weight: integers ``(target channels, source channels)``. payload_max: 1 for spikes.
    """
    # Python ints: a product of three large bounds would overflow int64 silently
    rows = int(mix.astype(np.int64).sum(axis=1).max(initial=0))
    columns = int(np.abs(weight.astype(np.int64)).sum(axis=1).max(initial=0))
    return rows * columns * payload_max


def shifted_bound(bound: int, exponent: int) -> int:
    """Bound of a sum within `bound` after its shift; a right shift floors, so -1 becomes -1."""
    return bound << exponent if exponent >= 0 else -(-bound >> -exponent)


def largest_raw_sums(network: QNetwork) -> dict[str, int]:
    """Per projection, the largest magnitude of its sum before the shift by its exponent."""
    payload_max = {s.name: s.payload_max for s in network.streams}
    return {
        j.name: largest_raw_sum(j.mix, j.weight, payload_max.get(j.source, 1))
        for j in network.projections
    }


def largest_sums(network: QNetwork) -> dict[str, int]:
    """Per population, the largest magnitude of the synaptic sum ``a`` of one update.

    u cannot wrap without memory (du = 4095) while this is below ``2**17``, and wraps at most
    once, so that it stays a 24-bit number, while it is at most ``2**18``.
    """
    raw = largest_raw_sums(network)
    sums = dict.fromkeys((p.name for p in network.populations), 0)
    for j in network.projections:
        sums[j.target] += shifted_bound(raw[j.name], j.exponent)
    return sums
