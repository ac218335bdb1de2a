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
from neurograph.ir import QNetwork, QPopulation, QProjection, QRelay, Schedule
from neurograph.runtime.engine.inputs import check_inputs
from neurograph.runtime.record import RunRecord
from neurograph.runtime.reference.record import recorded


@dataclass
class _State:
    """int64 ``(rows, channels)``; theta is a constant without adaptation.

    The refractory state is 0 of kinds without one.
    """

    u: Array
    v: Array
    theta: Array
    refractory: Array


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
    # nodes that hear each other run as the rows of one; each of the others alone
    together = [slice(0, count)] if network.nodes else [slice(n, n + 1) for n in range(count)]
    runs = []
    for part in together:
        rows = {name: _as_rows(x[part]) for name, x in inputs.items()}
        runs.append(_run_rows(network, rows, part.stop - part.start))
        if progress is not None:
            progress(part.stop, count)
    spikes = {
        p.name: np.concatenate([_as_nodes(s[p.name], p.rows) for s, _ in runs]).astype(bool)
        for p in network.spiking
    }
    final = {p.name: _final(p, [states[p.name] for _, states in runs]) for p in network.spiking}
    return recorded("plain", network, nodes, spikes, final)


def _final(population: QPopulation, states: list[_State]) -> dict[str, Array]:
    return {
        name: np.concatenate([getattr(s, name) for s in states])
        .astype(np.int32)
        .reshape(-1, population.rows, population.channels)
        for name in population.neuron.states
    }


def _as_rows(x: Array) -> Array:
    """``(updates, nodes * rows, channels)`` of ``(nodes, updates, rows, channels)``."""
    return np.concatenate(list(x), axis=1)


def _as_nodes(x: Array, rows: int) -> Array:
    """The reverse, of nodes with so many rows each."""
    return np.stack(np.split(x, x.shape[1] // rows, axis=1))


def _run_rows(
    network: QNetwork, payloads: Mapping[str, Array], nodes: int
) -> tuple[dict[str, Array], dict[str, _State]]:
    """What ``(updates, rows, channels)`` each population sends, and its final state.

    Args:
        payloads: per stream, ``(steps, rows, channels)``, a row of each of so many nodes.
    """
    start = network.wiring.start
    # what each stream or population emits at each update of its own clock
    emitted = {name: np.repeat(x, network.latency, axis=0) for name, x in payloads.items()}
    states = {}
    for p in network.populations:
        emitted[p.name] = np.zeros((network.updates, nodes * p.rows, p.channels), np.int64)
        states[p.name] = _initial_state(p, nodes * p.rows)
    for hardware_step in range(network.updates + network.wiring.depth):
        for p in network.populations:
            update = hardware_step - start[p.name]
            if 0 <= update < network.updates:  # before and after, a population holds its state
                if p.reset is not None and p.reset.acts_before(update):
                    states[p.name] = _initial_state(p, nodes * p.rows)
                a = np.zeros((nodes * p.rows, p.channels), np.int64)
                for j in network.projections:
                    sent = hardware_step - 1 - j.delay - start[j.source]  # on the source's clock
                    if j.target == p.name and sent >= 0:
                        snapshot = update // network.latency
                        a += _synaptic_sum(j, emitted[j.source][sent], snapshot)
                bias = _bias(p, payloads, update // network.latency)
                emitted[p.name][update] = _update(p, states[p.name], a, bias)
    return {p.name: emitted[p.name] for p in network.populations}, states


def _initial_state(population: QPopulation, rows: int) -> _State:
    shape = (rows, population.channels)
    theta = np.array([population.theta for _ in range(rows)])  # every row the same
    u, v, refractory = np.zeros((3, *shape), np.int64)
    return _State(u=u, v=v, theta=theta, refractory=refractory)


def _bias(population: QPopulation, payloads: Mapping[str, Array], snapshot: int) -> Array:
    """int64 ``(channels,)``, or ``(rows, channels)`` where a stream sets it, in the unit of v."""
    mantissa = np.array(population.bias_mant, np.int64)
    if population.bias_from:
        mantissa = mantissa + payloads[population.bias_from][snapshot]
    bias: Array = mantissa * 2**population.bias_exp
    return bias


def _synaptic_sum(projection: QProjection, emitted: Array, snapshot: int) -> Array:
    """int64 ``(target rows, target channels)``: all synapses summed, then shifted once."""
    sent = emitted.astype(np.int64)
    if isinstance(projection.mix, Schedule):
        mixed = projection.mix.at(snapshot).astype(np.int64) @ sent
    else:
        of_nodes = sent.reshape(-1, projection.mix.shape[1], sent.shape[1])
        mixed = np.concatenate(projection.mix.toarray().astype(np.int64) @ of_nodes)
    total = mixed @ projection.weight.astype(np.int64).T
    return fx.shift_sum(total, projection.exponent)


def _update(population: QPopulation, state: _State, a: Array, bias: Array) -> Array:
    """One update of every neuron of a population, in place; returns what they send."""
    neuron = population.neuron
    keep_u = fx.DECAY_ONE - neuron.current_decay - 1  # the chip's ds_offset: u always decays
    keep_v = fx.DECAY_ONE - neuron.voltage_decay
    u = fx.wrap_once(fx.decay_to_zero(state.u, keep_u) + (a << neuron.guard_bits))
    v = fx.saturate(fx.decay_to_zero(state.v, keep_v) + u + bias)
    if isinstance(neuron, QRelay):
        state.u = u
        state.v = v
        payload = np.clip(v, -np.asarray(neuron.limit), np.asarray(neuron.limit))
        return np.where(np.abs(payload) > np.asarray(neuron.threshold), payload, 0)
    if neuron.refractory:
        state.u = u
        state.v = v
        return _fire_refractory(population, state)
    fired = v > state.theta
    v = np.where(fired, v - state.theta if neuron.soft_reset else 0, v)
    theta = fx.decay_threshold(state.theta, neuron.threshold_decay)
    state.theta = theta + np.where(fired, population.theta_step, 0)
    state.u, state.v = u, v
    return fired


def _fire_refractory(population: QPopulation, state: _State) -> Array:
    """Where v reaches theta and the refractory state, both of which a spike lifts."""
    neuron, rest = population.neuron, population.theta
    level = rest + fx.decay_to_zero(state.theta - rest, fx.DECAY_ONE - neuron.threshold_decay)
    held = fx.decay_to_zero(state.refractory, fx.DECAY_ONE - neuron.refractory_decay)
    spikes: Array = state.v >= level + held
    state.refractory = held + 2 * level * spikes
    state.theta = level + population.theta_step * spikes
    return spikes
