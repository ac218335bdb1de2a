"""What a host takes for an answer: operations and bytes times the profile's joules.

Of the deployed network in floats, of models without spikes and of simple methods, by the same
rules, so that they can stand beside the chip. Arithmetic units and memory alone: no instructions,
no static power, and what all nodes share (weights) is taken to stay in the processor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurograph.chip.profile import Constant, HardwareProfile
from neurograph.chip.residents.relations import Relation
from neurograph.core.errors import ProfileError
from neurograph.cost.baseline import Baseline
from neurograph.cost.complexity import Complexity, readout_operations
from neurograph.cost.energy.prices import price, source
from neurograph.cost.estimate import NOTHING, Interval, total
from neurograph.cost.host import sampling
from neurograph.graphs.sampling import TreeSpec
from neurograph.graphs.sizes import FEATURE, ID, NUMBER
from neurograph.ir import (
    LABEL_STREAM,
    Network,
    Population,
    Projection,
    QNetwork,
    Readout,
    Schedule,
    Stream,
)
from neurograph.runtime.record import EventCounts
from neurograph.tasks.yardsticks.arithmetic import Arithmetic

BYTE = 8  # bits


@dataclass(frozen=True, kw_only=True)
class HostEnergy:
    """Joules of an answer.

    Attributes:
        arithmetic: of the operations, in FP32, typically, and down to INT8.
        memory: of the bytes read.
        source: of the prices.
    """

    arithmetic: Interval
    memory: Interval
    source: str

    @property
    def joules(self) -> Interval:
        return self.arithmetic + self.memory


def priced(profile: HardwareProfile, taken: Arithmetic) -> HostEnergy | None:
    """At the joules of the profile's host; None where it does not know one that is needed."""
    terms = {
        "mac": (taken.macs, ("mac_fp32", "mac_int8")),
        "ac": (taken.acs, ("ac_fp32", "ac_int8")),
        "memory_byte": (taken.bytes, ("memory_byte",)),
    }
    joules, used = dict.fromkeys(terms, NOTHING), list[Constant]()
    for what, (many, names) in terms.items():
        if not many:
            continue
        constants = [profile.host[name] for name in names if name in profile.host]
        try:
            each = price(profile, f"host.{what}", *constants)
        except (ProfileError, ValueError):  # unknown, or not in the profile
            return None
        joules[what] = each.times(many)
        used += constants
    arithmetic = total((joules["mac"], joules["ac"]))
    return HostEnergy(arithmetic=arithmetic, memory=joules["memory_byte"], source=source(used))


def of_floats(
    network: Network,
    integers: QNetwork,
    counts: EventCounts,
    complexity: Complexity,
    tree: TreeSpec | None,
) -> Arithmetic:
    """The trained network in floats on the host, per node: the same arithmetic as on the chip.

    Products are those of the run in integers, without those of zeros. A neuron takes, per update, a
    multiply-accumulate for each state that it keeps, and a comparison. Read are the features of
    every slot, what is looked up to sample a tree, or, where all nodes run at once, per pair and
    update the neighbour's id and what it sends: a number, or a bit, per channel.

    Args:
        complexity: of the integers; a readout on the chip is one of the host here.
    """
    trained = {p.name for p in network.populations}
    layers = [of for of in complexity.layers if of.name in trained]
    if isinstance(network.readout, Readout):
        layers.append(readout_operations(integers, network.readout, counts))
    neurons = [network.updates * p.rows * p.channels for p in network.spiking]
    kept = sum(n * _kept(p) for n, p in zip(neurons, network.spiking, strict=True))
    looked_up = _heard(network) if tree is None else sampling(tree, network.steps).bytes
    return Arithmetic(
        macs=sum(of.macs for of in layers) + kept,
        acs=sum(of.acs for of in layers) + sum(neurons),
        bytes=network.steps * sum(map(_bytes, network.streams)) + looked_up,
    )


def of_twin(baseline: Baseline, network: Network) -> Arithmetic:
    """A model without spikes over sampled trees, per node; each activation is compared with 0.

    Args:
        network: over the same graph and features.
    """
    tree = TreeSpec(fanouts=baseline.fanouts)
    streams = [s for s in network.streams if s.name != LABEL_STREAM]
    read = sum(_values(tree.slots * s.channels, binary=s.binary) for s in streams)
    of = baseline.complexity
    return Arithmetic(
        macs=of.macs,
        acs=of.acs + of.activations,
        bytes=network.steps * read + sampling(tree, network.steps).bytes,
    )


def _kept(population: Population) -> int:
    """States that are multiplied in an update: those that do not lose all, and a threshold."""
    neuron = population.neuron
    fading = neuron.current_decay < 1, neuron.voltage_decay < 1, "theta" in neuron.states
    return sum(fading)


def _bytes(stream: Stream) -> float:
    return _values(stream.rows * stream.channels, binary=stream.binary)


def _values(many: int, *, binary: bool) -> int:
    return -(-many // BYTE) if binary else many * FEATURE


def _heard(network: Network) -> float:
    """Bytes per node, of all pairs that hear each other."""
    return sum(_along(network, j) for j in network.projections if isinstance(j.mix, Schedule))


def _along(network: Network, j: Projection) -> float:
    nodes = network.nodes or 1
    pairs = float(np.sum(Relation.of(nodes, [j]).pairs)) * network.latency / nodes
    channels = j.weight.shape[1]
    plain = {s.name for s in network.streams if s.binary} | {p.name for p in network.spiking}
    sent = -(-channels // BYTE) if j.source in plain else channels * NUMBER
    return float(pairs * (ID + sent))
