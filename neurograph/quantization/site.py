"""A population with the relays that lead to it along edges, alone, on what their sources send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import Network, Population, Projection, Readout, Schedule, Stream
from neurograph.ir.timing import Lagging, in_time
from neurograph.quantization.neighbourhood import Neighbourhood
from neurograph.runtime.engine import Simulation


@dataclass(frozen=True, eq=False, kw_only=True)
class Site:
    """Where a population's integers are judged: on a few nodes and on all that these hear.

    A relay that hears along edges itself, and leads on by weights, is a source like others.

    Attributes:
        target: name of the population.
        network: it and its relays, in floats; every source is a stream (`emitted_by`), whose
            snapshots are the updates of the whole network.
        around: the few nodes, and whom they hear.
        latency: updates per snapshot of the whole network.
    """

    target: str
    network: Network
    around: Neighbourhood
    latency: int

    @classmethod
    def of(cls, whole: Network, target: str, few: Array) -> Site:
        """The site of a population of a network that has its relays.

        Args:
            few: distinct ids of the nodes by whose spikes to judge.
        """
        layers = {p.name: p for p in whole.populations}
        direct = [j for j in whole.projections if j.target == target]
        relays = relays_along(whole, target)
        into = [j for j in whole.projections if j.target in {r.name for r in relays}]
        held = [*into, *direct]
        schedules = [j.mix for j in held if isinstance(j.mix, Schedule)]
        around = Neighbourhood.of(few, schedules)
        sources = dict.fromkeys(j.source for j in held if j.source not in {r.name for r in relays})
        every: list[Stream | Population] = [*whole.streams, *whole.populations]
        sizes = {x.name: x for x in every}
        small = {id(s): around.schedule(s, whole.latency) for s in schedules}
        joined: list[Lagging] = [
            (_moved(j, small, set(sources)), whole.wiring.lag[j.name]) for j in held
        ]
        streams = [
            Stream(name=emitted_by(s), rows=sizes[s].rows, channels=sizes[s].channels)
            for s in sources
        ]
        populations = (*relays, layers[target])
        network = Network(
            streams=tuple(streams),
            populations=populations,
            projections=in_time([s.name for s in streams], [p.name for p in populations], joined),
            readout=_no_readout(layers[target], whole.updates),
            steps=whole.updates,
        )
        return cls(target=target, network=network, around=around, latency=whole.latency)

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of all streams and populations that it or its relays hear."""
        return tuple(s.name.removeprefix(emitted_by("")) for s in self.network.streams)

    @cached_property
    def delays(self) -> Mapping[str, int]:
        """Of every projection, here."""
        return {j.name: j.delay for j in self.network.projections}

    def sent(self, source: str, given: Mapping[str, Array], activity: Simulation) -> Array:
        """What a source sends to these nodes ``(nodes, updates, rows, channels)``.

        Args:
            given: numbers of every stream ``(nodes, steps, rows, channels)``, and of relays.
            activity: whose spikes to take of populations.
        """
        return sent_by(source, given, activity, self.network.steps, self.around.nodes)


def sent_by(
    source: str,
    given: Mapping[str, Array],
    activity: Simulation,
    updates: int,
    nodes: Array | slice = slice(None),
) -> Array:
    """What a source sends in every update ``(nodes, updates, rows, channels)``; see `Site.sent`."""
    if source not in given:
        return activity.spikes[source][nodes].view(np.int8)
    held = given[source][nodes]
    return np.repeat(held, updates // held.shape[1], axis=1)


def relays_along(network: Network, target: str) -> list[Population]:
    """The relays that lead to a population that spikes along edges."""
    spiking = {p.name for p in network.spiking}
    along = {
        j.source
        for j in network.projections
        if j.target == target and target in spiking and isinstance(j.mix, Schedule)
    }
    return [p for p in network.populations if p.neuron.graded and p.name in along]


def emitted_by(layer: str) -> str:
    """A stream's name: a population may hear itself, and a name is that of one layer."""
    return f"from {layer}"


def _moved(j: Projection, small: Mapping[int, Schedule], sources: Iterable[str]) -> Projection:
    mix = small.get(id(j.mix), j.mix)
    return replace(j, mix=mix, source=emitted_by(j.source) if j.source in sources else j.source)


def _no_readout(of: Population, steps: int) -> Readout:
    size = steps * of.rows * of.channels
    return Readout(source=of.name, weight=np.zeros((1, size)), bias=np.zeros(1))
