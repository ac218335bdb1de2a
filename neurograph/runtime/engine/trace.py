"""The membranes behind recorded spikes: a record holds spikes and last states alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.fixedpoint import STATE_MAX
from neurograph.ir import Network, QNetwork
from neurograph.runtime.engine.arithmetic import Arithmetic, State
from neurograph.runtime.engine.simulation import Chunk


@dataclass(frozen=True, eq=False, kw_only=True)
class Trace:
    """What every neuron of a population compared in every update.

    Attributes:
        u: ``(nodes, updates, rows, channels)`` synaptic currents, int64 or float64, in the
            network's own unit.
        v: the same shape: the membranes before any reset.
        theta: the same shape: the thresholds that they had to exceed; where v must reach theta and
            a refractory state, the number just below that.
    """

    u: Array
    v: Array
    theta: Array

    @property
    def fired(self) -> Array:
        """Bool, the same shape: the spikes that these membranes make."""
        fired: Array = self.v > self.theta
        return fired


def trace(
    network: Network | QNetwork,
    arithmetic: Arithmetic,
    inputs: Mapping[str, Array],
    spikes: Mapping[str, Array],
    population: str,
) -> Trace:
    """Step one population again, on what its sources are recorded to have sent.

    Its resets follow its own membranes. A loop onto itself is heard from the record, as every
    other source is.

    Args:
        network: that ran.
        arithmetic: of this network.
        inputs: as of `simulate`.
        spikes: per population, of the same nodes, bool ``(nodes, updates, rows, channels)``.
        population: the one to step.
    """
    given = {name: np.ascontiguousarray(s) for name, s in spikes.items()}
    chunk = Chunk(network, arithmetic, inputs, given)
    sums, biases = chunk.sums(population), chunk.biases(population)
    state = arithmetic.initial(population, chunk.count)
    wide = np.float64 if state.v.dtype.kind == "f" else np.int64
    u, v, theta = (np.empty(sums.shape, wide) for _ in range(3))
    fired = np.empty(sums.shape, bool)
    for update in range(sums.shape[1]):
        window = (update, update + 1)
        chunk.renew(population, update, state)
        without_reset, level = _out_of_reach(state), arithmetic.level(population, state)
        arithmetic.advance(population, sums, window, without_reset, fired, biases)
        u[:, update], v[:, update] = without_reset.u, without_reset.v
        theta[:, update] = level
        arithmetic.advance(population, sums, window, state, fired, biases)
    shape = given[population].shape
    return Trace(u=u.reshape(shape), v=v.reshape(shape), theta=theta.reshape(shape))


def _out_of_reach(state: State) -> State:
    """A copy whose thresholds no membrane exceeds, so that its next update resets nothing."""
    highest = np.inf if state.theta.dtype.kind == "f" else STATE_MAX
    theta = np.full_like(state.theta, highest)
    return State(state.u.copy(), state.v.copy(), theta, state.refractory.copy())
