"""What the axes of an array are that is given for an input: samples, steps, neurons."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.ir import QStream


def as_payloads(given: Array, stream: QStream, where: str, *, held: bool = False) -> Array:
    """The array as ``(samples, steps, rows, channels)``; of 1 step what is held over all.

    The last axes are the layer's: ``(rows, channels)``, ``(x, y, channels)`` with ``x * y`` rows,
    or ``(neurons,)``; whichever fits first. Before them stand samples and steps; one axis alone
    is the steps of one sample, or samples that are held; without any, one sample is held over all
    steps.

    Args:
        held: whether the stream sets biases, so that one axis alone is that of samples.
        where: how an error names the array.

    Raises:
        DataError: no integers, values that the stream cannot hold, or another shape.
    """
    if given.dtype.kind not in "iub":
        raise DataError(
            f"{where}: {given.dtype}, needed integers (astype(np.int32), after a look at what is "
            "rounded)"
        )
    before = next(_before(given.shape, stream), None)
    if before is None or 0 in before:
        layer = f"{stream.rows:,} rows of {stream.channels:,} channels"
        raise DataError(
            f"{where}: shape {given.shape}, and '{stream.name}' has {layer}; needed (samples, "
            f"steps, {stream.rows}, {stream.channels}), (steps, {stream.rows * stream.channels}) "
            "for one sample, or one sample's rows and channels, which are held over all steps"
        )
    _check_range(given, stream, where)
    alone = (*before, 1) if held else (1, *before)
    samples, steps = {0: (1, 1), 1: alone, 2: before}[len(before)]
    return given.reshape(samples, steps, stream.rows, stream.channels)


def _before(shape: tuple[int, ...], stream: QStream) -> Iterator[tuple[int, ...]]:
    """The axes that stand before those of the layer, in every way that fits."""
    neurons = stream.rows * stream.channels
    for axes in (2, 3, 1):
        before, own = shape[:-axes], shape[-axes:]
        ends = axes == 1 or own[-1:] == (stream.channels,)
        if len(own) == axes and len(before) <= 2 and ends and np.prod(own) == neurons:
            yield before


def _check_range(given: Array, stream: QStream, where: str) -> None:
    low, high = stream.payload_min, stream.payload_max
    outside = (given < low) | (given > high)
    if outside.any():
        at = [int(n) for n in np.argwhere(outside)[0]]
        kind = "plain spikes" if stream.bits == 1 else f"payloads of {stream.bits} bit"
        raise DataError(
            f"{where}{at} is {given[tuple(at)]} ({int(outside.sum()):,} such), and "
            f"'{stream.name}' takes {kind}: needed {low} to {high}"
        )
