"""The pass that adds the streams of mean rounding errors to a float network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from neurograph.ir import Network, Projection, QStream, Stream


def with_means(network: Network, streams: Iterable[QStream]) -> Network:
    """`network`, where each mean among `streams` reaches all that its stream reaches.

    An error that is the same in all channels adds its size times the sum of a neuron's weights,
    so a projection of a mean has one weight per target channel, the sum over the others.

    Args:
        streams: payloads of the network's streams, and perhaps means of their rounding errors.

    Requires:
        Every mean among `streams` is of a stream of `network`.

    Ensures:
        Every mean is a stream of 1 channel, with a projection beside each of its stream's.

    Raises:
        NetworkError: a layer or projection has one of the new names.
    """
    means = [s for s in streams if s.mean_of]
    return replace(
        network,
        streams=(*network.streams, *(_stream(s) for s in means)),
        projections=(
            *network.projections,
            *(j for s in means for j in _projections(network, s)),
        ),
    )


def _stream(mean: QStream) -> Stream:
    return Stream(name=mean.name, rows=mean.rows, channels=1)


def _projections(network: Network, mean: QStream) -> Iterator[Projection]:
    for j in network.projections:
        if j.source == mean.mean_of:
            name = f"{mean.name}{j.name.removeprefix(j.source)}"
            total = j.weight.sum(axis=1, keepdims=True)
            yield replace(j, name=name, source=mean.name, weight=total)
