"""Proofs that no input at all takes a population's states out of their 24 bits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import QNetwork, QPopulation
from neurograph.ir.bounds import Term, largest_together, terms

_WORTH = 2.0  # v saturates where u wraps: its proof may cost this factor of resolution, not more


def state_bound(
    population: QPopulation, into: Sequence[Term], updates: int, bias: Array | None = None
) -> Array:
    """Float64 ``(channels,)``: how far any input can take a neuron's states, in units of v.

    Of u, and of v where its memory is short: v saturates where u would wrap, and the proof of a
    long memory would cost too much resolution.

    Args:
        into: what leads into it.
        updates: of a run; of a population that begins anew, no more than from reset to reset.
        bias: ``(channels,)``, its largest magnitude; default, the population's own.
    """
    if population.reset:
        updates = min(updates, population.reset.interval)
    bias = np.abs(population.bias) if bias is None else bias
    neuron = population.neuron
    largest = largest_together(into).max(axis=0)
    u: Array = largest * 2.0**neuron.guard_bits * accumulation(neuron.current_decay + 1, updates)
    share = proven_share(neuron.voltage_decay, updates)
    return u if share is None else np.maximum(u, (u + bias) * share)


def proven_share(decay: int, updates: int) -> float | None:
    """What accumulates in v, as `accumulation`; None where its proof would cost too much."""
    share = accumulation(decay, updates)
    return None if share > _WORTH else share


def accumulation(decay: int, updates: int) -> float:
    """Largest state in which inputs of at most 1 accumulate, ``1 + keep + keep**2 + ...``."""
    keep = 1.0 - decay / fx.DECAY_ONE
    return float(updates) if keep == 1.0 else (1.0 - keep**updates) / (1.0 - keep)


def out_of_range(network: QNetwork) -> dict[str, float]:
    """The populations whose states some input could take out of 24 bits, and how far."""
    into = terms(network)
    largest = {
        p.name: float(state_bound(p, into[p.name], network.updates, network.largest_bias(p)).max())
        for p in network.populations
    }
    return {name: top for name, top in largest.items() if top > fx.STATE_MAX}


def check_ranges(network: QNetwork) -> None:
    """Raise NetworkError, naming every population, if some input could make a current wrap."""
    if beyond := out_of_range(network):
        found = "; ".join(f"{n}: its state can reach {top:,.0f}" for n, top in beyond.items())
        raise NetworkError(
            f"{found}, limit {fx.STATE_MAX:,} (24 bits); the weights have outgrown the scales that "
            "were chosen for them: quantise again, or train at a lower rate"
        )
