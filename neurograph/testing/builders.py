"""Small networks, built from layers and links; what feeds a layer and is none is a stream.

``integer_network([integer_layer("h", 1, 2)], [integer_link("x", "h", [[2], [4]])])`` is one input
into two neurons.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from neurograph.ir import (
    QLIF,
    Network,
    Neuron,
    PeriodicReset,
    Population,
    Projection,
    QNetwork,
    QNeuron,
    QPopulation,
    QProjection,
    QStream,
    Readout,
    Schedule,
    Stream,
)
from neurograph.ir.schedule import Mix

PLAIN_LIF = QLIF(voltage_decay=1000, threshold=100)
ONE_ROW = ((1,),)  # the mix of a link from one row into one row
Size = tuple[str, int, int]  # name, rows, channels


def integer_link(
    source: str,
    target: str,
    weight: npt.ArrayLike,
    *,
    mix: npt.ArrayLike | Mix = ONE_ROW,
    exponent: int = 0,
    delay: int = 0,
    name: str = "",
) -> QProjection:
    """A projection, called ``source->target`` unless it has a name.

    Args:
        weight: mantissas ``(target channels, source channels)``.
        mix: counts ``(target rows, source rows)``, or a schedule of edges.
        exponent: by which a sum is shifted left.
        delay: hardware steps besides the one that every projection takes.
    """
    return QProjection(
        name=name or f"{source}->{target}",
        source=source,
        target=target,
        mix=_mix(mix),
        weight=np.asarray(weight),
        exponent=exponent,
        delay=delay,
    )


def float_link(
    source: str,
    target: str,
    weight: npt.ArrayLike,
    *,
    mix: npt.ArrayLike | sp.csr_array = ONE_ROW,
    delay: int = 0,
    name: str = "",
) -> Projection:
    """As `integer_link`, before quantisation; `weight` in float units of the membrane."""
    return Projection(
        name=name or f"{source}->{target}",
        source=source,
        target=target,
        mix=_mix(mix),
        weight=np.asarray(weight, np.float64),
        delay=delay,
    )


def integer_layer(
    name: str,
    rows: int,
    channels: int,
    neuron: QNeuron = PLAIN_LIF,
    *,
    bias: npt.ArrayLike = 0,
    bias_exp: int = 0,
    scale: float | Sequence[float] = 1.0,
    bias_from: str = "",
    reset: PeriodicReset | None = None,
) -> QPopulation:
    """A population.

    Args:
        bias: mantissas, one for all channels or ``(channels,)``.
        bias_exp: their exponent.
        scale: units of a sum per float unit, for all channels or one per channel.
        bias_from: a stream that adds to the mantissas.
        reset: when states begin anew.
    """
    return QPopulation(
        name=name,
        rows=rows,
        channels=channels,
        neuron=neuron,
        bias_mant=np.zeros(channels, np.int64) + np.asarray(bias),
        bias_exp=bias_exp,
        scale=scale if isinstance(scale, float) else tuple(scale),
        bias_from=bias_from,
        reset=reset,
    )


def float_layer(
    name: str, rows: int, channels: int, neuron: Neuron, *, bias: npt.ArrayLike | None = None
) -> Population:
    """As `integer_layer`, before quantisation; `bias` ``(channels,)``, none unless given."""
    if bias is None:
        return Population(name=name, rows=rows, channels=channels, neuron=neuron)
    given = np.asarray(bias, np.float64)
    return Population(name=name, rows=rows, channels=channels, neuron=neuron, bias=given)


def constant_readout(
    source: str, width: int, *, weight: float = 0.0, classes: int = 2, bias: float = 0.0
) -> Readout:
    """One weight everywhere.

    Args:
        source: the population that is read.
        width: its neurons times the steps.
    """
    return Readout(
        source=source, weight=np.full((classes, width), weight), bias=np.full(classes, bias)
    )


def integer_network(
    layers: Sequence[QPopulation],
    links: Sequence[QProjection],
    *,
    bits: int = 1,
    bias_bits: int = 12,
    steps: int = 1,
    latency: int = 1,
    readout: Readout | None = None,
    begin_together: bool = False,
) -> QNetwork:
    """Layers and links; streams are made to fit the links, and the layers whose biases they set.

    Args:
        bits: of the payloads of every stream that sends; 1: plain spikes.
        bias_bits: of those that set biases.
        steps: snapshots.
        latency: updates per snapshot.
        readout: of the last layer, two classes and all zeros, unless it is given.
        begin_together: whether all layers begin in the first hardware step.
    """
    last = layers[-1]
    wide = {p.bias_from: (p.rows, p.channels) for p in layers if p.bias_from}
    sizes = [(*size, bits) for size in _streams(layers, links)]
    sizes += [(name, *size, bias_bits) for name, size in wide.items()]
    return QNetwork(
        streams=tuple(
            QStream(name=name, rows=rows, channels=channels, bits=held)
            for name, rows, channels, held in sizes
        ),
        populations=tuple(layers),
        projections=tuple(links),
        readout=readout or constant_readout(last.name, steps * last.rows * last.channels),
        steps=steps,
        latency=latency,
        begin_together=begin_together,
    )


def float_network(
    layers: Sequence[Population],
    links: Sequence[Projection],
    *,
    binary: bool = False,
    steps: int = 1,
    latency: int = 1,
    readout: Readout | None = None,
) -> Network:
    """As `integer_network`, before quantisation.

    Args:
        binary: streams of plain spikes instead of graded inputs.
    """
    last = layers[-1]
    return Network(
        streams=tuple(
            Stream(name=name, rows=rows, channels=channels, binary=binary)
            for name, rows, channels in _streams(layers, links)
        ),
        populations=tuple(layers),
        projections=tuple(links),
        readout=readout or constant_readout(last.name, steps * last.rows * last.channels),
        steps=steps,
        latency=latency,
    )


def one_layer(
    weight: npt.ArrayLike,
    *,
    neuron: QNeuron = PLAIN_LIF,
    mix: npt.ArrayLike | sp.csr_array = ONE_ROW,
    exponent: int = 0,
    delay: int = 0,
    bias: npt.ArrayLike = 0,
    bias_exp: int = 0,
    bits: int = 8,
    steps: int = 2,
    latency: int = 1,
    readout: Readout | None = None,
    name: str = "p",
) -> QNetwork:
    """Stream "x" into layer "h" through one link; arguments as those of the parts.

    Args:
        weight: mantissas ``(channels of h, channels of x)``.
        mix: counts ``(rows of h, rows of x)``.
        name: of the link.
    """
    link = integer_link("x", "h", weight, mix=mix, exponent=exponent, delay=delay, name=name)
    rows, channels = int(link.mix.shape[0]), len(link.weight)
    layer = integer_layer("h", rows, channels, neuron, bias=bias, bias_exp=bias_exp)
    return integer_network(
        [layer], [link], bits=bits, steps=steps, latency=latency, readout=readout
    )


def integer_chain(
    *sizes: Size,
    neuron: QNeuron = PLAIN_LIF,
    weight: npt.ArrayLike = 2,
    bits: int = 1,
    steps: int = 1,
) -> QNetwork:
    """Layers, the first a stream, each joined to the next by a dense layer over all rows.

    Links are called ``source>target``.

    Args:
        weight: of all links, broadcast to ``(target channels, source channels)``.
    """
    links = [
        integer_link(
            source,
            target,
            np.full((out, wide), weight),
            mix=np.ones((target_rows, source_rows), int),
            name=f"{source}>{target}",
        )
        for (source, source_rows, wide), (target, target_rows, out) in pairwise(sizes)
    ]
    layers = [integer_layer(name, rows, channels, neuron) for name, rows, channels in sizes[1:]]
    return integer_network(layers, links, bits=bits, steps=steps)


def _mix(mix: npt.ArrayLike | Mix) -> Mix:
    return mix if isinstance(mix, Schedule) or sp.issparse(mix) else sp.csr_array(np.asarray(mix))


def _rows(mix: Mix) -> int:
    """Of one node, from which a mix leads."""
    return 1 if isinstance(mix, Schedule) else int(mix.shape[1])


def _streams(
    layers: Sequence[QPopulation] | Sequence[Population],
    links: Sequence[QProjection] | Sequence[Projection],
) -> list[Size]:
    """Sources that are no layers, each once, as large as a link takes them."""
    names = {layer.name for layer in layers}
    return list(
        {
            link.source: (link.source, _rows(link.mix), int(link.weight.shape[1]))
            for link in links
            if link.source not in names
        }.values()
    )
