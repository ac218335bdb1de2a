"""What a model computes, by the definitions of NeuroBench, whether it has spikes or not.

Operations are per inference. A non-zero product with a real-valued activation is a
multiply-accumulate, one with a spike (0 or 1) an accumulate; biases are neither. `Dense` counts
every product, as if no activation and no weight were zero. Adding up the activations of sampled
neighbours before a product is an accumulate each, because it multiplies nothing.

Source: J. Yik et al., NeuroBench, Nature Communications 16, 2025; package neurobench 2.3.0.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurograph.chip.residents.relations import Relation
from neurograph.core.arrays import Array, fingerprint
from neurograph.core.errors import StoreError
from neurograph.core.typed import check_fields
from neurograph.ir import Network, Projection, QNetwork, QProjection, Readout, Schedule
from neurograph.runtime.record import EventCounts


@dataclass(frozen=True, kw_only=True)
class Operations:
    """Of one layer, per inference; means over the inferences counted.

    Attributes:
        macs, acs: multiply-accumulates and accumulates that are not with a zero.
        dense: products of any kind, zeros included.
        spiking: those of them with spikes of neurons.
    """

    name: str
    macs: float
    acs: float
    dense: float
    spiking: float = 0.0

    def __post_init__(self) -> None:
        sound = all(count >= 0 for count in (self.macs, self.acs, self.spiking))
        if not sound or not self.spiking <= self.dense:
            raise StoreError(
                f"operations of '{self.name}': {self.macs} MACs, {self.acs} ACs, {self.spiking} of "
                f"{self.dense} products with spikes; none is below 0 or more than all"
            )


@dataclass(frozen=True, kw_only=True)
class Complexity:
    """A model's operations, zeros and size.

    Attributes:
        layers: in order of the forward pass.
        activations, silent: outputs of all layers and steps of an inference, and those that are 0.
        weights, absent: of all connections, and those that are 0.
        parameters: numbers that training or quantisation chose, biases and thresholds included.
        footprint: bytes of parameters and buffers.
    """

    layers: tuple[Operations, ...]
    activations: float
    silent: float
    weights: int
    absent: int
    parameters: int
    footprint: int

    def __post_init__(self) -> None:
        parts = (self.silent, self.activations), (self.absent, self.weights)
        if not all(0 <= part <= whole for part, whole in parts):
            raise StoreError(
                f"complexity: {self.silent} of {self.activations} activations and {self.absent} of "
                f"{self.weights} weights are 0; needed at least none and at most all"
            )

    @property
    def macs(self) -> float:
        return sum(layer.macs for layer in self.layers)

    @property
    def acs(self) -> float:
        return sum(layer.acs for layer in self.layers)

    @property
    def dense(self) -> float:
        return sum(layer.dense for layer in self.layers)

    def joules(self, mac: float, ac: float) -> float:
        """Of the arithmetic alone, at these joules per operation."""
        return self.macs * mac + self.acs * ac

    def neurobench(self) -> dict[str, Any]:
        """The metrics under NeuroBench's names."""
        return {
            "Footprint": self.footprint,
            "ParameterCount": self.parameters,
            "ConnectionSparsity": self.absent / self.weights if self.weights else 0.0,
            "ActivationSparsity": self.silent / self.activations if self.activations else 0.0,
            "SynapticOperations": {
                "Effective_MACs": self.macs,
                "Effective_ACs": self.acs,
                "Dense": self.dense,
            },
        }

    def to_dict(self) -> dict[str, Any]:
        """JSON values; `from_dict` reads them back."""
        return {
            "layers": [vars(layer) for layer in self.layers],
            "activations": self.activations,
            "silent": self.silent,
            "weights": self.weights,
            "absent": self.absent,
            "parameters": self.parameters,
            "footprint": self.footprint,
        }

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Complexity:
        """
        Raises:
            StoreError: something is missing or unknown.
        """
        try:
            check_fields(cls, {name: x for name, x in given.items() if name != "layers"})
            for layer in given["layers"]:
                check_fields(Operations, layer)
            _ = given["layers"][0]  # a model has one
            layers = tuple(Operations(**layer) for layer in given["layers"])
            return cls(**{**given, "layers": layers})
        except (TypeError, KeyError, IndexError, AttributeError) as error:
            raise StoreError(f"operation counts that cannot be read: {error}") from error


