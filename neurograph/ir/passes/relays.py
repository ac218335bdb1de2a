"""The pass that puts relays between layers and the edges of a graph.

A synapse holds one number, and that of a projection along edges would be the product of an edge's
entry and a weight: as many different ones as there are pairs of them. So a relay per node sums in
between, either on the side of the source (*transform*, then aggregate: ``M (W s)``), or of the
target (*aggregate*, then transform: ``W (M s)``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

import numpy as np
import scipy.sparse as sp

from neurograph.ir.network import Network, Population, Projection, Stream
from neurograph.ir.neurons import Relay
from neurograph.ir.schedule import Order, Schedule
from neurograph.ir.timing import Lagging, in_time


def with_relays(network: Network, first: Mapping[str, Order] | None = None) -> Network:
    """`network` with a relay in each projection along edges that has none yet.

    Those into one population by one schedule that transform first share a relay. What reaches the
    population by other ways is delayed as much.

    Args:
        first: what is done first, by name of a projection; default, and of loops, which hear
            edges as they are when a spike arrives: transform.

    Ensures:
        The same spikes, in exact arithmetic, on every population's own clock. A projection that
        was split keeps its name on its side of the weights.

    Raises:
        NetworkError: a projection that would have to arrive before it was sent: a loop along
            edges that is less than two updates late.
    """
    orders = first or {}
    groups = _groups(network, orders)
    if not groups:
        return network
    lags = network.wiring.lag
    joined: list[Lagging] = [
        (j, lags[j.name]) for j in network.projections if not needs_relay(network, j)
    ]
    relays: list[Population] = []
    for shared in groups:
        order = _order(network, shared[0], orders)
        relay, edges = _relay(network, shared[0], order, relays)
        relays.append(relay)
        late = min(lags[j.name] for j in shared)  # behind the relay: it starts with the first
        joined.append((edges, late))
        joined += [(_beside(j, relay, order), lags[j.name] - late) for j in shared]
    populations = tuple(_in_order(network, relays))
    timed = in_time([s.name for s in network.streams], [p.name for p in populations], joined)
    return replace(network, populations=populations, projections=timed)


def _groups(network: Network, orders: Mapping[str, Order]) -> list[list[Projection]]:
    """The projections that need a relay; those that share one are a group."""
    groups: dict[tuple[object, ...], list[Projection]] = {}
    for j in network.projections:
        if isinstance(j.mix, Schedule) and needs_relay(network, j):
            transform = _order(network, j, orders) == "transform"
            key = (j.target, j.mix.sha256) if transform else (j.name,)
            groups.setdefault(key, []).append(j)
    return list(groups.values())


def _relay(
    network: Network, j: Projection, order: Order, others: Sequence[Population]
) -> tuple[Population, Projection]:
    """A relay for projection `j`, and the projection along edges on its other side."""
    layers: list[Stream | Population] = [*network.streams, *network.populations]
    sizes = {x.name: x.channels for x in layers}
    transform = order == "transform"
    name = _free(f"{j.target}.{'relay' if transform else 'heard'}", {*sizes, *_names(others)})
    channels = sizes[j.target if transform else j.source]
    source, target = (name, j.target) if transform else (j.source, name)
    edges = Projection(
        name=f"{source}->{target}.edges",
        source=source,
        target=target,
        mix=j.mix,
        weight=np.eye(channels),
    )
    return Population(name=name, rows=1, channels=channels, neuron=Relay()), edges


def _beside(j: Projection, relay: Population, order: Order) -> Projection:
    """`j` without its edges: to the relay, or from it."""
    within = sp.csr_array(np.ones((1, 1), np.int16))
    if order == "transform":
        return replace(j, mix=within, target=relay.name, delay=0)
    return replace(j, mix=within, source=relay.name, delay=0)


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken."""
    numbered = (f"{name}{n}" if n > 1 else name for n in count(1))
    return next(x for x in numbered if x not in taken)


def _names(populations: Sequence[Population]) -> list[str]:
    return [p.name for p in populations]


def _order(network: Network, j: Projection, orders: Mapping[str, Order]) -> Order:
    return "transform" if network.wiring.lag[j.name] else orders.get(j.name, "transform")


def needs_relay(network: Network, j: Projection) -> bool:
    """Whether projection `j` leads along edges, and neither from a relay nor to one."""
    graded = {p.name for p in network.populations if p.neuron.graded}
    return isinstance(j.mix, Schedule) and not {j.source, j.target} & graded


def _in_order(network: Network, relays: list[Population]) -> Iterator[Population]:
    """Each relay before the population that it is named after."""
    for p in network.populations:
        yield from (r for r in relays if r.name.rpartition(".")[0] == p.name)
        yield p
