"""What no placement can mend: a neuron too large for a core, a network for any system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from neurograph.chip.footprint import (
    AnyNetwork,
    Footprint,
    cores_per_system,
    exceeds,
    footprints,
)
from neurograph.chip.memory import MemoryNeed, SynapseMemory, memory_needs, whole_words
from neurograph.chip.profile import HardwareProfile
from neurograph.core.arrays import Array
from neurograph.core.errors import Violation


def capacity_violations(
    network: AnyNetwork, profile: HardwareProfile, replicas: int = 1
) -> tuple[Violation, ...]:
    """Every limit that a network of trees breaks wherever it is placed."""
    prints, memory = footprints(network), SynapseMemory.of(profile)
    needs = memory_needs(network, memory)
    return (
        *_oversized_neurons(prints, needs, memory, profile),
        *_oversized_network(prints, needs, memory, profile, replicas),
    )


def _oversized_neurons(
    prints: Sequence[Footprint],
    needs: Sequence[MemoryNeed],
    memory: SynapseMemory,
    profile: HardwareProfile,
) -> Iterator[Violation]:
    what, remedy = "a neuron's input", "give it fewer input channels or sampled neighbours"
    slots, places = profile.limit("axons_in_per_core"), profile.limit("neurons_per_core")
    for f, need in zip(prints, needs, strict=True):
        yield from exceeds(
            f.population, "a neuron", 1, places, "place of a core", "use another chip"
        )
        needed = int(_alone(f, need, memory).max())
        unit = f"{memory.unit} of a core's memory"
        yield from exceeds(f.population, what, needed, memory.room, unit, remedy)
        needed = int(f.axons_in.max())
        yield from exceeds(f.population, what, needed, slots, "of a core's input axons", remedy)


def _alone(f: Footprint, need: MemoryNeed, memory: SynapseMemory) -> Array:
    """int64 ``(rows, channels)``: what each neuron takes on a core that it has alone."""
    lists = need.lists[:, None] * whole_words(1, memory.dense)
    taps = need.taps * whole_words(1, memory.kernel)
    total: Array = need.own.reshape(f.rows, f.channels) + need.once + lists + taps
    return total


def _oversized_network(
    prints: Sequence[Footprint],
    needs: Sequence[MemoryNeed],
    memory: SynapseMemory,
    profile: HardwareProfile,
    replicas: int,
) -> Iterator[Violation]:
    neurons, cores = profile.limit("neurons_per_core"), cores_per_system(profile)
    if cores is None:
        return
    largest = max(prints, key=lambda f: f.size)
    what, remedy = "one replica", f"shrink '{largest.population}' ({largest.size:,} neurons)"
    if replicas > 1:
        what, remedy = f"{replicas:,} replicas", "place fewer replicas, or " + remedy
    if neurons is not None:
        needed = sum(f.size for f in prints) * replicas
        yield from exceeds("network", what, needed, neurons * cores, "neurons", remedy)
    if memory.room is not None:
        once, each = least_memory(prints, needs, memory)
        unit = f"{memory.unit} of synaptic memory"
        needed = once + each * replicas
        yield from exceeds("network", what, needed, memory.room * cores, unit, remedy)


def least_memory(
    prints: Sequence[Footprint], needs: Sequence[MemoryNeed], memory: SynapseMemory
) -> tuple[int, int]:
    """Memory that replicas share, and of each, where every row is whole on a core."""
    once = each = 0
    for f, need in zip(prints, needs, strict=True):
        once += int(need.once.sum()) + need.taps * whole_words(f.channels, memory.kernel)
        each += int(need.own.sum()) + int(need.lists.sum()) * whole_words(f.channels, memory.dense)
    return once, each