def of_network(network: QNetwork, counts: EventCounts, floats: Network | None = None) -> Complexity:
    """Of an integer network as it runs on the chip, with its readout.

    Neighbours are summed after the product with the weights, synapse by synapse, because a chip
    has nothing that could average them before. A weight counts once, however many rows share it,
    and a connection once, in however many parts its signs or its large weights are stored. In
    whole bytes: mantissas 1, biases and readout weights 2, thresholds 4 per channel.

    A parameter counts once, too, where several projections hold the same weights in other units,
    as those do which mean over another number of neighbours: `floats` says which these are.

    Along edges, a product is with an entry, of a pair that is there in a snapshot. Entries are of
    the graph, as features are: neither weights nor parameters.
    """
    connections = _connections(network)
    total = float(sum(network.updates * p.rows * p.channels for p in network.populations))
    fired = sum(int(counts.sent[p.name].sum()) for p in network.populations) / counts.inferences
    used = [c.used for c in connections if c.chosen]
    channels = sum(p.channels for p in network.populations)
    layers = [_operations(network, counts, connections, p.name) for p in network.populations]
    read = 0
    if isinstance(network.readout, Readout):
        layers.append(readout_operations(network, network.readout, counts))
        used.append(network.readout.weight != 0)
        read = network.readout.weight.size + len(network.readout.bias)
    mantissas = sum(c.used.size for c in connections if c.chosen)
    again = _held_again(floats) if floats else frozenset()
    chosen = sum(c.used.size for c in connections if c.chosen and not c.is_any_of(again))
    return Complexity(
        layers=tuple(layers),
        activations=total,
        silent=total - fired,
        weights=sum(u.size for u in used),
        absent=sum(u.size - int(np.count_nonzero(u)) for u in used),
        parameters=chosen + 2 * channels + read,
        footprint=mantissas + 2 * (channels + read) + 4 * channels,
    )


@dataclass(frozen=True, eq=False)
class _Connection:
    """Projections between the same rows of the same layers: parts of one matrix of weights."""

    parts: tuple[QProjection, ...]

    @property
    def first(self) -> QProjection:
        return self.parts[0]

    @property
    def chosen(self) -> bool:
        """Whether its weights are the network's, and not entries of edges alone."""
        weights = self.first.weight
        return not isinstance(self.first.mix, Schedule) or len(np.unique(weights[weights != 0])) > 1

    def products(self, network: QNetwork) -> float:
        """Of an inference, zeros included; along edges, of those that its entries weight."""
        updates = max(network.updates - network.wiring.lag[self.first.name], 0)
        if not isinstance(self.first.mix, Schedule):
            return float(updates * self.first.still.nnz * self.used.size)
        relation = Relation.of(self.first.mix.nodes, self.parts)
        pairs = np.repeat(relation.pairs, network.latency)[network.updates - updates :]
        weighed = self.used.size if self.chosen else int(np.count_nonzero(self.used))
        return float(pairs.sum()) / relation.nodes * weighed

    def is_any_of(self, names: Collection[str]) -> bool:
        """Whether it is of one of these projections, or the first of the parts of one."""
        return self.first.name.removesuffix(".large").rstrip("+-") in names

    @property
    def used(self) -> Array:
        """Bool ``(target channels, source channels)``: a weight that is not 0 in all parts."""
        used: Array = np.any([j.weight != 0 for j in self.parts], axis=0)
        return used


def _held_again(network: Network) -> frozenset[str]:
    """Names of projections whose weights are a multiple of those of one before them."""
    found: set[str] = set()
    for n, one in enumerate(network.projections):
        before = (j for j in network.projections[:n] if j.name not in found)
        if any(_is_multiple(one, other) for other in before):
            found.add(one.name)
    return frozenset(found)


