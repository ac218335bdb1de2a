"""The first placer: populations in order, neuron by neuron, onto one core after another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from neurograph.arrays import Array
from neurograph.errors import DoesNotFitError, ProfileError, Violation
from neurograph.footprint import (
    AnyNetwork,
    Footprint,
    capacity_violations,
    cores_per_system,
    exceeds,
    footprints,
    synapse_bits,
)
from neurograph.placement import CoreUse, Placement, Slice
from neurograph.profile import HardwareProfile
from neurograph.traffic import axons

ROUNDS = 8  # output axons depend on where the targets lie, so they take a few rounds to settle
UNLIMITED = 1 << 62  # stands for a limit that the profile does not know; sums with it stay int64


def place(network: AnyNetwork, profile: HardwareProfile) -> Placement:
    """Slice every population over cores within the neurons, synaptic memory and axons of each.

    A core is filled before the next is opened and may hold the end of one population and the
    start of another. See `footprint.synapse_bits` for what the memory of a synapse leaves out;
    memory of the axons themselves and of neuron programs is not counted.

    Raises:
        DoesNotFitError: with every violation; nothing was placed.
        ProfileError: the profile does not know how many cores the chip has.
    """
    per_chip = profile.limit("cores_per_chip")
    if per_chip is None:
        raise ProfileError(f"profile '{profile.name}': cores_per_chip is unknown; needed to place")
    if broken := capacity_violations(network, profile):
        raise DoesNotFitError(profile.name, broken)
    prints = footprints(network)
    slices = _settled(network, prints, profile)
    uses = _uses(prints, slices, synapse_bits(profile))
    too_many = "slices it into more cores than the largest system has; shrink the network"
    system = exceeds("network", "one copy", len(uses), cores_per_system(profile), "cores", too_many)
    if broken := tuple(system):
        raise DoesNotFitError(profile.name, broken)
    copies = int(per_chip) // len(uses)
    placed = max(copies, 1)
    return Placement(
        profile=profile.name,
        method="sequential",
        copies=placed,
        slices=tuple(
            replace(s, copy=copy, core=s.core + copy * len(uses))
            for copy in range(placed)
            for s in slices
        ),
        uses=tuple(
            replace(u, core=core, **_site(core, profile))
            for core, u in enumerate(u for _ in range(placed) for u in uses)
        ),
        chips=-(-len(uses) * placed // int(per_chip)),
        copies_per_chip=copies,
        unchecked=profile.unknown_limits,
    )


def _site(core: int, profile: HardwareProfile) -> dict[str, int]:
    """Chip and tile of the n-th core: tile by tile, row by row of the mesh, chip by chip."""
    per_chip = int(profile.limit("cores_per_chip") or 1)
    chip, at = divmod(core, per_chip)
    tile = at // int(profile.limit("cores_per_tile") or per_chip)
    row, column = divmod(tile, int(profile.limit("mesh_columns") or 1))
    return {"chip": chip, "column": column, "row": row}


@dataclass(frozen=True, kw_only=True)
class _Room:
    """What a core can hold, or has left."""

    neurons: int
    bits: int
    axons_in: int
    axons_out: int

    @staticmethod
    def of(profile: HardwareProfile) -> _Room:
        def limit(name: str) -> int:
            value = profile.limit(name)
            return UNLIMITED if value is None else int(value)

        return _Room(
            neurons=limit("neurons_per_core"),
            bits=limit("synapse_bits_per_core"),
            axons_in=limit("axons_in_per_core"),
            axons_out=limit("axons_out_per_core"),
        )


@dataclass(frozen=True, eq=False)
class _Demand:
    """A population's footprint, summed up so that the end of a slice is a binary search.

    Attributes:
        axons_out: int64 ``(rows,)``, axons that leave each neuron of a row.
    """

    footprint: Footprint
    bits_per_synapse: int
    axons_out: Array

    @cached_property
    def bits(self) -> Array:
        return _running(self.footprint.synapses * self.bits_per_synapse)

    @cached_property
    def out(self) -> Array:
        return _running(np.repeat(self.axons_out, self.footprint.channels))

    @cached_property
    def previous(self) -> tuple[Array, ...]:
        """Per input, the row that heard each stored source row last before this row, or -1."""
        return tuple(_previous_row(heard.reach) for heard in self.footprint.inputs)

    def stop(self, start: int, room: _Room) -> int:
        """Where the longest slice from neuron `start` ends that fits into `room`."""
        stop = min(self.footprint.size, start + room.neurons)
        stop = min(stop, _last_within(self.bits, start, room.bits))
        stop = min(stop, _last_within(self.out, start, room.axons_out))
        if stop <= start:
            return start
        rows = int(np.searchsorted(self.axons_in(start, stop), room.axons_in, side="right"))
        channels = self.footprint.channels
        return max(start, min(stop, (start // channels + rows) * channels))

    def axons_in(self, start: int, stop: int) -> Array:
        """Input axons of the first, the first two, ... rows of neurons `start` to `stop`."""
        first, last = start // self.footprint.channels, (stop - 1) // self.footprint.channels
        total = np.zeros(last + 1 - first, np.int64)
        for heard, previous in zip(self.footprint.inputs, self.previous, strict=True):
            ends = heard.reach.indptr[first : last + 2]
            new = _running(previous[ends[0] : ends[-1]] < first)
            total += new[ends[1:] - ends[0]] * heard.channels
        return total


def _settled(
    network: AnyNetwork, prints: tuple[Footprint, ...], profile: HardwareProfile
) -> tuple[Slice, ...]:
    """Slices within every limit, found by placing with the output axons of the round before."""
    bits, room = synapse_bits(profile), _Room.of(profile)
    out = {f.population: np.zeros(f.rows, np.int64) for f in prints}
    for _ in range(ROUNDS):
        slices = _fill([_Demand(f, bits, out[f.population]) for f in prints], room)
        leaving = _axons_out(network, prints, slices)
        broken = tuple(_crowded(prints, slices, leaving, room))
        if not broken:
            return slices
        out = {name: np.maximum(out[name], leaving[name]) for name in out}
    raise DoesNotFitError(profile.name, broken)


def _fill(demands: list[_Demand], limit: _Room) -> tuple[Slice, ...]:
    slices: list[Slice] = []
    core, room = 0, limit
    for demand in demands:
        name, start = demand.footprint.population, 0
        while start < demand.footprint.size:
            stop = demand.stop(start, room)
            if stop == start and room != limit:
                core, room = core + 1, limit
                continue
            # a neuron that an empty core cannot hold has too many output axons: _crowded says so
            stop = max(stop, start + 1)
            slices.append(Slice(population=name, start=start, stop=stop, core=core))
            room = _Room(
                neurons=room.neurons - (stop - start),
                bits=room.bits - int(demand.bits[stop] - demand.bits[start]),
                axons_in=room.axons_in - int(demand.axons_in(start, stop)[-1]),
                axons_out=room.axons_out - int(demand.out[stop] - demand.out[start]),
            )
            start = stop
    return tuple(slices)


def _axons_out(
    network: AnyNetwork, prints: tuple[Footprint, ...], slices: tuple[Slice, ...]
) -> dict[str, Array]:
    """Per population, int64 ``(rows,)``: axons that leave each neuron of a row."""
    leaving = {f.population: np.zeros(f.rows, np.int64) for f in prints}
    for a in axons(network, slices):
        if a.source in leaving:
            channels = a.neurons.shape[1] // len(leaving[a.source])
            row = a.neurons.indices[a.neurons.indptr[:-1]] // channels  # of each segment
            of_target = np.zeros_like(leaving[a.source])
            np.maximum.at(of_target, row, a.reach.sum(axis=1))
            leaving[a.source] += of_target
    return leaving


def _crowded(
    prints: tuple[Footprint, ...], slices: tuple[Slice, ...], leaving: dict[str, Array], room: _Room
) -> list[Violation]:
    """The core with most output axons, if those are too many."""
    running = {f.population: _running(np.repeat(leaving[f.population], f.channels)) for f in prints}
    per_core = np.zeros(1 + slices[-1].core, np.int64)
    for s in slices:
        per_core[s.core] += running[s.population][s.stop] - running[s.population][s.start]
    worst = int(per_core.argmax())
    names = ", ".join(dict.fromkeys(s.population for s in slices if s.core == worst))
    remedy = "use fewer rows, or a chip with more axons"
    where, unit = f"core {worst} ({names})", "of a core's output axons"
    return list(exceeds(where, "output", int(per_core[worst]), room.axons_out, unit, remedy))


def _uses(
    prints: tuple[Footprint, ...], slices: tuple[Slice, ...], bits: int
) -> tuple[CoreUse, ...]:
    running = {f.population: _running(f.synapses) for f in prints}
    held = np.zeros((1 + slices[-1].core, 2), np.int64)
    for s in slices:
        synapses = running[s.population][s.stop] - running[s.population][s.start]
        held[s.core] += s.stop - s.start, synapses
    return tuple(
        CoreUse(
            core=core,
            neurons=neurons,
            synapses=synapses,
            synapse_bits=synapses * bits,
            axons_in=0,
            axons_out=0,
            chip=0,
            column=0,
            row=0,
        )
        for core, (neurons, synapses) in enumerate(held.tolist())
    )


def _running(counts: Array) -> Array:
    """``0, counts[0], counts[0] + counts[1], ...`` as int64."""
    return np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))


def _last_within(running: Array, start: int, room: int) -> int:
    """The largest stop with ``running[stop] - running[start] <= room``."""
    return int(np.searchsorted(running, running[start] + room, side="right")) - 1


def _previous_row(reach: sp.csr_array) -> Array:
    """int64 ``(nnz,)``: for each stored entry, the row of the entry above it in its column."""
    entries = np.arange(reach.nnz)
    by_column = sp.csr_array((entries, reach.indices, reach.indptr), shape=reach.shape).tocsc()
    above = np.concatenate(([-1], by_column.indices))[: reach.nnz]
    above[by_column.indptr[:-1][np.diff(by_column.indptr) > 0]] = -1  # tops of the columns
    previous = np.empty(reach.nnz, np.int64)
    previous[by_column.data] = above
    return previous
