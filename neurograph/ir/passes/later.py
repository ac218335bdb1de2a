"""Passes over networks whose nodes hear each other: their last snapshots, or some of their nodes.

A run can stop after a snapshot and go on: what a neuron holds is its state, and what is on its way
are the last spikes of those whose projections arrive late.
"""

from __future__ import annotations

from dataclasses import replace

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import QNetwork, QPopulation, Schedule


def last_snapshots(network: QNetwork, first: int) -> QNetwork:
    """The snapshots from `first` on.

    Requires:
        Fewer than `network` has. A run of it begins with states of the updates before, and with
        the spikes of `updates_on_the_way`.

    Ensures:
        There is no readout.
    """
    return replace(
        network,
        steps=network.steps - first,
        populations=tuple(_since(p, first * network.latency) for p in network.populations),
        projections=tuple(
            replace(j, mix=j.mix.since(first)) if isinstance(j.mix, Schedule) else j
            for j in network.projections
        ),
        readout=None,
        errors=(),
    )


def _since(population: QPopulation, update: int) -> QPopulation:
    """As it is on a clock that begins with this update."""
    reset = population.reset
    return replace(population, reset=reset.since(update)) if reset else population


def of_nodes(network: QNetwork, nodes: Array) -> QNetwork:
    """Some of the nodes, in this order.

    Args:
        nodes: int ``(n,)``, all different.

    Ensures:
        The spikes of these nodes are those of `network`; there is no readout.

    Raises:
        NetworkError: one of them hears a node that is not among them.
    """
    return replace(
        network,
        projections=tuple(
            replace(j, mix=j.mix.among(nodes)) if isinstance(j.mix, Schedule) else j
            for j in network.projections
        ),
        readout=None,
        errors=(),
    )


def updates_on_the_way(network: QNetwork) -> int:
    """How many updates back a spike may have been sent that a neuron has yet to hear of.

    Relays pass on what they hear, so that lags on the way through them add up.

    Raises:
        NetworkError: relays that hear each other in a circle, which forget nothing.
    """
    into: dict[str, list[tuple[str, int]]] = {p.name: [] for p in network.populations}
    relays = {p.name for p in network.populations if p.neuron.graded}
    for j in network.projections:
        into[j.target].append((j.source, network.wiring.lag[j.name]))

    def back(population: str, passed: frozenset[str]) -> int:
        if population in passed:
            raise NetworkError(f"{population}: relays in a circle, which hold what they once heard")
        further = passed | {population}
        return max(
            (
                lag + (back(source, further) if source in relays else 0)
                for source, lag in into[population]
            ),
            default=0,
        )

    return max(back(p.name, frozenset()) for p in network.spiking)
