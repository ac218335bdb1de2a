"""Which comes first along edges, weights or sums: by the events of the calibration nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import Choice, Network, Projection, Schedule
from neurograph.ir.passes.relays import needs_relay
from neurograph.ir.schedule import Order
from neurograph.quantization.neighbourhood import Neighbourhood
from neurograph.runtime.engine import Simulation
from neurograph.runtime.engine.edges import EdgeSynapses


@dataclass(frozen=True, kw_only=True)
class OrderChoice:
    """What one projection along edges costs, in either order.

    Attributes:
        name: of the projection.
        transform: synaptic operations per node and update, if weights come first.
        aggregate: likewise, if sums along edges come first.
        loop: whether it hears a later layer, and has no choice.
    """

    name: str
    transform: float
    aggregate: float
    loop: bool

    @property
    def order(self) -> Order:
        """The cheaper; of equals, transform."""
        cheaper = self.aggregate < self.transform and not self.loop
        return "aggregate" if cheaper else "transform"

    @property
    def choice(self) -> Choice:
        """In sentences."""
        counted = (
            f"weights first takes {self.transform:,.1f} synaptic operations per calibration node "
            f"and update, sums along edges first {self.aggregate:,.1f}"
        )
        loop = "; a loop hears edges as they are when a spike arrives" if self.loop else ""
        return Choice(where=self.name, what="first", value=self.order, why=counted + loop)


def choose_orders(
    network: Network, inputs: Mapping[str, Array], activity: Simulation, few: Array
) -> tuple[OrderChoice, ...]:
    """Of every projection along edges that needs a relay, what its relay should do first.

    Args:
        network: in floats.
        inputs: per stream, numbers ``(nodes, steps, rows, channels)``.
        activity: its run.
        few: distinct ids of the nodes whose events count.
    """
    return tuple(
        _costs(network, j, inputs.get(j.source, activity.spikes.get(j.source)), few)
        for j in network.projections
        if needs_relay(network, j)
    )


def _costs(network: Network, j: Projection, sent: Array | None, few: Array) -> OrderChoice:
    """By what its source sends ``(nodes, updates or steps, rows, channels)``."""
    assert isinstance(j.mix, Schedule)
    assert sent is not None, "it comes from a stream or from neurons that spike"
    around = Neighbourhood.of(few, [j.mix])
    held = sent.shape[1] < network.updates
    near = (sent[around.nodes] != 0).view(np.int8)
    emitted = np.repeat(near, network.latency, axis=1) if held else near
    small = around.schedule(j.mix, network.latency).present()
    out = len(j.weight)
    heard = _along(small, emitted)[around.rows]
    any_channel = np.ascontiguousarray(emitted.any(axis=3, keepdims=True)).view(np.int8)
    payloads = _along(small, any_channel)[around.rows]
    per = len(around.rows) * network.updates
    products = int(np.count_nonzero(emitted[around.rows])) * out
    summed = int(heard.sum(dtype=np.int64))
    return OrderChoice(
        name=j.name,
        transform=(products + int(payloads.sum(dtype=np.int64)) * out) / per,
        aggregate=(summed + int(np.count_nonzero(heard)) * out) / per,
        loop=bool(network.wiring.lag[j.name]),
    )


def _along(present: Schedule, emitted: Array) -> Array:
    """int32 ``(nodes, updates, channels)``: how many neighbours send, by channel."""
    channels = emitted.shape[3]
    counting = EdgeSynapses(present, np.eye(channels), 0)
    heard = np.zeros((*emitted.shape[:2], channels), np.int32)
    counting.add(emitted, heard)
    return heard


def orders(chosen: tuple[OrderChoice, ...]) -> Mapping[str, Order]:
    """By name, those that are not the default."""
    return dict(_unusual(chosen))


def _unusual(chosen: tuple[OrderChoice, ...]) -> Iterator[tuple[str, Order]]:
    for c in chosen:
        if c.order != "transform":
            yield c.name, c.order
