"""Compares two runs spike by spike, and says what the differences come to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from statistics import NormalDist

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.core.words import NODES, Words
from neurograph.graphs.sampling import TreeSpec
from neurograph.runtime.record import FLOAT, RunRecord
from neurograph.verify.agreement import Agreement, Layer
from neurograph.verify.comparable import check_comparable
from neurograph.verify.first import Naming, first_prediction, first_spike, first_state
from neurograph.verify.health import activity
from neurograph.verify.labels import label_changes
from neurograph.verify.tally import Tally, tally

CONFIDENCE = 0.95
Answers = Callable[[Array], Array]


def largest(logits: Array) -> Array:
    """int64 ``(nodes,)``: the class of the largest logit, the first one if several."""
    best: Array = np.argmax(logits, axis=1)
    return best


def compare(
    first: RunRecord,
    second: RunRecord,
    *,
    truth: Array | None = None,
    answers: Answers = largest,
    latency: int = 1,
    layer: str | None = None,
    tree: TreeSpec | None = None,
    words: Words = NODES,
) -> Agreement:
    """Compare two runs of the same populations over the same nodes, in the same order.

    An integer run has more populations than the floats it was made of where its readout is on
    the chip; against floats, those are left out. Beside the records, this takes the memory of a
    few blocks of nodes.

    Args:
        truth: int ``(nodes,)`` classes, -1 where unknown.
        answers: what logits ``(nodes, outputs)`` say of each node, ``(nodes,)``; by default
            the class of the largest.
        latency: updates per snapshot.
        layer: the last one of the model, which the readout reads; default: the last population.
        tree: what the rows of layers stand for, to name them.
        words: what the runs are over.

    Raises:
        NetworkError: other nodes or populations, two integer runs of different networks, or
            `truth`, `latency` or `layer` that do not fit them.
    """
    check_comparable(first, second)
    shared = [name for name in first.spikes if name in second.spikes]
    _check_latency(first, shared, latency)
    counts = {name: tally(first.spikes[name], second.spikes[name]) for name in shared}
    per_node = {name: t.differing.sum(axis=1, dtype=np.int64) for name, t in counts.items()}
    differing = {name: int(count.sum()) for name, count in per_node.items()}
    sizes = {name: first.spikes[name].size for name in shared}
    said = answers(first.logits), answers(second.logits)
    same = said[0] == said[1]
    integers = FLOAT not in (first.backend, second.backend)
    named = Naming(words=words, tree=tree)
    state = first_state(first, second, named) if integers else None
    return Agreement(
        first=first.backend,
        second=second.backend,
        nodes=len(first.nodes),
        predictions=float(same.mean()),
        predictions_interval=wilson(int(same.sum()), len(same)),
        spikes=1 - sum(differing.values()) / sum(sizes.values()),
        spikes_by_population={name: 1 - differing[name] / sizes[name] for name in shared},
        differing_spikes=sum(differing.values()),
        compared_spikes=sum(sizes.values()),
        final_states=state is None if integers else None,
        difference=first_spike(first, second, _updates(counts), latency, named)
        or state
        or first_prediction(first, second, said, words),
        labels=label_changes(
            said, per_node, layer=shared[-1] if layer is None else layer, truth=truth
        ),
        layers={
            name: _layer(first.spikes[name], second.spikes[name], counts[name], latency)
            for name in shared
        },
    )


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Wilson score interval of a share, from low to high.

    Source: E. B. Wilson, JASA 22(158), 1927.
    """
    z, share = NormalDist().inv_cdf((1 + CONFIDENCE) / 2), successes / trials
    further = z * z / trials
    middle = (share + further / 2) / (1 + further)
    half = z / (1 + further) * math.sqrt((share * (1 - share) + further / 4) / trials)
    low = middle - half if successes else 0.0  # to the last bit, where rounding would leave some
    high = middle + half if successes < trials else 1.0
    return low, high


def _check_latency(record: RunRecord, names: list[str], latency: int) -> None:
    for name in names:
        updates = record.spikes[name].shape[1]
        if latency < 1 or updates % latency:
            raise NetworkError(f"{name}: {updates} updates are no snapshots of {latency} each")


def _updates(counts: Mapping[str, Tally]) -> dict[str, Array]:
    return {name: counted.differing for name, counted in counts.items()}


def _layer(first: Array, second: Array, counts: Tally, latency: int) -> Layer:
    nodes, updates, rows, channels = first.shape
    by_snapshot = counts.differing.sum(axis=0, dtype=np.int64).reshape(-1, latency).sum(axis=1)
    rates = [fired.ravel() / (nodes * updates) for fired in (counts.first, counts.second)]
    return Layer(
        channels=channels,
        growth=tuple((by_snapshot / (nodes * latency * rows * channels)).tolist()),
        emd=_earth_movers(*rates),
        first=activity(first, counts.first),
        second=activity(second, counts.second),
    )


def _earth_movers(first: Array, second: Array) -> float:
    """How far the values of one sample must move to be the other's, of as many: 1-Wasserstein."""
    return float(np.mean(np.abs(np.sort(first) - np.sort(second))))
