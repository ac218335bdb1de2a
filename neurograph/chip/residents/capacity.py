"""What no placement of a graph can mend: a neuron too large for a core, a graph for any system."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurograph.chip.footprint import AnyNetwork, cores_per_system, exceeds
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.residents.demand import NodeDemand
from neurograph.core.errors import Violation

SMALLER = "place a part of the graph, give layers fewer channels, or hear labels alone"
_FEWER = "give it fewer input channels, or place a part of the graph"


def resident_violations(
    network: AnyNetwork, profile: HardwareProfile, wanted: NodeDemand | None = None
) -> tuple[Violation, ...]:
    """Every limit that a network whose nodes hear each other breaks wherever it is placed.

    Args:
        wanted: what its nodes ask of the chip, where that is known already.
    """
    wanted = wanted or NodeDemand(network, profile)
    return (*_large_neurons(profile, wanted), *_large_graph(profile, wanted))


def crowded_core(profile: HardwareProfile, core: int, needed: int) -> tuple[Violation, ...]:
    """The violation, if a core has more output axons than it can."""
    limit, unit = profile.limit("axons_out_per_core"), "of a core's output axons"
    return tuple(exceeds(f"core {core}", "output", int(needed), limit, unit, SMALLER))


def too_many_cores(
    profile: HardwareProfile, cores: int, nodes: int, most: int
) -> tuple[Violation, ...]:
    """The violation, if the largest system has fewer cores.

    Args:
        most: how many of the nodes its cores hold.
    """
    what, remedy = f"a graph of {nodes:,} nodes", f"{SMALLER}; its first {most:,} nodes fit"
    limit = cores_per_system(profile)
    return tuple(exceeds("network", what, cores, limit, "cores", remedy))


def _large_neurons(profile: HardwareProfile, wanted: NodeDemand) -> Iterator[Violation]:
    places = profile.limit("neurons_per_core")
    memory, slots = wanted.memory, profile.limit("axons_in_per_core")
    what = "a neuron's input"
    for name, first in wanted.links.first.items():
        yield from exceeds(name, "a neuron", 1, places, "place of a core", "use another chip")
        neurons = range(first, first + wanted.links.channels[name])
        if memory.room is not None:
            each = [wanted.own_memory(n, n + 1) + wanted.common_memory(n, n + 1) for n in neurons]
            most = np.max(each, axis=0)
            where, unit = _node(name, int(most.argmax())), f"{memory.unit} of a core's memory"
            yield from exceeds(where, what, int(most.max()), memory.room, unit, _FEWER)
        if slots is not None:
            most = np.max([wanted.axons_in(n, n + 1) for n in neurons], axis=0)
            where, unit = _node(name, int(most.argmax())), "of a core's input axons"
            yield from exceeds(where, what, int(most.max()), slots, unit, _FEWER)


def _node(population: str, node: int) -> str:
    return f"{population} of node {node:,}"


def _large_graph(profile: HardwareProfile, wanted: NodeDemand) -> Iterator[Violation]:
    cores, nodes = cores_per_system(profile), wanted.links.nodes
    if cores is None:
        return
    what = f"a graph of {nodes:,} nodes"
    held = _nodes_held(profile, wanted, cores)
    remedy = f"{SMALLER}; the chips hold at most {held:,} of its nodes"
    neurons, memory = profile.limit("neurons_per_core"), wanted.memory
    if neurons is not None:
        needed = wanted.neurons * nodes
        yield from exceeds("network", what, needed, neurons * cores, "neurons", remedy)
    if memory.room is not None:
        needed = int(wanted.own_memory(0, wanted.neurons).sum())
        needed += wanted.common_memory(0, wanted.neurons)
        unit = f"{memory.unit} of synaptic memory"
        yield from exceeds("network", what, needed, memory.room * cores, unit, remedy)


def _nodes_held(profile: HardwareProfile, wanted: NodeDemand, cores: float) -> int:
    """Nodes for which the cores of a system have neurons and memory, the smallest ones first."""
    most = float(wanted.links.nodes)
    if (neurons := profile.limit("neurons_per_core")) is not None:
        most = min(most, neurons * cores // wanted.neurons)
    if (room := wanted.memory.room) is not None:
        left = room * cores - wanted.common_memory(0, wanted.neurons)
        needed = np.cumsum(np.sort(wanted.own_memory(0, wanted.neurons)))
        most = min(most, int(np.searchsorted(needed, left, side="right")))
    return int(most)
