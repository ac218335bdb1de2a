"""Whether a placement is legal, by writing every synapse out.

Shares no code with what places, counts footprints or routes, so that an error there shows here.
For networks of at most some thousand synapses.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.ir import Network, QNetwork

Neuron = tuple[str, int]  # layer, and number in it, row major
Home = dict[tuple[int, str, int], int]  # replica, layer, number -> core


def illegal(network: Network | QNetwork, profile: HardwareProfile, placed: Placement) -> list[str]:
    """What is wrong with a placement, in words; empty if nothing is."""
    homes = Counter(
        (s.replica, s.population, n) for s in placed.slices for n in range(s.start, s.stop)
    )
    wanted = Counter(
        (replica, p.name, n)
        for replica in range(placed.replicas)
        for p in network.populations
        for n in range(p.rows * p.channels)
    )
    if homes != wanted:
        return [f"not every neuron once: {homes - wanted} more, {wanted - homes} fewer"]
    home: Home = {
        (s.replica, s.population, n): s.core for s in placed.slices for n in range(s.start, s.stop)
    }
    used = _used(network, profile, placed, home)
    return [
        *_above_limits(profile, used),
        *_told_otherwise(placed, used),
        *_off_the_mesh(profile, placed),
        *_miscounted(profile, placed),
    ]


def traffic(
    network: Network | QNetwork, placed: Placement, sent: dict[str, np.ndarray]
) -> Counter[tuple[int, int]]:
    """Messages from core to core, all replicas together.

    Args:
        sent: per population, ``(rows, channels)``: spikes of each neuron.
    """
    home: Home = {
        (s.replica, s.population, n): s.core for s in placed.slices for n in range(s.start, s.stop)
    }
    found: Counter[tuple[int, int]] = Counter()
    for replica, source, n, _, core in _axons(network, placed, home):
        if (replica, source, n) in home:
            found[home[replica, source, n], core] += sent[source].ravel()[n]
    return found


def hops_between(placed: Placement, columns: int, source: int, target: int) -> tuple[int, int]:
    """Steps east-west and north-south from one core to another; chips lie side by side."""
    one, other = placed.uses[source], placed.uses[target]
    east = abs(one.chip * columns + one.column - other.chip * columns - other.column)
    return east, abs(one.row - other.row)


def _synapses(network: Network | QNetwork) -> Iterator[tuple[str, Neuron, Neuron]]:
    for j in network.projections:
        matrix = np.kron(j.still.toarray(), np.asarray(j.weight))
        for t, s in np.argwhere(matrix != 0).tolist():
            yield j.name, (j.source, s), (j.target, t)


def _axons(
    network: Network | QNetwork, placed: Placement, home: Home
) -> set[tuple[int, str, int, str, int]]:
    """Copy, source neuron, population that it reaches, core on which it reaches it."""
    return {
        (replica, source, s, target, home[replica, target, t])
        for _, (source, s), (target, t) in _synapses(network)
        for replica in range(placed.replicas)
    }


def _used(
    network: Network | QNetwork, profile: HardwareProfile, placed: Placement, home: Home
) -> dict[str, Counter[int]]:
    parts = ("weight_bits", "synapse_index_bits", "synapse_overhead_bits")
    bits = sum(int(profile.limit(part) or 0) for part in parts)
    used: dict[str, Counter[int]] = defaultdict(Counter)
    for core in home.values():
        used["neurons"][core] += 1
    for j in network.projections:
        mix, weight = j.still.toarray(), np.asarray(j.weight)
        for row, _ in np.argwhere(mix != 0).tolist():
            for c, _ in np.argwhere(weight != 0).tolist():
                for replica in range(placed.replicas):
                    used["synapses"][home[replica, j.target, row * weight.shape[0] + c]] += 1
    held = _shared(network, home) if profile.shared_synapses else used["synapses"]
    used["synapse_bits"].update({core: bits * many for core, many in held.items()})
    for replica, source, n, _, core in _axons(network, placed, home):
        used["axons_in"][core] += 1
        if (replica, source, n) in home:
            used["axons_out"][home[replica, source, n]] += 1
    return used


def _shared(network: Network | QNetwork, home: Home) -> Counter[int]:
    """Weights on each core: of the channels there, whatever their rows, once per multiple."""
    stored: set[tuple[int, str, int, int, int]] = set()
    for j in network.projections:
        weight, multiples = np.asarray(j.weight), set(j.still.data.tolist())
        for (_, layer, n), core in home.items():
            if layer == j.target:
                c = n % weight.shape[0]
                heard = np.flatnonzero(weight[c]).tolist()
                stored |= {(core, j.name, c, b, int(m)) for b in heard for m in multiples}
    return Counter(core for core, *_ in stored)


def _above_limits(profile: HardwareProfile, used: dict[str, Counter[int]]) -> Iterator[str]:
    for what in ("neurons", "synapse_bits", "axons_in", "axons_out"):
        limit, most = profile.limit(f"{what}_per_core"), max(used[what].values(), default=0)
        if limit is not None and most > limit:
            yield f"{what}: {most} on a core, limit {limit}"


def _told_otherwise(placed: Placement, used: dict[str, Counter[int]]) -> Iterator[str]:
    cores = sorted({s.core for s in placed.slices})
    if not cores == [u.core for u in placed.uses] == list(range(placed.cores)):
        yield f"cores {cores}, told {[u.core for u in placed.uses]}"
        return
    for use in placed.uses:
        for what in ("neurons", "synapses", "synapse_bits", "axons_in", "axons_out"):
            if getattr(use, what) != used[what][use.core]:
                yield f"core {use.core}: {used[what][use.core]} {what}, told {getattr(use, what)}"


def _mesh(profile: HardwareProfile) -> tuple[int, int, int] | None:
    names = ("mesh_columns", "mesh_rows", "cores_per_tile")
    known = [int(limit) for name in names if (limit := profile.limit(name)) is not None]
    return (known[0], known[1], known[2]) if len(known) == len(names) else None


def _off_the_mesh(profile: HardwareProfile, placed: Placement) -> Iterator[str]:
    per_chip = int(profile.limit("cores_per_chip") or 0)
    columns, rows, per_tile = _mesh(profile) or (1, 1, per_chip)
    tiles = Counter((u.chip, u.column, u.row) for u in placed.uses)
    for (chip, column, row), held in tiles.items():
        inside = 0 <= chip < placed.chips and 0 <= column < columns and 0 <= row < rows
        if not inside or held > per_tile:
            yield f"tile {column}, {row} of chip {chip} of {placed.chips} holds {held} cores"
    for chip, held in Counter(u.chip for u in placed.uses).items():
        if held > per_chip:
            yield f"chip {chip} holds {held} cores of {per_chip}"


def _miscounted(profile: HardwareProfile, placed: Placement) -> Iterator[str]:
    per_chip = int(profile.limit("cores_per_chip") or 0)
    if mesh := _mesh(profile):
        per_chip = min(per_chip, mesh[0] * mesh[1] * mesh[2])
    if placed.chips != -(-placed.cores // per_chip):
        yield f"{placed.cores} cores on {placed.chips} chips of {per_chip}"
    if placed.chips == 1 and placed.replicas_per_chip < placed.replicas:
        yield f"{placed.replicas} replicas on a chip that takes {placed.replicas_per_chip}"
    if placed.replicas == 1 and placed.chips > 1 and placed.replicas_per_chip:
        yield f"one replica on {placed.chips} chips, and {placed.replicas_per_chip} on one"
    system = profile.limit("chips_per_system")
    if system is not None and placed.chips > system:
        yield f"{placed.chips} chips of a system of {system}"
