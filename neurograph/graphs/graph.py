"""The temporal graph: two time-sorted neighbour lists, so that no step needs a copy of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array, fingerprint, frozen
from neurograph.core.errors import DataError


@dataclass(frozen=True, eq=False, kw_only=True)
class TimedNeighbours:
    """Neighbours of every node, sorted by the step in which they join.

    Attributes:
        indptr: int64 ``(N + 1,)``; node v owns entries ``indptr[v]:indptr[v + 1]``.
        indices: int32 ``(M,)``; the neighbour of each entry.
        step: int16 ``(M,)``; ascending within a node.
        before: int32 ``(T + 1, N)``; how many entries of node v have a step below t. So the
            entries up to and including step t are the prefix of length ``before[t + 1, v]``,
            and the entries of step t alone lie between ``before[t, v]`` and ``before[t + 1, v]``.
    """

    indptr: Array
    indices: Array
    step: Array
    before: Array

    def __post_init__(self) -> None:
        for name, dtype in (
            ("indptr", np.int64),
            ("indices", np.int32),
            ("step", np.int16),
            ("before", np.int32),
        ):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype))
        nodes = len(self.indptr) - 1
        if self.before.ndim != 2 or self.before.shape[1] != nodes:
            raise DataError(f"neighbour offsets {self.before.shape} do not cover {nodes} nodes")
        if len(self.indices) != self.indptr[-1] or len(self.step) != self.indptr[-1]:
            raise DataError("neighbour lists and their offsets have different lengths")

    @classmethod
    def from_pairs(
        cls, u: Array, v: Array, step: Array, num_nodes: int, num_steps: int
    ) -> TimedNeighbours:
        """Build from undirected pairs, each written once; O(E log E + T N)."""
        source = np.concatenate([u, v]).astype(np.int64)
        target = np.concatenate([v, u]).astype(np.int32)
        when = np.concatenate([step, step]).astype(np.int16)
        order = np.lexsort((target, when, source))
        counts = np.bincount(source * num_steps + when, minlength=num_nodes * num_steps)
        before = np.zeros((num_steps + 1, num_nodes), np.int32)
        np.cumsum(counts.reshape(num_nodes, num_steps).T, axis=0, out=before[1:])
        indptr = np.concatenate([[0], np.cumsum(before[-1], dtype=np.int64)])
        return cls(indptr=indptr, indices=target[order], step=when[order], before=before)


@dataclass(frozen=True, eq=False, kw_only=True)
class TemporalGraph:
    """An undirected graph over steps 0..T-1, with one class per node where it is known.

    Attributes:
        cumulative: G_t; each different pair once, at the step of its first occurrence.
        fresh: dG_t; each different (pair, step) once.
        labels: int16 ``(N,)``; -1 where a node has no label. Such a node is never trained or
            scored on.
        label_names: the source's name of each class.
        meta: where it came from: `name`, `source`, `licence`, `generated` (bool), the rule that
            made steps out of times, and counts of what was merged or dropped. JSON values only.

    Self loops are not stored: the sampler treats every node as its own neighbour.
    """

    cumulative: TimedNeighbours
    fresh: TimedNeighbours
    labels: Array
    label_names: tuple[str, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", frozen(self.labels, np.int16))
        if len(self.labels) != self.num_nodes:
            raise DataError(f"{len(self.labels)} labels for {self.num_nodes} nodes")
        if self.fresh.before.shape != self.cumulative.before.shape:
            raise DataError("cumulative and new-edge lists differ in nodes or steps")

    @property
    def num_nodes(self) -> int:
        return len(self.cumulative.indptr) - 1

    @property
    def num_steps(self) -> int:
        return len(self.cumulative.before) - 1

    @property
    def num_classes(self) -> int:
        return len(self.label_names)

    @property
    def name(self) -> str:
        return str(self.meta.get("name", "graph"))

    @property
    def generated(self) -> bool:
        """Whether this graph is synthetic; every output that uses it says so."""
        return bool(self.meta.get("generated", False))

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of edges, times and labels (not of where they came from)."""
        parts: list[Array | str] = [self.labels, "\n".join(self.label_names), str(self.num_steps)]
        for lists in (self.cumulative, self.fresh):
            parts += [lists.indptr, lists.indices, lists.step]
        return fingerprint(*parts)

    def adjacency(self, step: int) -> sp.csr_array:
        """Binary symmetric G_step, float32 ``(N, N)``, without self loops."""
        lists = self.cumulative
        keep = lists.step <= step
        indptr = np.concatenate([[0], np.cumsum(lists.before[step + 1], dtype=np.int64)])
        ones = np.ones(int(keep.sum()), np.float32)
        shape = (self.num_nodes, self.num_nodes)
        return sp.csr_array((ones, lists.indices[keep], indptr), shape=shape)
