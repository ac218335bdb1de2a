"""Which position hears which: a convolution is a sum of taps, a dense layer a sum of positions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph_netx.layers import Conv, Shape


def of_convolution(conv: Conv, into: Shape) -> Iterator[tuple[str, sp.csr_array, Array]]:
    """Per tap of the kernel that hears anything: its place, row mix, and weight ``(out, in)``.

    Raises:
        NetworkError: a shape or number of channels that does not follow from what comes in.
    """
    _check(conv, into)
    _, _, high, wide = conv.weight.shape
    for i in range(high):
        y = _heard(conv.shape.height, into.height, conv, 0, i)
        for j in range(wide):
            x = _heard(conv.shape.width, into.width, conv, 1, j)
            mix = sp.csr_array(sp.kron(x, y, format="csr"))  # rows are x * height + y
            if mix.nnz:
                yield f"[{i},{j}]", mix, conv.weight[:, :, i, j]


def of_positions(weight: Array, into: Shape) -> Iterator[tuple[str, sp.csr_array, Array]]:
    """Per position before a dense layer: its place, row mix, and block of the weight.

    A file counts channel, height, width along the inputs of the weight ``(out, in)``.
    """
    blocks = weight.reshape(len(weight), into.channels, into.height, into.width)
    for x in range(into.width):
        for y in range(into.height):
            row = x * into.height + y
            mix = sp.csr_array(([1], ([0], [row])), shape=(1, into.rows))
            place = f"[{y},{x}]" if into.rows > 1 else ""
            yield place, mix, blocks[:, :, y, x]


def _heard(out: int, into: int, conv: Conv, axis: int, tap: int) -> sp.csr_array:
    """``(out, into)`` along one axis: 1 where this tap hears."""
    places = np.arange(out)
    heard = places * conv.stride[axis] + tap * conv.dilation[axis] - conv.padding[axis]
    there = (heard >= 0) & (heard < into)
    ones = np.ones(int(there.sum()), np.int16)
    return sp.csr_array((ones, (places[there], heard[there])), shape=(out, into))


def _check(conv: Conv, into: Shape) -> None:
    out, channels, *kernel = conv.weight.shape
    if channels != into.channels:
        raise NetworkError(
            f"{conv.name}: kernels of {channels} channels hear a layer of {into}; export the "
            "network again"
        )
    sizes = [
        (size + 2 * conv.padding[axis] - conv.dilation[axis] * (kernel[axis] - 1) - 1)
        // conv.stride[axis]
        + 1
        for axis, size in enumerate((into.height, into.width))
    ]
    if sizes != [conv.shape.height, conv.shape.width]:
        raise NetworkError(
            f"{conv.name}: shape {conv.shape}, but a layer of {into} gives {out} x {sizes[0]} x "
            f"{sizes[1]}; export the network again"
        )
