"""The same layers over a whole graph: every node once, and it hears its neighbours along edges.

Stream "x" holds a node's features, "y" a spike in the channel of its class, if its label is in.
Populations and projections are called as over sampled trees (`tree_network`), with these besides::

    y -> labels                 a relay: what the labels of the neighbours say, kind by kind
    labels -> labels2 -> ...    a relay per further hop: the mean of the neighbours' shares
    x -> afar -> afar2 -> ...   where features travel before they are heard: a relay of the first
                                layer's sums, and one that hears it along edges per hop
    labels, labels2, ... -> h1  by weights
    hL -> hL.recurrence         the last layer hears its neighbours' last layer, two updates late

Projections along edges are one number per pair of an edge's entry and a weight here; the pass
`ir.passes.relays` makes of them what a chip can hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, zip_longest

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.ir import (
    LABEL_STREAM,
    STREAM,
    Network,
    Population,
    Projection,
    Readout,
    Relay,
    Schedule,
    Stream,
)
from neurograph.ir.timing import Lagging, in_time
from neurograph.models.schedules import LabelSchedules
from neurograph.models.tree_network import Numbers, layer_names, of_itself

HEARD = "labels"  # the relay that hears them
AFAR = "afar"  # the relay whose sums of features travel
# what a relay sends for one neighbour of each kind, and at most for all of them together
LABEL_UNITS = {"share": 1.0, "so_far": 0.5, "new": 0.5}
LABEL_LIMIT = 4.0
RECURRENCE_LAG = 2  # updates: from the last layer to a relay, and along edges to the last layer


def resident_network(
    numbers: Numbers,
    mean: Schedule,
    *,
    steps: int,
    latency: int = 1,
    binary: bool = False,
    feature_hops: int = 0,
    labels: LabelSchedules | None = None,
    extra: Iterable[Lagging] = (),
) -> Network:
    """The network of every node of a graph.

    Args:
        numbers: as for trees; in `extra` of them "labels" ``(channels, kinds * classes)`` is how
            the first layer hears labels (see `label_kinds`), "features" ``(channels, features)``
            features from afar, "recurrence" ``(channels, channels)`` the last one itself.
        mean: of the neighbours.
        steps: snapshots.
        latency: updates per snapshot.
        binary: features are 0 or 1 and travel as plain spikes.
        feature_hops: edges that features travel before the first layer hears them; 0: it hears a
            node's own and its neighbours', each by weights.
        labels: of the neighbours, of a network that hears them.
        extra: connections besides those of the layers, within a node.

    Raises:
        NetworkError: a weight or bias is not finite.
    """
    names = layer_names(len(numbers.layers))
    afar = numbers.extra.get("features")
    first = numbers.layers[0].self_weight if afar is None else afar
    features, classes = first.shape[1], len(numbers.readout)
    streams = [Stream(name=STREAM, rows=1, channels=features, binary=binary)] if features else []
    populations: list[Population] = []
    joined: list[Lagging] = []
    if afar is not None:
        populations += _travelling(len(afar), feature_hops)
        joined += _from_afar(populations, mean, afar, names[1])
    if labels is not None:
        streams.append(Stream(name=LABEL_STREAM, rows=1, channels=classes, binary=True))
        heard = numbers.extra["labels"]
        relays = [*_label_relays(labels, classes, heard)]
        populations += relays
        joined += _hearing(labels, classes)
        joined += _of_relays(relays, labels.onward, heard, names[1])
    for number, layer in enumerate(numbers.layers, 1):
        source, target = names[number - 1], names[number]
        populations.append(
            Population(
                name=target,
                rows=1,
                channels=len(layer.self_weight),
                neuron=layer.neuron,
                bias=layer.bias,
            )
        )
        if number > 1 or (features and afar is None):
            joined.append((within(of_itself(source, target), source, target, layer.self_weight), 0))
            joined.append((along(source, target, mean, layer.neighbour_weight), 0))
    if (again := numbers.extra.get("recurrence")) is not None:
        last = names[-1]
        recurrence = Projection(
            name=f"{last}->{last}.recurrence", source=last, target=last, mix=mean, weight=again
        )
        joined.append((recurrence, RECURRENCE_LAG))
    return Network(
        streams=tuple(streams),
        populations=tuple(populations),
        projections=in_time(
            [s.name for s in streams], [p.name for p in populations], [*joined, *extra]
        ),
        readout=Readout(source=names[-1], weight=numbers.readout, bias=numbers.readout_bias),
        steps=steps,
        latency=latency,
    )


def within(name: str, source: str, target: str, weight: Array) -> Projection:
    """A projection from each node to itself."""
    mix = sp.csr_array(np.ones((1, 1), np.int16))
    return Projection(name=name, source=source, target=target, mix=mix, weight=weight)


def along(source: str, target: str, mix: Schedule, weight: Array) -> Projection:
    """A projection from each node's neighbours to it."""
    name = f"{source}->{target}.neighbours"
    return Projection(name=name, source=source, target=target, mix=mix, weight=weight)


