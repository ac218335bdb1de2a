"""The temporal graph: two time-sorted neighbour lists, so that no step needs a copy of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array, fingerprint, frozen
from neurograph.core.counted import counted
from neurograph.core.errors import DataError

PARTS = ("train", "val", "test")  # of a split


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
        weight: float32 ``(M,)``, above 0; of each entry. None where all edges count alike.
    """

    indptr: Array
    indices: Array
    step: Array
    before: Array
    weight: Array | None = None

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
        if self.weight is not None:
            object.__setattr__(self, "weight", frozen(self.weight, np.float32))
        lengths = {len(self.indices), len(self.step), int(self.indptr[-1])}
        if len(lengths | ({len(self.weight)} if self.weight is not None else set())) != 1:
            raise DataError("neighbour lists and their offsets have different lengths")

    @cached_property
    def weight_before(self) -> Array:
        """What all entries before each one weigh, and all together: float64 ``(M + 1,)``.

        Empty where all edges count alike.
        """
        if self.weight is None:
            return np.zeros(0)
        return np.concatenate([[0.0], np.cumsum(self.weight, dtype=np.float64)])

    @classmethod
    def from_pairs(
        cls,
        u: Array,
        v: Array,
        step: Array,
        num_nodes: int,
        num_steps: int,
        weight: Array | None = None,
    ) -> TimedNeighbours:
        """Build from undirected pairs, each written once; O(E + T N) where they are sorted.

        Steps x nodes are such that every (node, step) has an int32 (`io.assemble.check_size`).
        """
        # a row per node and step; the lower neighbours first, so that sorted pairs stay sorted
        slot = np.concatenate([v, u]).astype(np.int64) * num_steps + np.concatenate([step, step])
        target = np.concatenate([u, v]).astype(np.int32)
        mass = np.ones(len(u), np.int8) if weight is None else np.asarray(weight, np.float32)
        shape = (num_nodes * num_steps, num_nodes)
        met = sp.csr_array((np.concatenate([mass, mass]), (slot.astype(np.int32), target)), shape)
        del slot, target
        counts = np.diff(met.indptr)
        before = np.zeros((num_steps + 1, num_nodes), np.int32)
        np.cumsum(counts.reshape(num_nodes, num_steps).T, axis=0, out=before[1:])
        steps = np.tile(np.arange(num_steps, dtype=np.int16), num_nodes)
        return cls(
            indptr=np.concatenate([[0], np.cumsum(before[-1], dtype=np.int64)]),
            indices=met.indices,
            step=np.repeat(steps, counts),
            before=before,
            weight=None if weight is None else met.data,
        )

    def pairs(self) -> tuple[Array, Array, Array, Array | None]:
        """What `from_pairs` was given, sorted: u < v int32, step int16, weight ``(E,)``."""
        source = np.repeat(np.arange(len(self.indptr) - 1, dtype=np.int32), np.diff(self.indptr))
        once = source < self.indices
        weight = None if self.weight is None else self.weight[once]
        return source[once], self.indices[once], self.step[once], weight


