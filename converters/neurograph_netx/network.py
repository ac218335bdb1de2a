"""From the layers of a file to one integer network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

import numpy as np
import scipy.sparse as sp

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import PeriodicReset, QNetwork, QPopulation, QProjection, QStream
from neurograph_netx import taps
from neurograph_netx.layers import Conv, Dense, Flatten, Input, Layer, Shape
from neurograph_netx.synapses import Synapses, projections

STREAM = "input"
BIAS_EXP = 6  # netx: bias << 6, the unit of v
IMAGE_BITS = fx.BIAS_MANT_MAX.bit_length() + 1  # sign included, of a number that is a bias


def to_network(
    layers: tuple[Layer, ...],
    steps: int,
    *,
    shape: Shape | None = None,
    reset: PeriodicReset | None = None,
) -> QNetwork:
    """The network of a chain of layers, for runs of `steps` steps.

    Args:
        shape: of what enters, where no layer says it.
        reset: of the first layer; each further one begins anew a step later. None: none does.

    Raises:
        NetworkError: layers that do not fit each other.
    """
    stream, before, into = _begin(layers, shape)
    populations: list[QPopulation] = []
    links: list[Iterable[QProjection]] = []
    flat = False
    for layer in layers:
        match layer:
            case Flatten():
                flat = True
            case Input(neuron=None):
                pass
            case Input():
                still = np.zeros(into.channels, np.int64)
                populations.append(_population(layer, layer.shape, still, bias_from=STREAM))
                before = layer.name
            case Conv():
                links.append(_convolved(layer, before, into))
                before, into = layer.name, layer.shape
                populations.append(_population(layer, into, layer.bias))
            case Dense():
                links.append(_dense(layer, before, into, flat))
                before, into, flat = layer.name, Shape(channels=len(layer.weight)), False
                populations.append(_population(layer, into, layer.bias))
    return QNetwork(
        streams=(stream,),
        populations=tuple(_resetting(populations, reset)),
        projections=tuple(chain.from_iterable(links)),
        readout=None,
        steps=steps,
        begin_together=True,
    )


def _begin(layers: tuple[Layer, ...], shape: Shape | None) -> tuple[QStream, str, Shape]:
    """What enters, its name, its shape."""
    if late := [layer.name for layer in layers[1:] if isinstance(layer, Input)]:
        raise NetworkError(f"{late[0]}: an input behind another layer; only chains are read")
    if not any(isinstance(layer, Conv | Dense) or _drives(layer) for layer in layers):
        raise NetworkError("no layer has neurons; needed a convolution or a dense layer")
    first = next(layer for layer in layers if not isinstance(layer, Flatten))
    if isinstance(first, Input):
        shape = first.shape
    elif shape is None and isinstance(first, Dense):
        shape = Shape(channels=first.weight.shape[1])
    if shape is None:
        raise NetworkError(
            f"{first.name}: nothing says the shape of what enters; say channels, height and "
            "width: --input-shape 2,34,34"
        )
    bits = IMAGE_BITS if _drives(first) else 1
    stream = QStream(name=STREAM, rows=shape.rows, channels=shape.channels, bits=bits)
    return stream, STREAM, shape


def _drives(layer: Layer) -> bool:
    """Whether numbers enter here, and neurons make spikes of them."""
    return isinstance(layer, Input) and layer.neuron is not None


def _resetting(
    populations: list[QPopulation], first: PeriodicReset | None
) -> Iterator[QPopulation]:
    for late, population in enumerate(populations):
        yield replace(population, reset=first.since(-late) if first else None)


def _population(
    layer: Input | Conv | Dense, shape: Shape, bias: Array, bias_from: str = ""
) -> QPopulation:
    assert layer.neuron is not None
    return QPopulation(
        name=layer.name,
        rows=shape.rows,
        channels=shape.channels,
        neuron=layer.neuron,
        bias_mant=bias,
        bias_exp=BIAS_EXP,
        bias_from=bias_from,
        columns=shape.width,
    )


def _convolved(layer: Conv, before: str, into: Shape) -> Iterable[QProjection]:
    for place, mix, weight in taps.of_convolution(layer, into):
        delay = np.repeat(layer.delay[:, None], weight.shape[1], axis=1)
        for j in _synapses(layer.name, place, before, mix, weight, delay):
            yield replace(j, kernel=True)


def _dense(layer: Dense, before: str, into: Shape, flat: bool) -> Iterator[QProjection]:
    size = into.rows * into.channels
    if layer.weight.shape[1] != size or (into.rows > 1 and not flat):
        lacks = ", without a layer 'flatten' between them" if into.rows > 1 and not flat else ""
        raise NetworkError(
            f"{layer.name}: {layer.weight.shape[1]} inputs hear a layer of {into}{lacks}; export "
            "the network again"
        )
    delays = taps.of_positions(layer.delay, into)
    for (place, mix, weight), (_, _, delay) in zip(
        taps.of_positions(layer.weight, into), delays, strict=True
    ):
        yield from _synapses(layer.name, place, before, mix, weight, delay)
    if layer.recurrent is not None:
        itself, none = sp.csr_array(np.ones((1, 1), np.int16)), np.zeros_like(layer.recurrent)
        yield from _synapses(layer.name, " again", layer.name, itself, layer.recurrent, none)


def _synapses(
    target: str, place: str, source: str, mix: sp.csr_array, weight: Array, delay: Array
) -> Iterator[QProjection]:
    return projections(
        Synapses(
            name=f"{target}{place}",
            source=source,
            target=target,
            mix=mix,
            weight=weight,
            delay=delay,
        )
    )
