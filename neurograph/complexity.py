"""What a model computes, by the definitions of NeuroBench, whether it has spikes or not.

Operations are per inference. A non-zero product with a real-valued activation is a
multiply-accumulate, one with a spike (0 or 1) an accumulate; biases are neither. `Dense` counts
every product, as if no activation and no weight were zero. Adding up the activations of sampled
neighbours before a product is an accumulate each, because it multiplies nothing.

Source: J. Yik et al., NeuroBench, Nature Communications 16, 2025; package neurobench 2.3.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurograph.errors import StoreError
from neurograph.ir import OnChipReadout, QNetwork
from neurograph.record import EventCounts


@dataclass(frozen=True, kw_only=True)
class Operations:
    """Of one layer, per inference; means over the inferences counted.

    Attributes:
        macs, acs: multiply-accumulates and accumulates that are not with a zero. dense: products
            of any kind, zeros included.
    """

    name: str
    macs: float
    acs: float
    dense: float


@dataclass(frozen=True, kw_only=True)
class Complexity:
    """A model's operations, zeros and size.

    Attributes:
        layers: in order of the forward pass.
        activations, silent: outputs of all layers and steps of an inference, and those that are 0.
        weights, absent: of all connections, and those that are 0.
        footprint: bytes of parameters and buffers.
    """

    layers: tuple[Operations, ...]
    activations: float
    silent: float
    weights: int
    absent: int
    footprint: int

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
            "ConnectionSparsity": self.absent / self.weights if self.weights else 0.0,
            "ActivationSparsity": self.silent / self.activations if self.activations else 0.0,
            "SynapticOperations": {
                "Effective_MACs": self.macs,
                "Effective_ACs": self.acs,
                "Dense": self.dense,
            },
        }

    def as_mapping(self) -> dict[str, Any]:
        """JSON values; `from_mapping` reads them back."""
        return {
            "layers": [vars(layer) for layer in self.layers],
            "activations": self.activations,
            "silent": self.silent,
            "weights": self.weights,
            "absent": self.absent,
            "footprint": self.footprint,
        }

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any]) -> Complexity:
        """
        Raises:
            StoreError: something is missing or unknown.
        """
        try:
            layers = tuple(Operations(**layer) for layer in given["layers"])
            return cls(**{**given, "layers": layers})
        except (TypeError, KeyError) as error:
            raise StoreError(f"operation counts that cannot be read: {error}") from error


def of_network(network: QNetwork, counts: EventCounts) -> Complexity:
    """Of an integer network as it runs on the chip, with its readout.

    Neighbours are summed after the product with the weights, synapse by synapse, because a chip
    has nothing that could average them before. Weights that several rows share count once, in
    whole bytes: mantissas 1, biases and readout weights 2, thresholds 4 per channel.
    """
    graded = {s.name for s in network.streams if s.bits > 1}
    spiking = [_operations(network, counts, p.name, graded) for p in network.populations]
    sizes = [(network.updates * p.rows * p.channels, p.name) for p in network.populations]
    fired = sum(int(counts.sent[p.name].sum()) for p in network.populations) / counts.targets
    total = float(sum(size for size, _ in sizes))
    weights = [j.weight for j in network.projections]
    readout = _readout(network, counts)
    if not isinstance(network.readout, OnChipReadout):
        weights.append(network.readout.weight)
    return Complexity(
        layers=(*spiking, *readout),
        activations=total,
        silent=total - fired,
        weights=sum(w.size for w in weights),
        absent=sum(int(np.count_nonzero(w == 0)) for w in weights),
        footprint=_footprint(network),
    )


def _operations(
    network: QNetwork, counts: EventCounts, population: str, graded: set[str]
) -> Operations:
    macs = acs = dense = 0.0
    for j in network.projections:
        if j.target != population:
            continue
        done = counts.synaptic_ops[j.name] / counts.targets
        macs, acs = (macs + done, acs) if j.source in graded else (macs, acs + done)
        dense += float(network.updates) * j.mix.nnz * j.weight.size
    return Operations(name=population, macs=macs, acs=acs, dense=dense)


def _readout(network: QNetwork, counts: EventCounts) -> tuple[Operations, ...]:
    """Of a host readout: one accumulate per spike and class; one on the chip is populations."""
    if isinstance(network.readout, OnChipReadout):
        return ()
    weight = network.readout.weight
    used = np.count_nonzero(weight, axis=0)  # classes that hear each step and neuron
    sent = counts.sent[network.readout.source]
    by_step = sent.reshape(network.steps, network.latency, -1).sum(axis=1).ravel()
    acs = float(by_step @ used) / counts.targets
    return (Operations(name="readout", macs=0.0, acs=acs, dense=float(weight.size)),)


def _footprint(network: QNetwork) -> int:
    mantissas = sum(j.weight.size for j in network.projections)
    biases = sum(p.channels for p in network.populations)
    readout = network.readout
    read = 0 if isinstance(readout, OnChipReadout) else readout.weight.size + len(readout.bias)
    return mantissas + 2 * (biases + read) + 4 * biases


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """The mean firing rate at which a spiking model's arithmetic costs what its twin's does.

    Attributes:
        rate: share of neuron updates that fire; None where there is no such rate.
        why: what the rate holds fixed, or why there is none.
    """

    rate: float | None
    why: str


def break_even(spiking: Complexity, twin: Complexity, mac: float, ac: float) -> BreakEven:
    """The rate r with ``macs * mac + r * dense spiking operations * ac = joules of the twin``.

    The spiking model's multiply-accumulates (of its real-valued input) stay as they are.
    """
    fixed, wanted = spiking.macs * mac, twin.joules(mac, ac)
    dense = sum(layer.dense for layer in spiking.layers if not layer.macs)
    if fixed >= wanted:
        return BreakEven(
            rate=None,
            why=f"the products with real-valued input alone cost {fixed:.3g} J, all of the twin "
            f"{wanted:.3g} J: no firing rate is low enough",
        )
    if not dense:
        return BreakEven(rate=None, why="no layer has spikes for input")
    rate = (wanted - fixed) / (dense * ac)
    if rate > 1:
        return BreakEven(
            rate=None, why=f"even at a rate of 100 % it costs less; {rate:.3g} would be equal"
        )
    return BreakEven(rate=rate, why="products with real-valued input as counted")