@dataclass(frozen=True, eq=False, kw_only=True)
class TemporalGraph:
    """An undirected graph over steps 0..T-1, with one class per node where it is known.

    Attributes:
        cumulative: G_t; each different pair once, at the step of its first occurrence.
        fresh: dG_t; each different (pair, step) once.
        labels: int16 ``(N,)``; -1 where a node has no label. Such a node is never trained or
            scored on.
        label_names: the source's name of each class.
        ids: the source's name of each node, int64 or text ``(N,)``, all different; None where it
            numbers them from 0 as we do.
        part: int8 ``(N,)``; the split that the source brings, an index into `PARTS`, -1 for a node
            in none. None where it brings none.
        meta: where it came from: `name`, `source`, `licence`, `generated` (bool), the rule that
            made steps out of times, and counts of what was merged or dropped. JSON values only.

    Weights are in `fresh`: what the edges of a pair in a step weigh together, for instance how
    often it met. Self loops are not stored: the sampler treats every node as its own neighbour.
    """

    cumulative: TimedNeighbours
    fresh: TimedNeighbours
    labels: Array
    label_names: tuple[str, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)
    ids: Array | None = None
    part: Array | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", frozen(self.labels, np.int16))
        if len(self.labels) != self.num_nodes:
            raise DataError(f"{len(self.labels)} labels for {self.num_nodes} nodes")
        if self.ids is not None:
            ids = np.asarray(self.ids)
            object.__setattr__(
                self, "ids", frozen(ids, None if ids.dtype.kind == "U" else np.int64)
            )
            if len(np.unique(ids)) != self.num_nodes:
                raise DataError(f"{len(np.unique(ids))} different ids for {self.num_nodes} nodes")
        if self.part is not None:
            object.__setattr__(self, "part", frozen(self.part, np.int8))
            if len(self.part) != self.num_nodes:
                raise DataError(f"parts of {len(self.part)} nodes for {self.num_nodes} nodes")
        if self.fresh.before.shape != self.cumulative.before.shape:
            raise DataError("cumulative and new-edge lists differ in nodes or steps")

    def __repr__(self) -> str:
        """One line, as a notebook shows it."""
        sizes = [
            counted(self.num_nodes, "node"),
            counted(self.num_steps, "step"),
            counted(len(self.cumulative.indices) // 2, "pair"),
            counted(self.num_classes, "class"),
        ]
        kinds = ["weighted"] * self.weighted + ["generated"] * self.generated
        return f"TemporalGraph({self.name!r}, {', '.join(sizes + kinds)})"

    @property
    def num_nodes(self) -> int:
        return len(self.cumulative.indptr) - 1

    @property
    def num_steps(self) -> int:
        return len(self.cumulative.before) - 1

    @property
    def num_classes(self) -> int:
        return len(self.label_names)

    @cached_property
    def node_ids(self) -> Array:
        """The source's name of each node, int64 or text ``(N,)``."""
        return np.arange(self.num_nodes) if self.ids is None else self.ids

    @property
    def weighted(self) -> bool:
        """Whether some edges count more than others."""
        return self.fresh.weight is not None

    @property
    def name(self) -> str:
        return str(self.meta.get("name", "graph"))

    @property
    def generated(self) -> bool:
        """Whether this graph is synthetic; every output that uses it says so."""
        return bool(self.meta.get("generated", False))

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of edges, times, labels, ids and parts (not of where they came from)."""
        parts: list[Array | str] = [self.labels, "\n".join(self.label_names), str(self.num_steps)]
        for lists in (self.cumulative, self.fresh):
            parts += [lists.indptr, lists.indices, lists.step]
        for name, extra in (("weight", self.fresh.weight), ("ids", self.ids), ("part", self.part)):
            if extra is not None:  # so that a graph without it keeps its fingerprint
                parts += [name, extra]
        return fingerprint(*parts)

    def weights(self, step: int) -> sp.csr_array:
        """Symmetric float32 ``(N, N)`` without self loops: what each pair weighs up to `step`.

        Where edges have no weights, in how many snapshots the pair met.
        """
        lists = self.fresh
        keep = lists.step <= step
        row = np.repeat(np.arange(self.num_nodes), np.diff(lists.indptr))[keep]
        weight = np.ones(len(row), np.float32) if lists.weight is None else lists.weight[keep]
        shape = (self.num_nodes, self.num_nodes)
        return sp.csr_array((weight, (row, lists.indices[keep])), shape=shape)

    def adjacency(self, step: int) -> sp.csr_array:
        """Binary symmetric G_step, float32 ``(N, N)``, without self loops."""
        lists = self.cumulative
        keep = lists.step <= step
        indptr = np.concatenate([[0], np.cumsum(lists.before[step + 1], dtype=np.int64)])
        ones = np.ones(int(keep.sum()), np.float32)
        shape = (self.num_nodes, self.num_nodes)
        return sp.csr_array((ones, lists.indices[keep], indptr), shape=shape)
