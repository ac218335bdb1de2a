"""Batches as a chip receives them: payloads in place of features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.ir import QStream
from neurograph.ir.payloads import FINE
from neurograph.models.integer import kernels as kernels
from neurograph.models.layers.batch import Batch, load_batch


@dataclass(frozen=True, eq=False)
class PayloadBatch:
    """A `Batch` in integers.

    Attributes:
        payloads: float32 ``(M, F)`` of whole numbers, of every different (step, node).
        means: float32 ``(M,)``, of their mean rounding errors; empty without such a stream.
        where: int32 ``(B, T, slots)``: row of each slot.
        scale, mean_scale: units of a payload, and of a mean, per float unit.
    """

    payloads: Tensor
    means: Tensor
    where: Tensor
    scale: float
    mean_scale: float

    def to(self, device: torch.device) -> PayloadBatch:
        payloads, means, where = (x.to(device) for x in (self.payloads, self.means, self.where))
        return replace(self, payloads=payloads, means=means, where=where)


def load_payloads(values: Array, slots: Array, streams: Sequence[QStream]) -> PayloadBatch:
    """Gather the features of sampled trees (see `load_batch`), and round them."""
    return encode_batch(load_batch(values, slots), streams)


def encode_batch(batch: Batch, streams: Sequence[QStream]) -> PayloadBatch:
    """Payloads of a batch on a CPU, whose features are overwritten.

    Args:
        streams: that of the features, and perhaps that of the means of its rounding errors.
    """
    stream, mean = _apart(streams)
    features = batch.features.numpy()
    real = np.float32
    how = real(stream.scale), real(stream.payload_min), real(stream.payload_max)
    means = np.empty(0 if mean is None else len(features), real)
    if mean is None:
        kernels.encode(features, *how)
    else:
        unit = 2.0 * mean.payload_max / (FINE * stream.channels)
        kernels.encode_with_means(features, *how, unit, means)
    return _batch(batch.features, torch.from_numpy(means), batch.where, streams)


def encode_batch_plain(batch: Batch, streams: Sequence[QStream]) -> PayloadBatch:
    """As `encode_batch`, by the streams themselves."""
    stream, mean = _apart(streams)
    features = batch.features.numpy()
    means = np.empty(0) if mean is None else mean.encode_mean(features, stream)[:, 0]
    payloads, of_means = (
        torch.from_numpy(x.astype(np.float32)) for x in (stream.encode(features), means)
    )
    return _batch(payloads, of_means, batch.where, streams)


def _apart(streams: Sequence[QStream]) -> tuple[QStream, QStream | None]:
    """The stream of the features, and that of the means of its rounding errors, if any."""
    (stream,) = (s for s in streams if not s.mean_of)
    return stream, next((s for s in streams if s.mean_of), None)


def _batch(
    payloads: Tensor, means: Tensor, where: Tensor, streams: Sequence[QStream]
) -> PayloadBatch:
    stream, mean = _apart(streams)
    return PayloadBatch(payloads, means, where, stream.scale, mean.scale if mean else 1.0)
