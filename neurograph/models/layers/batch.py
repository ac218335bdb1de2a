"""Batches: the features of some nodes' sampled trees, each node once per step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.graphs.features import held
from neurograph.models.layers import kernels

# nodes at once: what they need stays in the cache of a CPU
AT_ONCE = 256
KEPT_AT_ONCE = 128  # where the activations of all layers are kept: for gradients, to be counted


@dataclass(frozen=True, eq=False)
class Batch:
    """Sampled trees of some nodes.

    Most slots repeat a node (in DBLP's early steps nearly every draw is the node itself), so
    a product with the weights is taken once per different node and step, and not once per slot.

    Attributes:
        features: float32 ``(M, F)``: of every different (step, node), step by step.
        where: int32 ``(nodes, T, slots)``: row of `features` of each slot.
        labels: int32 ``(nodes, T, slots)``: the class that each slot sends, `NOTHING` of one that
            is silent; None of a model that hears no labels.
    """

    features: Tensor
    where: Tensor
    labels: Tensor | None = None

    def double(self) -> Batch:
        return replace(self, features=self.features.double())

    def to(self, device: torch.device) -> Batch:
        labels = None if self.labels is None else self.labels.to(device)
        return Batch(self.features.to(device), self.where.to(device), labels)


def in_chunks(array: Array, size: int) -> list[Array]:
    """`array` cut along its first axis, `size` at a time; the last one may be shorter."""
    return [array[start : start + size] for start in range(0, len(array), size)]


def load_batch(values: Array, slots: Array, labels: Array | None = None) -> Batch:
    """Gather the features of sampled trees.

    Args:
        values: float32 or float16 ``(T, N, F)``, possibly memory-mapped, or a view of one
            snapshot for all steps.
        slots: int32 ``(nodes, T, slots)`` ids, from `sampling.sample`.
        labels: of the slots, from `label_spikes.sent_labels`.
    """
    nodes, steps, width = slots.shape
    where = np.empty_like(slots)
    found = np.empty((steps, nodes * width), np.int32)
    counts = np.empty(steps, np.int64)
    kernels.unique_per_step(slots, where, found, counts)
    starts = np.cumsum(counts) - counts
    where += starts.astype(np.int32)[:, None]
    step = np.repeat(np.arange(steps, dtype=np.int32), counts)
    node = np.concatenate([found[t, :many] for t, many in enumerate(counts)])
    features = np.empty((len(node), values.shape[2]), np.float32)
    source = _read_only(values)
    if held(values):  # the kernels take plain arrays alone
        source, step = source[:1], np.zeros_like(step)
    if source.dtype == np.float16:
        kernels.copy_half_rows(source.view(np.uint16), _half_values(), step, node, features)
    else:
        kernels.copy_rows(source, step, node, features)
    sent = None if labels is None else torch.from_numpy(labels)
    return Batch(torch.from_numpy(features), torch.from_numpy(where), sent)


def _read_only(values: Array) -> Array:
    """A plain read-only view, so that the kernels are compiled for one type only."""
    view: Array = np.asarray(values).view()
    view.setflags(write=False)
    return view


@cache
def _half_values() -> Array:
    """float32 ``(65536,)``: the value of each float16 bit pattern."""
    bits: Array = np.arange(1 << 16, dtype=np.uint16)
    return np.asarray(bits.view(np.float16), np.float32)
