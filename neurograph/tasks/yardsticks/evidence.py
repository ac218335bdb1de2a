"""What a yardstick of classes may look at: edges, features, and the classes of training nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.splits import Split
from neurograph.tasks.yardsticks.arithmetic import Arithmetic


@dataclass(frozen=True, eq=False)
class Answer:
    """A class for every node, by a method with one of its settings.

    Attributes:
        classes: int64 ``(N,)``.
        setting: in a few words, with what else is to be known; empty where there is none.
        arithmetic: what an answer takes.
    """

    classes: Array
    setting: str = ""
    arithmetic: Arithmetic = field(default_factory=Arithmetic)


@dataclass(frozen=True, eq=False)
class Evidence:
    """A graph and the split of its nodes; classes of test nodes are never read.

    Scores of classes have a column per class in the order of `ranked`, so that `best` settles ties,
    and nodes of which nothing is known, for the class that is more frequent among training nodes.
    """

    graph: TemporalGraph
    features: FeatureStore | None
    split: Split

    @cached_property
    def train(self) -> Array:
        """Int64 ``(train,)``: the classes of the training nodes."""
        return self.graph.labels[self.split.train].astype(np.int64)

    @cached_property
    def ranked(self) -> Array:
        """Int64 ``(C,)``: all classes, the most frequent among training nodes first."""
        counts = np.bincount(self.train, minlength=self.graph.num_classes)
        return np.argsort(-counts, kind="stable")

    @cached_property
    def votes(self) -> sp.csr_array:
        """Float32 ``(N, C)``: a 1 for the class of each training node, columns as `ranked`."""
        place = np.argsort(self.ranked)
        ones = np.ones(len(self.train), np.float32)
        shape = (self.graph.num_nodes, self.graph.num_classes)
        return sp.csr_array((ones, (self.split.train, place[self.train])), shape=shape)

    @cached_property
    def adjacency(self) -> sp.csr_array:
        """Float32 ``(N, N)``: a 1 for each different pair that ever met."""
        return self.graph.adjacency(self.graph.num_steps - 1)

    @cached_property
    def weights(self) -> sp.csr_array | None:
        """Float32 ``(N, N)``: what each pair weighs in all; None where all weigh the same.

        Where edges have no weights, in how many snapshots the pair met.
        """
        found = self.graph.weights(self.graph.num_steps - 1)
        return found if found.nnz and np.ptp(found.data) else None

    def best(self, scores: Array) -> Array:
        """The class of the largest score of each node, ``(N,)``.

        Args:
            scores: ``(N, C)``, columns as `ranked`.
        """
        found: Array = self.ranked[np.argmax(scores, axis=1)]
        return found

    def right(self, classes: Array) -> int:
        """How many validation nodes are of these classes ``(N,)``."""
        val = self.split.val
        return int(np.count_nonzero(classes[val] == self.graph.labels[val]))
