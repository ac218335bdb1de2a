"""What synapses take of a core's memory: in bits, each the same, or in words, by form of storage.

Where a profile says how many words a core has, the synapses of an axon are lists of whole words:

* dense: an entry for every neuron of a row on the core, zeros too;
* sparse: an entry for every non-zero synapse;
* kernel: weights of a convolution, an entry per channel on the core, once for all its rows and
  replicas; as many lists as there are source channels, and multiples of them in the row mix.

Anywhere else a synapse takes the bits of its weight, index and overhead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from neurograph.chip.footprint import (
    AnyNetwork,
    by_source,
    stored_once,
    synapse_bits,
    synapses_per_neuron,
)
from neurograph.chip.profile import HardwareProfile
from neurograph.core.arrays import Array
from neurograph.ir import Projection, QProjection

End = Literal["low", "value", "high"]  # of the interval of a constant
WORDS = ("synapse_words_per_core", "dense_words", "sparse_words", "kernel_words")
RATED = 1_000  # entries of lists, for which a rate is given


def in_words(profile: HardwareProfile) -> bool:
    """Whether the chip's memory is counted in words, because all that it takes is known."""
    return all(name in profile.limits and profile.limits[name].known for name in WORDS)


@dataclass(frozen=True, kw_only=True)
class SynapseMemory:
    """How a core stores synapses.

    Attributes:
        unit: in which its memory is counted.
        room: how much a core has; None where the profile does not know.
        shared: equal weights are stored once for all rows and replicas, of whatever layer.
        bits: of a synapse, where bits are counted.
        dense, sparse, kernel: words of 1,000 entries, where words are.
        sure_sparse: share of non-zero weights below which sparse lists take less than dense ones
            wherever in their intervals both are.
    """

    unit: Literal["bit", "word"]
    room: float | None
    shared: bool
    bits: int = 0
    dense: int = 0
    sparse: int = 0
    kernel: int = 0
    sure_sparse: float = 0.0

    @staticmethod
    def of(profile: HardwareProfile, end: End = "value") -> SynapseMemory:
        """That of a chip; of words, with rates of that end of their intervals."""
        if not in_words(profile):
            return SynapseMemory(
                unit="bit",
                room=profile.limit("synapse_bits_per_core"),
                shared=profile.shared_synapses,
                bits=synapse_bits(profile),
            )
        room, *rates = (profile.limits[name] for name in WORDS)
        dense, sparse, kernel = (int(getattr(rate, end)) for rate in rates)
        return SynapseMemory(
            unit="word",
            room=room.value,
            shared=profile.shared_synapses,
            dense=dense,
            sparse=sparse,
            kernel=kernel,
            sure_sparse=float(rates[0].low or 0) / float(rates[1].high or 1),
        )

    @property
    def used(self) -> str:
        """Name of what a core uses of it, a field of `CoreUse`."""
        return f"synapse_{self.unit}s"

    @property
    def limit(self) -> str:
        """Name of the profile's limit."""
        return f"{self.used}_per_core"

    def one_by_one(self, group: Sequence[Projection | QProjection]) -> bool:
        """Whether only non-zero synapses are stored, each by itself: all bits, or sparse lists.

        Args:
            group: projections from one layer to another, which are stored alike.
        """
        if self.unit == "bit":
            return True
        joined = [j.weight != 0 for j in group]
        cells = sum(len(found) * int(found.any(axis=0).sum()) for found in joined)
        return sum(int(found.sum()) for found in joined) < self.sure_sparse * cells

    def of_synapses(self, many: Any) -> Any:
        """Memory of so many synapses that are stored one by one."""
        return many * self.bits if self.unit == "bit" else whole_words(many, self.sparse)

    def is_shared(self, projection: Projection | QProjection) -> bool:
        """Whether its weights are stored once per core."""
        return self.shared or (self.unit == "word" and projection.kernel)


@dataclass(frozen=True, eq=False, kw_only=True)
class MemoryNeed:
    """What a population asks of the memory of cores that hold it.

    Attributes:
        own: int64 ``(rows * channels,)``, of each neuron, row major.
        lists: int64 ``(rows,)``, dense lists of each row, with an entry for each of its neurons.
        once: int64 ``(channels,)``, of a channel, for all its rows and replicas.
        taps: lists with an entry for each channel, for all their rows and replicas.
    """

    own: Array
    lists: Array
    once: Array
    taps: int


def memory_needs(network: AnyNetwork, memory: SynapseMemory) -> tuple[MemoryNeed, ...]:
    """One per population, in the network's order."""
    return tuple(
        _need(by_source(network, p.name), p.rows, p.channels, memory) for p in network.populations
    )


def whole_words(entries: Any, rate: int) -> Any:
    """Words of a list of so many entries, or of each list of an array of numbers of them."""
    return -(-entries * rate // RATED)


def _need(
    groups: Sequence[Sequence[Projection | QProjection]],
    rows: int,
    channels: int,
    memory: SynapseMemory,
) -> MemoryNeed:
    own, once = np.zeros(rows * channels, np.int64), np.zeros(channels, np.int64)
    lists, taps = np.zeros(rows, np.int64), 0
    for group in groups:
        one_by_one = memory.one_by_one(group)
        for j in group:
            match one_by_one, memory.is_shared(j):
                case True, True:
                    once += memory.of_synapses(stored_once(j))
                case True, False:
                    own += memory.of_synapses(synapses_per_neuron(j))
                case False, True:
                    taps += heard_channels(j) * len(np.unique(j.still.data))
                case False, False:
                    lists += heard_channels(j) * np.diff(j.still.indptr).astype(np.int64)
    return MemoryNeed(own=own, lists=lists, once=once, taps=taps)


def heard_channels(projection: Projection | QProjection) -> int:
    """Source channels that have a synapse."""
    return int(np.count_nonzero(projection.weight.any(axis=0)))