def _travelling(channels: int, hops: int) -> Iterator[Population]:
    """A relay of the first layer's sums of features, and one per hop."""
    for number in range(1, hops + 2):
        name = AFAR if number == 1 else f"{AFAR}{number}"
        yield Population(name=name, rows=1, channels=channels, neuron=Relay())


def _from_afar(
    relays: Sequence[Population], mean: Schedule, weight: Array, target: str
) -> Iterator[Lagging]:
    """Features to the first relay by weights, along edges to the last, from there to the layer."""
    names, as_it_is = [r.name for r in relays], np.eye(len(weight))
    yield within(f"{STREAM}->{names[0]}", STREAM, names[0], weight), 0
    for relay, after in pairwise(names):
        yield along(relay, after, mean, as_it_is), 0
    yield within(f"{names[-1]}->{target}", names[-1], target, as_it_is), 0


def _label_relays(labels: LabelSchedules, classes: int, heard: Array) -> Iterator[Population]:
    """A relay that hears labels, and one per hop that hears the relay before."""
    channels = len(dict(labels.items())) * classes
    yield Population(name=HEARD, rows=1, channels=channels, neuron=Relay(limit=LABEL_LIMIT))
    for hop in range(2, 2 + (heard.shape[1] - channels) // classes):
        neuron = Relay(limit=LABEL_LIMIT)
        yield Population(name=f"{HEARD}{hop}", rows=1, channels=classes, neuron=neuron)


def _hearing(labels: LabelSchedules, classes: int) -> Iterator[Lagging]:
    """From the labels to the relay that hears them, kind by kind."""
    kinds = dict(labels.items())
    for number, (kind, mix) in enumerate(kinds.items()):
        chosen = np.zeros((len(kinds) * classes, classes))
        chosen[number * classes : (number + 1) * classes] = np.eye(classes) * LABEL_UNITS[kind]
        name = f"{LABEL_STREAM}->{HEARD}.{kind}"
        yield Projection(name=name, source=LABEL_STREAM, target=HEARD, mix=mix, weight=chosen), 0


def _of_relays(
    relays: Sequence[Population], onward: Schedule, heard: Array, target: str
) -> Iterator[Lagging]:
    """From each relay to the next, and from all of them to the first layer."""
    begin = 0
    for relay, after in zip_longest(relays, relays[1:]):
        weight = heard[:, begin : begin + relay.channels]
        yield within(f"{relay.name}->{target}", relay.name, target, weight), 0
        begin += relay.channels
        if after is not None:
            shares = np.eye(after.channels, relay.channels)
            yield (
                Projection(
                    name=f"{relay.name}->{after.name}",
                    source=relay.name,
                    target=after.name,
                    mix=onward,
                    weight=shares,
                ),
                0,
            )