def _is_multiple(one: Projection, other: Projection) -> bool:
    """Whether they join the same layers by the same weights, in other units."""
    if (one.source, one.target) != (other.source, other.target):
        return False
    a, b = (np.asarray(j.weight, np.float64) for j in (one, other))
    if a.shape != b.shape or not (a.any() and b.any()):
        return False
    at = np.unravel_index(np.argmax(np.abs(b)), b.shape)
    return bool(a[at]) and bool(np.allclose(a * (b[at] / a[at]), b, rtol=1e-5, atol=0))


def _connections(network: QNetwork) -> list[_Connection]:
    found: dict[tuple[object, ...], list[QProjection]] = {}
    for j in network.projections:
        found.setdefault((j.source, j.target, j.delay, _rows(j)), []).append(j)
    return [_Connection(tuple(parts)) for parts in found.values()]


def _rows(j: QProjection) -> str:
    """Between which rows or nodes; parts of a connection along edges have entries of their own."""
    if isinstance(j.mix, Schedule):
        lists = j.mix.so_far, j.mix.new
        return fingerprint(*(x for m in lists for x in (m.indptr, m.indices, m.before)))
    return fingerprint(j.still.indptr, j.still.indices, j.still.data)


def _operations(
    network: QNetwork, counts: EventCounts, connections: list[_Connection], population: str
) -> Operations:
    graded = {s.name for s in network.streams if s.bits > 1}
    graded |= {p.name for p in network.populations if p.neuron.graded}
    plain = {s.name for s in network.streams if s.bits == 1}
    macs = acs = dense = spiking = 0.0
    for c in connections:
        if c.first.target != population:
            continue
        done = sum(counts.synaptic_ops[j.name] for j in c.parts) / counts.inferences
        products = c.products(network)
        dense += products
        if c.first.source in graded:
            macs += done
        elif c.first.source in plain:  # the data's, whatever the rate at which neurons fire
            acs += done
        else:
            acs, spiking = acs + done, spiking + products
    return Operations(name=population, macs=macs, acs=acs, dense=dense, spiking=spiking)


def readout_operations(network: QNetwork, readout: Readout, counts: EventCounts) -> Operations:
    """Of a host readout: one accumulate per spike and class; one on the chip is populations."""
    used = np.count_nonzero(readout.weight, axis=0)  # classes that hear each step and neuron
    sent = counts.sent[readout.source]
    by_step = sent.reshape(network.steps, network.latency, -1).sum(axis=1).ravel()
    acs, dense = float(by_step @ used) / counts.inferences, float(readout.weight.size)
    return Operations(name="readout", macs=0.0, acs=acs, dense=dense, spiking=dense)


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """The mean firing rate at which a spiking model's arithmetic costs what its baseline's does.

    Attributes:
        rate: share of neuron updates that fire; None where there is no such rate.
        why: what the rate holds fixed, or why there is none.
    """

    rate: float | None
    why: str


def break_even(spiking: Complexity, baseline: Complexity, mac: float, ac: float) -> BreakEven:
    """The rate r with ``fixed + r * dense products with spikes * ac = joules of the baseline``.

    Fixed is what no spike decides: multiply-accumulates with real-valued input, and additions in
    layers that have no other.
    """
    dense = sum(layer.spiking for layer in spiking.layers)
    added = sum(layer.acs for layer in spiking.layers if not layer.spiking)
    if not ac:
        return BreakEven(rate=None, why="an accumulate costs 0 J: spikes do not change the sum")
    fixed, wanted = spiking.macs * mac + added * ac, baseline.joules(mac, ac)
    if fixed >= wanted:
        return BreakEven(
            rate=None,
            why=f"the operations on real-valued input alone cost {fixed:.3g} J, all of the "
            f"baseline {wanted:.3g} J: no firing rate is low enough",
        )
    if not dense:
        return BreakEven(rate=None, why="no layer has spikes for input")
    rate = (wanted - fixed) / (dense * ac)
    if rate > 1:
        return BreakEven(
            rate=None, why=f"even at a rate of 100 % it costs less; {rate:.3g} would be equal"
        )
    return BreakEven(rate=rate, why="operations on real-valued input as counted")
