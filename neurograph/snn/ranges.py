"""Whether weights that moved have left what the scheme was chosen for."""

from __future__ import annotations

from neurograph import fixedpoint as fx
from neurograph.ir import Network, Scheme
from neurograph.ir.bounds import largest_sums
from neurograph.rounding import round_network


def out_of_range(network: Network, scheme: Scheme) -> str:
    """Which current could leave its 24 bits, and by how much; empty if none can.

    A SpikeNet's current has no memory, so it is the sum of one update; the membrane saturates.

    Raises:
        NetworkError: weights or biases that the scheme cannot hold at all.
    """
    quantized = round_network(network, scheme)
    sums = largest_sums(quantized)
    for p in quantized.populations:
        if (reach := sums[p.name] << p.neuron.guard_bits) > fx.STATE_MAX:
            return f"{p.name}: a current can reach {reach:,}, limit {fx.STATE_MAX:,} (24 bit)"
    return ""
