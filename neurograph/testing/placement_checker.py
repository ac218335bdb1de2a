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
from neurograph.ir import Network, Projection, QNetwork, QProjection, Schedule

PER = 1_000  # entries, of the rates of lists
Neuron = tuple[int, str, int]  # replica or node, layer, and number in it, row major
Home = dict[Neuron, int]  # -> core


def illegal(network: Network | QNetwork, profile: HardwareProfile, placed: Placement) -> list[str]:
    """What is wrong with a placement, in words; empty if nothing is."""
    held = Counter(neuron for neuron, _ in _placed(network, placed))
    wanted = Counter(
        (copy, p.name, n)
        for copy in _copies(network, placed)
        for p in network.populations
        for n in range(p.rows * p.channels)
    )
    if held != wanted:
        return [f"not every neuron once: {held - wanted} more, {wanted - held} fewer"]
    home = homes(network, placed)
    used = _used(network, profile, placed, home)
    return [
        *_above_limits(profile, used),
        *_told_otherwise(placed, used, sorted(set(home.values()))),
        *_off_the_mesh(profile, placed),
        *_miscounted(profile, placed),
        *_cut_at_random(network, home),
    ]


def traffic(
    network: Network | QNetwork, placed: Placement, sent: dict[str, np.ndarray]
) -> Counter[tuple[int, int]]:
    """Messages from core to core, all replicas together.

    Args:
        sent: per population, ``(rows, channels)``: spikes of each neuron.
    """
    home = homes(network, placed)
    found: Counter[tuple[int, int]] = Counter()
    for source, _, core in _axons(network, placed, home):
        if source in home:
            found[home[source], core] += sent[source[1]].ravel()[source[2]]
    return found


def homes(network: Network | QNetwork, placed: Placement) -> Home:
    """The core of every neuron."""
    return dict(_placed(network, placed))


def hops_between(placed: Placement, columns: int, source: int, target: int) -> tuple[int, int]:
    """Steps east-west and north-south from one core to another; chips lie side by side."""
    one, other = placed.uses[source], placed.uses[target]
    east = abs(one.chip * columns + one.column - other.chip * columns - other.column)
    return east, abs(one.row - other.row)


def _copies(network: Network | QNetwork, placed: Placement) -> range:
    return range(placed.replicas if network.nodes is None else network.nodes)


def _placed(network: Network | QNetwork, placed: Placement) -> Iterator[tuple[Neuron, int]]:
    """Every neuron with its core."""
    for s in placed.slices:
        yield from (((s.replica, s.population, n), s.core) for n in range(s.start, s.stop))
    if placed.residents is not None:
        r = placed.residents
        numbered = [(p.name, n) for p in network.populations for n in range(p.rows * p.channels)]
        for node, start, stop, core in zip(r.node, r.start, r.stop, r.core, strict=True):
            yield from (((int(node), *numbered[n]), int(core)) for n in range(start, stop))


def synapses(
    network: Network | QNetwork, copies: range, step: int | None = None
) -> Iterator[tuple[str, Neuron, Neuron]]:
    """Projection, source and target of every synapse.

    Args:
        step: of a graph, the snapshot; None for those of any.
    """
    for j in network.projections:
        joined = np.argwhere(np.asarray(j.weight) != 0).tolist()
        if isinstance(j.mix, Schedule):
            steps = range(j.mix.steps) if step is None else [step]
            heard = np.any([j.mix.at(t).toarray() != 0 for t in steps], axis=0)
            for v, u in np.argwhere(heard).tolist():
                yield from ((j.name, (u, j.source, s), (v, j.target, t)) for t, s in joined)
        else:
            matrix = np.kron(j.still.toarray(), np.asarray(j.weight))
            for t, s in np.argwhere(matrix != 0).tolist():
                yield from ((j.name, (c, j.source, s), (c, j.target, t)) for c in copies)


def _axons(
    network: Network | QNetwork, placed: Placement, home: Home
) -> set[tuple[Neuron, str, int]]:
    """Source neuron, population that it reaches, core on which it reaches it."""
    return {
        (source, target[1], home[target])
        for _, source, target in synapses(network, _copies(network, placed))
    }


