"""Layers over sampled trees as a network of one node: populations, projections, names, mixes.

Stream "x" holds every slot's features, "y" a spike in the channel of its class where its label is
in; population "h1" is the first spiking layer, and so on. A mean over k draws is a sum with 1/k in
the weight, so rows with different fan-outs get a projection each, "x->h1.neighbours5" for k = 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import (
    LABEL_STREAM,
    STREAM,
    Network,
    Neuron,
    Population,
    Projection,
    Readout,
    Stream,
)


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerNumbers:
    """What a spiking layer computes with.

    Attributes:
        self_weight: float64 ``(channels, channels below)``, by which a row reads itself.
        neighbour_weight: float64 of the same shape, by which it reads its neighbours' mean.
        bias: float64 ``(channels,)``.
        neuron: of every channel.
    """

    self_weight: Array
    neighbour_weight: Array
    bias: Array
    neuron: Neuron


@dataclass(frozen=True, eq=False, kw_only=True)
class Numbers:
    """Every weight and neuron of a model.

    Attributes:
        layers: from the features up.
        readout: float64 ``(classes, steps * channels of the last layer)``.
        readout_bias: float64 ``(classes,)``.
        extra: weights of the connections that a model has besides its layers, by its own names;
            "labels" is how the first layer hears labels.
    """

    layers: tuple[LayerNumbers, ...]
    readout: Array
    readout_bias: Array
    extra: Mapping[str, Array] = field(default_factory=dict)


def tree_network(
    numbers: Numbers,
    tree: TreeSpec,
    *,
    steps: int,
    latency: int = 1,
    binary: bool = False,
    extra: Iterable[Projection] = (),
) -> Network:
    """The network of one node.

    Args:
        numbers: in `extra` of them "labels" ``(channels, classes)``, of a network that hears them.
        tree: who reads whom.
        steps: snapshots.
        latency: updates per snapshot.
        binary: features are 0 or 1 and travel as plain spikes.
        extra: connections besides those of the layers, and of the labels.

    Raises:
        NetworkError: a weight or bias is not finite.
    """
    names = layer_names(len(numbers.layers))
    features, classes = numbers.layers[0].self_weight.shape[1], len(numbers.readout)
    labels = numbers.extra.get("labels")
    streams: list[Stream] = []
    populations: list[Population] = []
    joined: list[Projection] = []
    if features:
        streams.append(Stream(name=STREAM, rows=tree.slots, channels=features, binary=binary))
    if labels is not None:
        streams.append(Stream(name=LABEL_STREAM, rows=tree.slots, channels=classes, binary=True))
        joined += from_neighbours(LABEL_STREAM, names[1], labels, tree)
    for number, layer in enumerate(numbers.layers, 1):
        populations.append(
            Population(
                name=names[number],
                rows=tree.rows(number),
                channels=len(layer.self_weight),
                neuron=layer.neuron,
                bias=layer.bias,
            )
        )
        if number > 1 or features:
            joined += projections(names, number, layer.self_weight, layer.neighbour_weight, tree)
    return Network(
        streams=tuple(streams),
        populations=tuple(populations),
        projections=(*joined, *extra),
        readout=Readout(source=names[-1], weight=numbers.readout, bias=numbers.readout_bias),
        steps=steps,
        latency=latency,
    )


def layer_names(layers: int) -> list[str]:
    """The stream, then a population per layer."""
    return [STREAM, *(f"h{n}" for n in range(1, layers + 1))]


def of_itself(source: str, target: str) -> str:
    """Name of the projection by which each row reads itself."""
    return f"{source}->{target}.self"


def of_neighbours(source: str, target: str, fanout: int) -> str:
    """Name of the projection by which the rows with so many draws read them."""
    return f"{source}->{target}.neighbours{fanout}"


def projections(
    names: Sequence[str],
    number: int,
    self_weight: Array,
    neighbour_weight: Array,
    tree: TreeSpec,
) -> Iterator[Projection]:
    """What layer `number` (1-based) reads of the layer below.

    Args:
        names: of the stream and the populations, see `layer_names`.
        number: of the layer.
        self_weight: ``(channels, channels below)``.
        neighbour_weight: ``(channels, channels below)``, of the mean.
        tree: who reads whom.
    """
    source, target = names[number - 1], names[number]
    yield Projection(
        name=of_itself(source, target),
        source=source,
        target=target,
        mix=tree.self_mix(number),
        weight=self_weight,
    )
    yield from from_neighbours(source, target, neighbour_weight, tree, number)


def from_neighbours(
    source: str, target: str, weight: Array, tree: TreeSpec, number: int = 1
) -> Iterator[Projection]:
    """How every row of layer `number` (1-based) reads the mean of its draws.

    A mean over k draws is a sum with 1/k in the weight, so rows with different fan-outs get a
    projection each.

    Args:
        weight: ``(channels, channels of the source)``, of the mean.
    """
    fanout = tree.fanout(number)
    for k in np.unique(fanout).tolist():
        yield Projection(
            name=of_neighbours(source, target, k),
            source=source,
            target=target,
            mix=sp.csr_array(tree.neighbour_mix(number).multiply((fanout == k)[:, None])),
            weight=weight / k,
        )


def feedback(names: Sequence[str], tree: TreeSpec, weight: Array) -> Projection:
    """From the last layer back to the row of the node itself in the first.

    Args:
        weight: ``(channels of the first layer, channels of the last)``.
    """
    first, last = names[1], names[-1]
    return Projection(
        name=f"{last}->{first}.feedback",
        source=last,
        target=first,
        mix=_of_the_node(tree.rows(1), tree.rows(tree.layers)),
        weight=weight,
    )


def compensation(names: Sequence[str], tree: TreeSpec, weight: Array) -> Projection:
    """From the node's own features straight to the last layer, when the layers below arrive.

    Args:
        weight: ``(channels of the last layer, features)``.
    """
    source, last = names[0], names[-1]
    return Projection(
        name=f"{source}->{last}.compensation",
        source=source,
        target=last,
        mix=_of_the_node(tree.rows(tree.layers), tree.slots),
        weight=weight,
        delay=tree.layers - 1,
    )


def _of_the_node(rows: int, sources: int) -> sp.csr_array:
    """Row 0 reads row 0."""
    return sp.csr_array(([1], ([0], [0])), shape=(rows, sources), dtype=np.int16)
