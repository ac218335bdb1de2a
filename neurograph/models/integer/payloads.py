"""Batches as a chip receives them: payloads in place of features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from neurograph.ir import QStream


@dataclass(frozen=True, eq=False)
class PayloadBatch:
    """A `Batch` in integers.

    Attributes:
        payloads: float32 ``(M, F)`` of whole numbers, of every different (step, node).
        means: float32 ``(M,)``, of their mean rounding errors; empty without such a stream.
        where: int32 ``(nodes, T, slots)``: row of each slot.
        scale: units of a payload per float unit.
        mean_scale: units of a mean per float unit.
    """

    payloads: Tensor
    means: Tensor
    where: Tensor
    scale: float
    mean_scale: float

    @classmethod
    def of(
        cls, payloads: Tensor, means: Tensor, where: Tensor, streams: Sequence[QStream]
    ) -> PayloadBatch:
        """With the scales of these streams, see `feature_streams`."""
        stream, mean = feature_streams(streams)
        return cls(payloads, means, where, stream.scale, mean.scale if mean else 1.0)

    def to(self, device: torch.device) -> PayloadBatch:
        payloads, means, where = (x.to(device) for x in (self.payloads, self.means, self.where))
        return replace(self, payloads=payloads, means=means, where=where)


def feature_streams(streams: Sequence[QStream]) -> tuple[QStream, QStream | None]:
    """The stream of the features, and that of the means of its rounding errors, if any."""
    (stream,) = (s for s in streams if not s.mean_of)
    return stream, next((s for s in streams if s.mean_of), None)