def _used(
    network: Network | QNetwork, profile: HardwareProfile, placed: Placement, home: Home
) -> dict[str, Counter[int]]:
    used: dict[str, Counter[int]] = defaultdict(Counter)
    for core in home.values():
        used["neurons"][core] += 1
    for _, _, target in synapses(network, _copies(network, placed)):
        used["synapses"][home[target]] += 1
    if "synapse_words_per_core" in profile.limits:
        used["synapse_words"] = _words(network, profile, home)
    else:
        used["synapse_bits"] = _bits(network, profile, placed, home, used["synapses"])
    for source, _, core in _axons(network, placed, home):
        used["axons_in"][core] += 1
        if source in home:
            used["axons_out"][home[source]] += 1
    return used


def _bits(
    network: Network | QNetwork,
    profile: HardwareProfile,
    placed: Placement,
    home: Home,
    synapses: Counter[int],
) -> Counter[int]:
    parts = ("weight_bits", "synapse_index_bits", "synapse_overhead_bits")
    bits = sum(int(profile.limit(part) or 0) for part in parts)
    held = synapses
    if profile.shared_synapses:
        held = Counter(core for core, _ in _shared(network, placed, home))
    return Counter({core: bits * many for core, many in held.items()})


Entry = tuple[int, str, tuple[object, ...], int]  # core, form, list, entries of it there


