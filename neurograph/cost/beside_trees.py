"""What sampled trees of the same model would cost, from the rates of a run of the whole graph.

Nothing is run: the network of one node and its tree is laid out from the model's shape, every
layer sends and works as often per node as it did in the run, and the same constants price it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurograph.chip.place import place
from neurograph.chip.profile import HardwareProfile
from neurograph.core.errors import DoesNotFitError
from neurograph.cost.energy import energy
from neurograph.cost.energy.parts import by_part
from neurograph.cost.estimate import EnergyEstimate, HostWork, Interval
from neurograph.cost.host import WEIGHT, sampling
from neurograph.graphs.sampling import TreeSpec
from neurograph.graphs.sizes import FEATURE
from neurograph.ir import Network, Readout
from neurograph.runtime.activity import synaptic_ops
from neurograph.runtime.record import EventCounts

BYTE = 8  # bits


@dataclass(frozen=True, eq=False, kw_only=True)
class Trees:
    """Sampled trees of a model that ran over the whole graph.

    Attributes:
        fanouts: draws per hop.
        parts: joules per node and snapshot, see `energy.parts`.
        estimate: the same per inference, by term.
    """

    fanouts: tuple[int, ...]
    parts: Mapping[str, Interval]
    estimate: EnergyEstimate


def of_trees(
    network: Network, tree: TreeSpec, profile: HardwareProfile, counts: EventCounts
) -> Trees | None:
    """None where trees do not fit the chip, or have layers or latency steps that did not run.

    Args:
        network: of a node and its tree; every weight is taken to be there.
        counts: of the run of the whole graph.
    """
    if not _ran(network, counts):
        return None
    try:
        placed = place(network, profile, method="sequential")
    except DoesNotFitError:
        return None
    estimate = energy(network, placed, profile, tree_counts(network, counts), _work(network, tree))
    trained = [p.name for p in network.populations]
    parts = by_part(network, estimate, trained)
    return Trees(fanouts=tree.fanouts, parts=parts, estimate=estimate)


def tree_counts(network: Network, counts: EventCounts) -> EventCounts:
    """Events of as many inferences: each row of a layer does what a node's row did on average."""
    sent = {name: np.repeat(counts.sent[name], rows, axis=1) for name, rows, _ in _layers(network)}
    active = {p.name: np.repeat(counts.active[p.name], p.rows, axis=1) for p in network.populations}
    ops = {j.name: int(synaptic_ops(network, j, sent).sum()) for j in network.projections}
    return EventCounts(
        network_sha256=network.sha256,
        inferences=counts.inferences,
        sent=sent,
        active=active,
        synaptic_ops=ops,
        host_macs=counts.host_macs,
        bytes_in=0,
        bytes_out=counts.bytes_out,
    )


def _layers(network: Network) -> list[tuple[str, int, int]]:
    """Name, rows and channels of each stream and population."""
    streams = [(s.name, s.rows, s.channels) for s in network.streams]
    return [*streams, *((p.name, p.rows, p.channels) for p in network.populations)]


def _ran(network: Network, counts: EventCounts) -> bool:
    """Whether each of its layers did, in one row, over as many updates."""
    return all(
        name in counts.sent and counts.sent[name].shape == (network.updates, 1, channels)
        for name, _, channels in _layers(network)
    )


def _work(network: Network, tree: TreeSpec) -> tuple[HostWork, ...]:
    """As `host.work` has it for integers; a label or a binary feature is a bit."""
    values = sum(s.rows * s.channels for s in network.streams if not s.binary)
    plain = sum(-(-s.rows * s.channels // BYTE) for s in network.streams if s.binary)
    weights = network.readout.weight.size if isinstance(network.readout, Readout) else 0
    steps = network.steps
    return (
        sampling(tree, steps),
        HostWork(
            task="features to payloads",
            macs=steps * values,
            bytes=steps * (values * FEATURE + plain),
        ),
        HostWork(task="readout", macs=0, bytes=weights * WEIGHT),
    )
