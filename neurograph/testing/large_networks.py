"""Large networks, for placement: a graph resident on the chip, layers, and a wide SpikeNet."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import scipy.sparse as sp

from neurograph.ir import LIF, Network, Population, Projection, Readout, Stream
from neurograph.models.spikenet.config import SpikeNetConfig

PLAIN = LIF(voltage_decay=0.5, threshold=1.0)


def resident_graph(nodes: int, *, degree: int = 8, seed: int = 0) -> Network:
    """One neuron per node, fed by an input each, joined as a random graph."""
    rng = np.random.default_rng(seed)
    source, target = rng.integers(0, nodes, (2, nodes * degree // 2))
    ones = np.ones(len(source), np.int8)
    half = sp.csr_array((ones, (target, source)), shape=(nodes, nodes))
    graph = sp.csr_array(((half + half.T) != 0).astype(np.int8))
    own = sp.csr_array(sp.identity(nodes, dtype=np.int8))
    return _network(nodes, [("g", nodes)], [("x", "g", own), ("g", "g", graph)])


def layers(nodes: int, *, many: int = 4, degree: int = 8, seed: int = 0) -> Network:
    """So many layers of as many neurons, each hearing a few neighbours of the one before."""
    rng, size = np.random.default_rng(seed), nodes // many
    names = ["x", *(f"h{n + 1}" for n in range(many))]
    joins = []
    for below, above in pairwise(names):
        target = np.repeat(np.arange(size), degree)
        near = (target + rng.integers(-50, 51, len(target))) % size
        ones = np.ones(len(target), np.int8)
        mix = sp.csr_array((ones, (target, near)), shape=(size, size))
        joins.append((below, above, mix))
    return _network(size, [(name, size) for name in names[1:]], joins)


def spikenet(hidden: int, *, steps: int = 19) -> Network:
    """SpikeNet of one wide layer, 128 features, before training."""
    return SpikeNetConfig(features=128, classes=10, steps=steps, hidden=(hidden, 10)).network()


def _network(
    inputs: int,
    populations: Sequence[tuple[str, int]],
    joins: Sequence[tuple[str, str, sp.csr_array]],
) -> Network:
    last, size = populations[-1]
    return Network(
        streams=(Stream(name="x", rows=inputs, channels=1, binary=True),),
        populations=tuple(
            Population(name=n, rows=r, channels=1, neuron=PLAIN) for n, r in populations
        ),
        projections=tuple(
            Projection(name=f"{s}->{t}", source=s, target=t, mix=mix, weight=np.ones((1, 1)))
            for s, t, mix in joins
        ),
        readout=Readout(source=last, weight=np.zeros((2, size)), bias=np.zeros(2)),
        steps=1,
    )
