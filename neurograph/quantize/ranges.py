"""Proofs that no input at all takes a population's states out of their 24 bits."""

from __future__ import annotations

import numpy as np

from neurograph import fixedpoint as fx
from neurograph.arrays import Array
from neurograph.errors import NetworkError
from neurograph.ir import QNetwork, QPopulation
from neurograph.ir.bounds import largest_sums

_WORTH = 2.0  # v saturates where u wraps: its proof may cost this factor of resolution, not more


def reach(population: QPopulation, largest_sum: Array, updates: int) -> Array:
    """Float64, the largest state that sums of at most `largest_sum` can pile up, in units of v.

    Of u, and of v where its memory is short: v saturates where u would wrap, and the proof of a
    long memory would cost too much resolution.
    """
    neuron = population.neuron
    u = largest_sum * 2.0**neuron.guard_bits * piled(neuron.current_decay + 1, updates)
    pile = piled(neuron.voltage_decay, updates)
    if pile > _WORTH:
        return u
    v: Array = (u + np.abs(population.bias)) * pile
    return np.maximum(u, v)


def piled(decay: int, updates: int) -> float:
    """Largest state that inputs of at most 1 pile up, ``1 + keep + keep**2 + ...``."""
    keep = 1.0 - decay / fx.DECAY_ONE
    return float(updates) if keep == 1.0 else (1.0 - keep**updates) / (1.0 - keep)


def check_ranges(network: QNetwork) -> None:
    """Raise NetworkError, naming every population, if some input could make a current wrap."""
    sums = largest_sums(network)
    beyond = [
        f"{p.name}: its state can reach {top:,.0f}, limit {fx.STATE_MAX:,}"
        for p in network.populations
        if (top := float(reach(p, np.array(sums[p.name]), network.updates).max())) > fx.STATE_MAX
    ]
    if beyond:
        raise NetworkError(
            f"{'; '.join(beyond)} (24 bits); the weights have outgrown the scales that were "
            "chosen for them: quantise again, or train with a lower --qat-learning-rate"
        )
