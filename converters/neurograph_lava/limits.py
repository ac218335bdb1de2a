"""What a run asks of Lava that Lava would silently change: refused before anything starts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError
from neurograph.ir import QNetwork, QPopulation, QRefractoryLIF, QRelay
from neurograph.ir.bounds import Term, terms
from neurograph.ir.neurons.fields import Whole, ranges
from neurograph.ir.values import integer, one_or_each, shared, within
from neurograph_lava.ranges import check_bias, check_integer_weights
from neurograph_lava.schedule import SYNAPSES_AT_ONCE, synapses_per_node

CHANNEL_MAX = (1 << 31) - 1  # Lava's channels and states are int32 and wrap without a word


def check_network(network: QNetwork) -> None:
    """Raise BackendError, naming the layer, if a number is not what its field holds.

    The nouns refuse such numbers when they are made; a network that got past them must not reach
    Lava, which clips, wraps, rounds, or waits for ever.
    """
    _check_expressible(network)
    for p in network.populations:
        for name, of in ranges(p.neuron):
            if isinstance(of, Whole):
                _check_field(p, name, of)
        check_bias(p.name, p.bias_mant, p.bias_exp)
    for j in network.projections:
        check_integer_weights(j.name, j.weight)
        exponents = fx.WEIGHT_EXP_MIN, fx.WEIGHT_EXP_MAX
        integer(j.name, "exponent", j.exponent, *exponents, error=BackendError)
        integer(j.name, "delay", j.delay, 0, fx.DELAY_MAX, error=BackendError)


def _check_expressible(network: QNetwork) -> None:
    """Raise BackendError for what there is no process for, such as graded neurons but relays."""
    graded = [
        p for p in network.populations if p.neuron.graded and not isinstance(p.neuron, QRelay)
    ]
    if graded:
        names = ", ".join(f"{p.name} ({p.neuron.kind})" for p in graded)
        raise BackendError(
            f"{names}: neurons that send numbers, of which Lava runs relays alone here; run them "
            "on the reference"
        )
    for p in network.populations:
        if p.neuron.refractory and not isinstance(p.neuron, QRefractoryLIF):
            raise BackendError(
                f"{p.name}: {p.neuron.kind} has a refractory state, for which Lava has the process "
                "of RefractoryLIF alone here; run it on the reference"
            )
    if not network.spiking:
        raise BackendError("a network in which nothing fires; needed a population besides relays")


def check_nodes(network: QNetwork, count: int, batch: int | None) -> None:
    """Raise BackendError unless nodes that hear each other run at once.

    Args:
        network: of one node.
        count: of nodes to run.
        batch: nodes side by side, where the user chose.
    """
    if network.nodes is None:
        return
    if network.nodes != count:
        raise BackendError(
            f"loihi-sim: a run over {count:,} nodes of a network whose {network.nodes:,} nodes "
            "hear each other; give all of them, in the order of the graph"
        )
    if batch not in (None, count):
        raise BackendError(
            f"loihi-sim: batch is {batch:,}, and the {count:,} nodes of the network hear each "
            "other; leave it out"
        )


def check_written_out(network: QNetwork, count: int) -> None:
    """Raise BackendError if nodes that hear each other have more synapses than memory holds.

    Args:
        network: of one node, whose synapses the lowering "stock" writes out.
        count: of nodes.
    """
    synapses = synapses_per_node(network) * count
    if network.nodes is not None and synapses > SYNAPSES_AT_ONCE:
        raise BackendError(
            f"loihi-sim: lowering 'stock' would write out {synapses:,} synapses at once, limit "
            f"{SYNAPSES_AT_ONCE:,}, as the nodes of the network hear each other; use 'fused'"
        )


def _check_field(population: QPopulation, name: str, of: Whole) -> None:
    where, value = population.name, getattr(population.neuron, name)
    if of.per_channel:
        one_or_each(where, name, value, population.channels, error=BackendError)
    else:
        shared(where, name, value, of.remedy, error=BackendError)
    within(where, name, value, *of.limits(population.neuron), error=BackendError)


def check_inputs(network: QNetwork, inputs: Mapping[str, Array], count: int) -> None:
    """Raise BackendError, naming every fault, unless `inputs` are what the streams expect.

    Args:
        network: whose streams they are.
        inputs: per stream, integers ``(count, steps, rows, channels)``.
        count: number of nodes.
    """
    faults = [f"no stream '{name}'" for name in inputs if name not in _names(network)]
    for stream in network.streams:
        if stream.name not in inputs:
            faults.append(f"stream '{stream.name}' has no input")
            continue
        given = np.asarray(inputs[stream.name])
        needed = (count, network.steps, stream.rows, stream.channels)
        low = 0 if stream.bits == 1 else -stream.payload_max
        if given.shape != needed:
            faults.append(f"stream '{stream.name}' has shape {given.shape}, needed {needed}")
        elif given.dtype.kind not in "iub":
            faults.append(f"stream '{stream.name}' is {given.dtype}, integers needed")
        elif given.size and (given.min() < low or given.max() > stream.payload_max):
            faults.append(
                f"stream '{stream.name}' has payloads {given.min()} to {given.max()}, "
                f"its {stream.bits} bits hold {low} to {stream.payload_max}"
            )
    if faults:
        raise BackendError("loihi-sim: " + "; ".join(faults))


def _names(network: QNetwork) -> set[str]:
    return {stream.name for stream in network.streams}


def check_range(network: QNetwork, inputs: Mapping[str, Array]) -> None:
    """Raise BackendError if a sum could leave 32 bits anywhere on its way into a membrane.

    The bound takes the largest payload that `inputs` hold and every spike firing at once, so a
    network that passes gives the same integers in Lava as in the reference.
    """
    largest = {name: _largest(payload) for name, payload in inputs.items()}
    arriving = terms(network, largest)
    for p in network.populations:
        total = sum(_largest_sum(term) for term in arriving[p.name])
        bias = int(network.largest_bias(p).max())
        _check_membrane(p, total, bias, network.updates)


def _largest(payload: Array) -> int:
    return max(int(payload.max()), -int(payload.min())) if payload.size else 0


def _largest_sum(term: Term) -> int:
    """Largest magnitude of a synaptic sum after its shift, if Lava's channels hold it before, too.

    Raises:
        BackendError: they do not.
    """
    shifted = term.worst_shifted()
    if (reached := max(term.worst(), shifted)) > CHANNEL_MAX:
        raise BackendError(
            f"loihi-sim: {term.name}: a sum of synapses can reach {reached:,}, "
            f"Lava's channels hold {CHANNEL_MAX:,}; use a smaller exponent or smaller weights"
        )
    return shifted


def _check_membrane(population: QPopulation, total: int, bias: int, updates: int) -> None:
    """Follow the largest |u| through all updates: Lava wraps it once in each, no more."""
    keep = fx.DECAY_ONE - population.neuron.current_decay - 1
    u = v = 1 << (fx.STATE_BITS - 1)
    for _ in range(updates):
        unwrapped = (u * keep >> 12) + (total << population.neuron.guard_bits)
        if unwrapped + v + bias > CHANNEL_MAX:
            raise BackendError(
                f"loihi-sim: {population.name}: a sum of synapses can reach {total:,}, and v "
                f"{unwrapped + v + bias:,} before it is clipped; Lava's states hold "
                f"{CHANNEL_MAX:,}; use smaller weights, exponents or payloads"
            )
        u = max(v, unwrapped - 2 * v)
