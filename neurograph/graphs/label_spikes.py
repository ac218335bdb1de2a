"""Which label each slot of a sampled tree sends: of others alone, and never of the tree's own root.

A slot is heard by the slot that drew it. Whoever drew itself hears no label of its own, and the
root's label is heard nowhere in its tree, at however many hops it comes up again.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurograph.core.arrays import Array
from neurograph.core.compiled import numba
from neurograph.core.errors import ModelError
from neurograph.graphs.sampling import TreeSpec

NOTHING = -1  # what a slot sends whose label is not in


def labels_in(labels: Array, nodes: Array) -> Array:
    """The labels of these nodes, and of no other: int32 ``(N,)``, `NOTHING` where none is in.

    Args:
        labels: int ``(N,)``, below 0 where a node has none.
        nodes: int ``(n,)``, whose labels are in.
    """
    sent = np.full(len(labels), NOTHING, np.int32)
    sent[nodes] = np.maximum(labels[nodes], NOTHING)
    return sent


def sent_labels(slots: Array, tree: TreeSpec, labels: Array) -> Array:
    """The class in whose channel each slot sends a spike.

    Args:
        slots: int32 ``(nodes, T, slots)`` ids, from `sampling.sample`; slot 0 is the root.
        tree: that they were drawn by.
        labels: as `labels_in` gives them.

    Returns:
        int32 ``(nodes, T, slots)``, `NOTHING` of a slot that is silent.

    Raises:
        ModelError: slots of another tree.
    """
    if slots.shape[-1] != tree.slots:
        raise ModelError(f"{slots.shape[-1]} slots, a tree of {tree.fanouts} has {tree.slots}")
    mix = tree.neighbour_mix(1)
    parent = np.zeros(tree.slots, np.int64)
    parent[mix.indices] = np.repeat(np.arange(mix.shape[0]), np.diff(mix.indptr))
    out = np.empty(slots.shape, np.int32)
    _send(np.ascontiguousarray(slots, np.int32), parent, labels, out)
    return out


def as_spikes(sent: Array, classes: int, dtype: npt.DTypeLike = np.float32) -> Array:
    """Numbers ``(.., classes)``: 1 in the channel of each class sent, 0 elsewhere."""
    spikes: Array = (sent[..., None] == np.arange(classes)).astype(dtype)
    return spikes


@numba.njit(parallel=True, cache=True)
def _send(slots, parent, labels, out):  # type: ignore[no-untyped-def]
    for b in numba.prange(len(slots)):
        for t in range(slots.shape[1]):
            root = slots[b, t, 0]
            for slot in range(slots.shape[2]):
                node = slots[b, t, slot]
                unheard = node == root or node == slots[b, t, parent[slot]]
                out[b, t, slot] = NOTHING if unheard else labels[node]
