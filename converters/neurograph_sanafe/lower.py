"""An integer network as SANA-FE takes it: neurons, inputs, and every synapse written out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork, QPopulation, QProjection, QStream


@dataclass(frozen=True, eq=False, kw_only=True)
class Synapses:
    """One after the other.

    Attributes:
        ends: int64 ``(synapses, 2)``, source and target.
        weight: int64 ``(synapses,)``, in the unit of u.
        delay: int64 ``(synapses,)``, steps.
    """

    ends: Array
    weight: Array
    delay: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Netlist:
    """The network of one node. Neurons and inputs are numbered row by row, layer by layer.

    Attributes:
        first: per population and stream, the number of its first neuron or input.
        neurons, inputs: how many there are.
        thresholds: int64 ``(neurons,)``, in the unit of v.
        from_inputs, from_neurons: synapses, all onto neurons.
    """

    first: dict[str, int]
    neurons: int
    inputs: int
    thresholds: Array
    from_inputs: Synapses
    from_neurons: Synapses

    @property
    def delayed(self) -> bool:
        return any(s.delay.any() for s in (self.from_inputs, self.from_neurons))

    def largest_currents(self) -> tuple[Array, Array]:
        """int64 ``(neurons,)``: the least and the largest current, every source firing or none."""
        low, high = np.zeros((2, self.neurons), np.int64)
        for s in (self.from_inputs, self.from_neurons):
            np.add.at(low, s.ends[:, 1], np.minimum(s.weight, 0))
            np.add.at(high, s.ends[:, 1], np.maximum(s.weight, 0))
        return low, high

    def where(self, network: QNetwork, neuron: int) -> str:
        """The layer of a neuron, its row and channel."""
        for p in network.populations:
            if 0 <= (at := neuron - self.first[p.name]) < p.rows * p.channels:
                row, channel = divmod(at, p.channels)
                return f"{p.name}, row {row}, channel {channel}"
        raise AssertionError(neuron)


def lower(network: QNetwork) -> Netlist:
    """Every neuron and synapse of an integer network whose nodes run alone."""
    first, inputs, neurons = {}, 0, 0
    for s in streams(network):
        first[s.name], inputs = inputs, inputs + s.rows * s.channels
    for p in network.populations:
        first[p.name], neurons = neurons, neurons + p.rows * p.channels
    entering = {s.name for s in network.streams}
    written = [(j.source in entering, _written(network, j, first)) for j in network.projections]
    return Netlist(
        first=first,
        neurons=neurons,
        inputs=inputs,
        thresholds=np.concatenate([np.tile(p.theta, p.rows) for p in network.populations]),
        from_inputs=_joined([s for outside, s in written if outside]),
        from_neurons=_joined([s for outside, s in written if not outside]),
    )


def streams(network: QNetwork) -> Iterator[QStream]:
    """Those that send spikes, and set no biases."""
    biases = {p.bias_from for p in network.populations}
    return (s for s in network.streams if s.name not in biases)


def _written(network: QNetwork, j: QProjection, first: dict[str, int]) -> Synapses:
    target = next(p for p in network.populations if p.name == j.target)
    table = sp.coo_array(sp.kron(j.still.astype(np.int64), j.weight.astype(np.int64), "coo"))
    held = table.data != 0
    rows, columns = (np.asarray(x, np.int64)[held] for x in table.coords)
    shift = j.exponent + target.neuron.guard_bits
    weight = table.data[held].astype(np.int64)  # of no synapses, scipy's are floats
    weight = weight << shift if shift >= 0 else weight >> -shift
    return Synapses(
        ends=np.stack([columns + first[j.source], rows + first[j.target]], axis=1),
        weight=weight,
        delay=np.full(len(weight), j.delay, np.int64),
    )


def _joined(found: list[Synapses]) -> Synapses:
    nothing = np.zeros(0, np.int64)
    return Synapses(
        ends=np.concatenate([np.zeros((0, 2), np.int64), *(s.ends for s in found)]),
        weight=np.concatenate([nothing, *(s.weight for s in found)]),
        delay=np.concatenate([nothing, *(s.delay for s in found)]),
    )


def reset_of(population: QPopulation) -> str:
    """How SANA-FE calls what a spike does to the membrane."""
    return "soft" if population.neuron.soft_reset else "hard"
