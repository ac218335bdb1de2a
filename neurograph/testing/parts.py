"""What corner and random networks are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork, Readout
from neurograph.ir.neurons.kinds import BUILT_IN

NeuronKind = str
# those that fire; a relay sends what it sums
NEURON_KINDS: tuple[NeuronKind, ...] = tuple(
    name for name, kind in BUILT_IN.items() if not kind.real.graded
)


class Case(NamedTuple):
    """What a runner takes: `inputs` per stream ``(nodes, steps, rows, channels)``."""

    network: QNetwork
    inputs: Mapping[str, Array]
    nodes: Array


def random_readout(rng: np.random.Generator, source: str, width: int, classes: int = 3) -> Readout:
    """A linear layer over `width` spikes, without bias."""
    return Readout(source=source, weight=rng.normal(size=(classes, width)), bias=np.zeros(classes))