def _words(network: Network | QNetwork, profile: HardwareProfile, home: Home) -> Counter[int]:
    """Words on each core: every list with the entries that it has there, in whole words.

    A list is of one axon: a source neuron into one row (of a graph, one node) on one core. Where
    weights are shared it is of a source channel and a multiple, for all rows, replicas and nodes.
    """
    entries: Counter[tuple[int, str, tuple[object, ...]]] = Counter()
    for j in network.projections:
        there = [(neuron, core) for neuron, core in home.items() if neuron[1] == j.target]
        shared, sparse = profile.shared_synapses or j.kernel, _sparse(network, profile, j)
        found = _along_edges if isinstance(j.mix, Schedule) else _in_rows
        for core, form, of, many in found(j, there, shared=shared, sparse=sparse):
            entries[core, form, (j.name, *of)] += many
    words: Counter[int] = Counter()
    for (core, form, _), many in entries.items():
        words[core] += -(-many * int(profile.limit(f"{form}_words") or 0) // PER)
    return words


def _sparse(
    network: Network | QNetwork, profile: HardwareProfile, one: Projection | QProjection
) -> bool:
    """Few enough weights that sparse lists are shorter wherever in their intervals rates are.

    All weights count from one layer to another, along edges or not.
    """

    def kind(j: Projection | QProjection) -> tuple[str, str, bool]:
        return j.source, j.target, isinstance(j.mix, Schedule)

    same = [np.asarray(j.weight) != 0 for j in network.projections if kind(j) == kind(one)]
    cells = sum(len(joined) * joined.any(axis=0).sum() for joined in same)
    dense, sparse = profile.limits["dense_words"].low, profile.limits["sparse_words"].high
    return bool(sum(joined.sum() for joined in same) * sparse < cells * dense)


def _in_rows(
    j: Projection | QProjection, there: list[tuple[Neuron, int]], *, shared: bool, sparse: bool
) -> Iterator[Entry]:
    joined, mix = np.asarray(j.weight) != 0, j.still.toarray()
    heard = np.flatnonzero(joined.any(axis=0)).tolist()
    multiples = set(mix[mix != 0].tolist())
    if shared:
        for core, c in {(core, n % len(joined)) for (_, _, n), core in there}:
            for m in multiples:
                if sparse:
                    yield core, "sparse", (c,), int(joined[c].sum())
                else:
                    yield from ((core, "kernel", (s, m), 1) for s in heard)
        return
    for (copy, _, n), core in there:
        row, c = divmod(n, len(joined))
        for source in np.flatnonzero(mix[row]).tolist():
            if sparse:
                yield core, "sparse", (copy, n), int(joined[c].sum())
            else:
                yield from ((core, "dense", (copy, row, source, s), 1) for s in heard)


def _along_edges(
    j: Projection | QProjection, there: list[tuple[Neuron, int]], *, shared: bool, sparse: bool
) -> Iterator[Entry]:
    assert isinstance(j.mix, Schedule)
    weight = np.asarray(j.weight)
    joined = weight != 0
    heard = np.flatnonzero(joined.any(axis=0)).tolist()
    pairs = np.any([j.mix.at(t).toarray() != 0 for t in range(j.mix.steps)], axis=0)
    if shared:
        different = len(set(weight[joined].tolist()))
        for core, v in {(core, v) for (v, _, c), core in there if joined[c].any()}:
            numbers = min(different, 1) if j.mix.joins else different
            for u in np.flatnonzero(pairs[v]).tolist():
                yield core, "sparse", ("entry", v, u), numbers
        if j.mix.joins and different > 1:
            for core, c in {(core, c) for (_, _, c), core in there}:
                if sparse:
                    yield core, "sparse", (c,), int(joined[c].sum())
                else:
                    yield from ((core, "kernel", (s,), 1) for s in heard)
        return
    for (v, _, c), core in there:
        for u in np.flatnonzero(pairs[v]).tolist():
            if sparse:
                yield core, "sparse", (v, u, c), int(joined[c].sum())
            else:
                yield from ((core, "dense", (v, u, s), 1) for s in heard)


def _shared(
    network: Network | QNetwork, placed: Placement, home: Home
) -> set[tuple[int, tuple[str | int, ...]]]:
    """Numbers on each core: a channel's weights, whatever its rows, once per multiple.

    Along edges, those of an entry: as many as weights differ; where all entries are 1, one, and
    the weights once for all of them, if they differ.
    """
    stored: set[tuple[int, tuple[str | int, ...]]] = set()
    of = {j.name: j for j in network.projections}
    for j in network.projections:
        weight, along = np.asarray(j.weight), isinstance(j.mix, Schedule)
        if along and not (j.mix.joins and _differ(weight)):
            continue
        multiples: set[int] = {1} if along else set(j.still.data.tolist())
        for (_, layer, n), core in home.items():
            if layer == j.target:
                c = n % weight.shape[0]
                heard = np.flatnonzero(weight[c]).tolist()
                stored |= {(core, (j.name, c, b, int(m))) for b in heard for m in multiples}
    for name, (u, _, s), target in synapses(network, _copies(network, placed)):
        if isinstance(of[name].mix, Schedule):
            number = 1 if of[name].mix.joins else int(of[name].weight[target[2], s])
            stored.add((home[target], (name, "entry", target[0], u, number)))
    return stored


def _differ(weight: np.ndarray) -> bool:
    return len(set(weight[weight != 0].tolist())) > 1


def _cut_at_random(network: Network | QNetwork, home: Home) -> Iterator[str]:
    """Nodes of a graph that have other neurons of a population on a core than the rest have."""
    held: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    for (node, layer, n), core in home.items():
        held[node, core, layer].append(n)
    ranges: dict[tuple[int, str], set[tuple[int, ...]]] = defaultdict(set)
    for (_, core, layer), neurons in held.items():
        ranges[core, layer].add(tuple(sorted(neurons)))
    if network.nodes is not None:
        yield from (
            f"core {core}: nodes with different neurons of {layer}"
            for (core, layer), of in ranges.items()
            if len(of) > 1
        )


def _above_limits(profile: HardwareProfile, used: dict[str, Counter[int]]) -> Iterator[str]:
    for what in ("neurons", "synapse_bits", "synapse_words", "axons_in", "axons_out"):
        known = profile.limits.get(f"{what}_per_core")
        limit = known.value if known else None
        most = max(used.get(what, {}).values(), default=0)
        if limit is not None and most > limit:
            yield f"{what}: {most} on a core, limit {limit}"


def _told_otherwise(
    placed: Placement, used: dict[str, Counter[int]], cores: list[int]
) -> Iterator[str]:
    if not cores == [u.core for u in placed.uses] == list(range(placed.cores)):
        yield f"cores {cores}, told {[u.core for u in placed.uses]}"
        return
    words = "synapse_words" in used
    for use in placed.uses:
        if (use.synapse_words is not None) != words:
            yield f"core {use.core}: words told {use.synapse_words}, counted: {words}"
        counted = ("synapse_words",) if words else ()
        for what in ("neurons", "synapses", "synapse_bits", *counted, "axons_in", "axons_out"):
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
