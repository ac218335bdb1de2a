"""What every row hears of labels: the relays of `resident_network`, computed at once."""

from __future__ import annotations

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.label_spikes import NOTHING
from neurograph.models.resident import kernels
from neurograph.models.resident.edges import Edges, Pairs
from neurograph.models.resident_network import LABEL_LIMIT, LABEL_UNITS
from neurograph.models.schedules import LABEL_KINDS


class Labels:
    """How labels are heard by whoever is near a node that sends its own.

    Args:
        hops: edges that they travel at most.
        onward: how rows hear what their neighbours have heard.
    """

    def __init__(self, pairs: Pairs, classes: int, hops: int, onward: Edges) -> None:
        self.pairs, self.classes, self.hops, self.onward = pairs, classes, hops, onward

    def heard(self, labels: Array, dtype: type = np.float32) -> Array:
        """``(rows, kinds * classes)``, see `schedules.label_kinds`.

        Args:
            labels: int ``(N,)``, those that are in, from `label_spikes.labels_in`.
            dtype: of the result.
        """
        rows, real, direct = self.pairs.rows, np.dtype(dtype).type, 3 * self.classes
        sent = np.full(len(rows.nodes) + 1, NOTHING, np.int64)
        sent[1:] = labels[rows.nodes]
        units = tuple(real(LABEL_UNITS[kind]) for kind in LABEL_KINDS)
        first: Array = np.empty((len(rows), direct), dtype)
        for step, part in rows.snapshots():
            lists = self.pairs.so_far, self.pairs.new
            kernels.hear_labels(sent, *lists, step, units, real(LABEL_LIMIT), first[part])
        found = [first]
        share = np.ascontiguousarray(first[:, : self.classes])
        for _ in range(1, self.hops):
            share = self.onward.heard(share)
            found.append(share)
        return np.concatenate(found, axis=1)
