"""Which differences touch a prediction, and for better or worse."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.verify.agreement import Flips, Labels


def label_changes(
    said: tuple[Array, Array],
    differing: Mapping[str, Array],
    *,
    layer: str,
    truth: Array | None,
) -> Labels:
    """What changed from the first run to the second.

    Args:
        said: what either run answers, ``(nodes,)``.
        differing: per population, differing spikes per node ``(nodes,)``.
        layer: the one whose differences can touch a prediction directly.
        truth: int ``(nodes,)`` classes, -1 where unknown.

    Raises:
        NetworkError: no such layer among the compared ones, or another number of classes.
    """
    if layer not in differing:
        raise NetworkError(f"no population '{layer}' in both runs; known: {', '.join(differing)}")
    changed = said[0] != said[1]
    touched = differing[layer] > 0
    per_node = np.sum(list(differing.values()), axis=0)
    return Labels(
        layer=layer,
        changed=int(changed.sum()),
        touched=int(touched.sum()),
        touched_and_changed=int((touched & changed).sum()),
        spikes_of_changed=int(per_node[changed].sum()),
        flips=None if truth is None else _flips(*said, truth),
    )


def _flips(first: Array, second: Array, truth: Array) -> Flips | None:
    if truth.shape != first.shape:
        raise NetworkError(f"{len(truth)} labels for {len(first)} nodes in the records")
    known = truth >= 0
    if not known.any():
        return None
    before, after = first == truth, second == truth
    other = known & ~before & ~after & (first != second)
    return Flips(
        right_to_wrong=int((known & before & ~after).sum()),
        wrong_to_right=int((known & ~before & after).sum()),
        wrong_to_wrong=int(other.sum()),
    )
