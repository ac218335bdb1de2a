"""How a compiler cuts layers: each on cores of its own, in equal parts.

Found from the tables that Intel's compiler printed for networks on Loihi 2; it explains every
number of cores in them (`tests/unit/test_silicon_cores.py`):

* a dense layer has no more neurons of a core than `dense_neurons_per_core`, and as many parts as
  its words fill cores; where the largest part is too large all the same, each is cut again;
* a layer of a grid is cut between columns, whose number on a core is a power of two, since so many
  addresses are kept for them; channels are halved until one column and its kernels fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurograph.chip.footprint import AnyNetwork, exceeds
from neurograph.chip.memory import End, SynapseMemory, memory_needs, whole_words
from neurograph.chip.profile import HardwareProfile
from neurograph.core.arrays import Array
from neurograph.core.errors import DoesNotFitError, ProfileError
from neurograph.ir import Population, QPopulation


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What of a layer decides its cores.

    Attributes:
        columns: of a grid, else 1.
        height: rows of a column.
        lists: dense lists of a row: the axons that reach it.
        taps: lists of kernels, each with an entry per channel.
        own: words of each neuron besides.
    """

    name: str
    channels: int
    columns: int = 1
    height: int = 1
    lists: int = 0
    taps: int = 0
    own: int = 0

    def words(self, rows: int, channels: int, memory: SynapseMemory) -> int:
        """Of so many channels in each of so many rows, on one core."""
        listed = self.lists * whole_words(channels, memory.dense) + self.own * channels
        return int(rows * listed + self.taps * whole_words(channels, memory.kernel))


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A layer on cores.

    Attributes:
        columns, channels: at most so many on a core.
        parts: cores.
        words: on the fullest core.
    """

    columns: int
    channels: int
    parts: int
    words: int


def layers_of(network: AnyNetwork, profile: HardwareProfile) -> tuple[Layer, ...]:
    """One per population."""
    needs = memory_needs(network, words_of(profile))
    populations: Sequence[Population | QPopulation] = network.populations
    found = []
    for p, need in zip(populations, needs, strict=True):
        found.append(
            Layer(
                name=p.name,
                channels=p.channels,
                columns=p.columns,
                height=p.rows // p.columns,
                lists=int(need.lists.max()),
                taps=need.taps,
                own=int(need.own.max() + need.once.max()),
            )
        )
    return tuple(found)


def cut(layer: Layer, profile: HardwareProfile, memory: SynapseMemory | None = None) -> Cut:
    """The parts of a layer.

    Args:
        memory: with other rates than the typical ones.

    Raises:
        DoesNotFitError: a channel of one column takes more than a core.
        ProfileError: the chip counts its memory in bits, or does not know its limits.
    """
    memory = memory or words_of(profile)
    limits = [profile.limit(n) for n in ("neurons_per_core", "dense_neurons_per_core")]
    if memory.room is None or None in limits:
        raise ProfileError(
            f"profile '{profile.name}': neurons_per_core, dense_neurons_per_core and "
            "synapse_words_per_core must be known to cut layers; place by another method"
        )
    places, dense = (int(limit or 0) for limit in limits)
    room = int(memory.room)
    if layer.columns * layer.height == 1:
        return _by_neurons(layer, memory, room, min(dense, places), profile)
    return _by_columns(layer, memory, room, places, profile)


def parts_of(layer: Layer, found: Cut) -> Array:
    """int64 ``(rows * channels,)``: the part in which each neuron is, row major."""
    channel = np.arange(layer.channels) // found.channels
    column = np.arange(layer.columns) // found.columns
    of_row = np.repeat(column, layer.height) * (channel[-1] + 1)
    parts: Array = (of_row[:, None] + channel).ravel()
    return parts


def words_of(profile: HardwareProfile, end: End = "value") -> SynapseMemory:
    """How a core stores synapses, in words, at that end of the intervals.

    Raises:
        ProfileError: the chip counts its memory in bits.
    """
    memory = SynapseMemory.of(profile, end)
    if memory.unit != "word":
        raise ProfileError(
            f"profile '{profile.name}' has no synapse_words_per_core; needed to cut layers as a "
            "compiler does; place by another method"
        )
    return memory


def _by_neurons(
    layer: Layer, memory: SynapseMemory, room: int, places: int, profile: HardwareProfile
) -> Cut:
    parts = max(_fill(layer.words(1, layer.channels, memory), room), _fill(layer.channels, places))
    while True:
        each = _fill(layer.channels, parts)
        words = layer.words(1, each, memory)
        if words <= room:
            return Cut(columns=1, channels=each, parts=_fill(layer.channels, each), words=words)
        if each == 1:
            raise _too_large(layer, words, room, "word of a core's memory", profile)
        parts *= _fill(words, room)


def _by_columns(
    layer: Layer, memory: SynapseMemory, room: int, places: int, profile: HardwareProfile
) -> Cut:
    channels = layer.channels
    while (words := layer.words(layer.height, channels, memory)) > room or (
        channels * layer.height > places
    ):
        if channels == 1:
            needed, limit, unit = words, room, "word of a core's memory"
            if words <= room:
                needed, limit, unit = layer.height, places, "place of a core"
            raise _too_large(layer, needed, limit, unit, profile)
        channels = _fill(channels, 2)
    columns = 1
    while columns < layer.columns and 2 * columns * layer.height * channels <= places:
        if layer.words(2 * columns * layer.height, channels, memory) > room:
            break
        columns *= 2
    parts = _fill(layer.columns, columns) * _fill(layer.channels, channels)
    held = min(columns, layer.columns) * layer.height
    words = layer.words(held, channels, memory)
    return Cut(columns=columns, channels=channels, parts=parts, words=words)


def _fill(needed: int, room: int) -> int:
    """How many times `room` holds it, at least one."""
    return max(1, -(-needed // room))


def _too_large(
    layer: Layer, needed: int, limit: int, unit: str, profile: HardwareProfile
) -> DoesNotFitError:
    remedy = "give it fewer inputs, or rows per column"
    broken = exceeds(layer.name, "a channel", needed, limit, unit, remedy)
    return DoesNotFitError(profile.name, tuple(broken))
