"""The meaning of an integer network, written to be read: one node, one hardware step at a time.

Everything that runs a network (`reference.fast`, a backend, a chip) must equal this to the bit,
spikes and final states. Nothing here is fast, and nothing is shared with `reference.fast` but the
nouns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import QNetwork, QPopulation, QProjection
from neurograph.runtime.engine.inputs import check_inputs
from neurograph.runtime.record import RunRecord
from neurograph.runtime.reference.record import recorded


@dataclass
class _State:
    """u, v, theta: int64 ``(rows, channels)``; theta is a constant without adaptation."""

    u: Array
    v: Array
    theta: Array


def run_plain(
    network: QNetwork,
    inputs: Mapping[str, Array],
    nodes: Array,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> RunRecord:
    """Run `network` once per node; arguments as those of the fast reference.

    Raises:
        NetworkError: inputs that do not fit the network's streams.
    """
    count = len(nodes)
    check_inputs(network, inputs, count)
    runs = []
    for node in range(count):
        runs.append(_run_node(network, {name: x[node] for name, x in inputs.items()}))
        if progress is not None:
            progress(node + 1, count)
    spikes = {
        p.name: np.array([s[p.name] for s, _ in runs], bool).reshape(
            count, network.updates, p.rows, p.channels
        )
        for p in network.populations
    }
    final = {p.name: _final(p, [states[p.name] for _, states in runs]) for p in network.populations}
    return recorded("plain", network, nodes, spikes, final)


def _final(population: QPopulation, states: list[_State]) -> dict[str, Array]:
    shape = (len(states), population.rows, population.channels)
    return {
        name: np.array([getattr(s, name) for s in states], np.int32).reshape(shape)
        for name in population.neuron.states
    }


def _run_node(
    network: QNetwork, payloads: Mapping[str, Array]
) -> tuple[dict[str, Array], dict[str, _State]]:
    """Spikes ``(updates, rows, channels)`` and final state per population, for one node."""
    start = network.wiring.start
    # what each stream or population emits at each update of its own clock
    emitted = {name: np.repeat(x, network.latency, axis=0) for name, x in payloads.items()}
    states = {}
    for p in network.populations:
        emitted[p.name] = np.zeros((network.updates, p.rows, p.channels), bool)
        states[p.name] = _initial_state(p)
    for hardware_step in range(network.updates + network.wiring.depth):
        for p in network.populations:
            update = hardware_step - start[p.name]
            if 0 <= update < network.updates:  # before and after, a population holds its state
                a = np.zeros((p.rows, p.channels), np.int64)
                for j in network.projections:
                    sent = hardware_step - 1 - j.delay - start[j.source]  # on the source's clock
                    if j.target == p.name and sent >= 0:
                        a += _synaptic_sum(j, emitted[j.source][sent])
                emitted[p.name][update] = _update(p, states[p.name], a)
    return {p.name: emitted[p.name] for p in network.populations}, states


def _initial_state(population: QPopulation) -> _State:
    shape = (population.rows, population.channels)
    theta = np.array([population.theta for _ in range(population.rows)])  # every row the same
    return _State(u=np.zeros(shape, np.int64), v=np.zeros(shape, np.int64), theta=theta)


def _synaptic_sum(projection: QProjection, emitted: Array) -> Array:
    """int64 ``(target rows, target channels)``: all synapses summed, then shifted once."""
    mixed = projection.mix.toarray().astype(np.int64) @ emitted.astype(np.int64)
    total = mixed @ projection.weight.astype(np.int64).T
    return fx.shift_sum(total, projection.exponent)


def _update(population: QPopulation, state: _State, a: Array) -> Array:
    """One update of every neuron of a population, in place; returns where they fired."""
    neuron = population.neuron
    keep_u = fx.DECAY_ONE - neuron.current_decay - 1  # the chip's ds_offset: u always decays
    keep_v = fx.DECAY_ONE - neuron.voltage_decay
    u = fx.wrap_once(fx.decay_to_zero(state.u, keep_u) + (a << neuron.guard_bits))
    v = fx.saturate(fx.decay_to_zero(state.v, keep_v) + u + population.bias)
    fired = v > state.theta
    v = np.where(fired, v - state.theta if neuron.soft_reset else 0, v)
    theta = fx.decay_threshold(state.theta, neuron.threshold_decay)
    state.theta = theta + np.where(fired, population.theta_step, 0)
    state.u, state.v = u, v
    return fired
