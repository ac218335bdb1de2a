"""Where and when events happen: counts of a run on the cores of a placement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from neurograph.chip.footprint import AnyNetwork
from neurograph.chip.placement import Placement
from neurograph.chip.traffic import OUTSIDE, Axons, axons, hops
from neurograph.core.arrays import Array
from neurograph.ir import OnChipReadout
from neurograph.runtime.activity import synaptic_ops
from neurograph.runtime.record import EventCounts


@dataclass(frozen=True, eq=False, kw_only=True)
class Events:
    """Events of one kind at one place, means over the inferences counted.

    Attributes:
        kind: key of the profile's energy and time tables.
        per_snapshot: float64 ``(steps,)``, of one inference, on the clock of the layer that
            causes them.
        load: float64 ``(hardware steps, cores)``, of all replicas, on the cores that they keep
            busy; None for those that keep none busy.
    """

    kind: str
    where: str
    per_snapshot: Array
    load: Array | None = None

    @property
    def per_inference(self) -> float:
        return float(self.per_snapshot.sum())


def events_of(
    network: AnyNetwork, placement: Placement, counts: EventCounts, mesh: tuple[int, int] | None
) -> list[Events]:
    """Every event of an inference.

    Args:
        mesh: columns and rows of tiles of a chip, None where the profile does not know them.
    """
    board = _Board(network, placement, counts)
    found = [*board.operations(), *board.neurons()]
    for a in axons(network, placement.slices):
        found += board.messages(a, mesh)
    return [*found, *to_host(network, board.read_out)]


def to_host(network: AnyNetwork, read_out: Callable[[str, str], Events]) -> Iterator[Events]:
    """Spikes that a host readout reads, or one message per accumulator at the end.

    Args:
        read_out: messages of a layer's spikes, by the name of the way and that of the layer.
    """
    readout = network.readout
    if readout is None:
        return
    where = f"{readout.source} to the host"
    if isinstance(readout, OnChipReadout):
        last = np.zeros(network.steps)
        last[-1] = readout.accumulators
        yield Events(kind="message", where=where, per_snapshot=last)
    else:
        yield read_out(where, readout.source)


class _Board:
    """A network's populations on the cores of a placement."""

    def __init__(self, network: AnyNetwork, placement: Placement, counts: EventCounts) -> None:
        self.network, self.placement, self.counts = network, placement, counts
        self.start = network.wiring.start
        self.steps = network.updates + network.wiring.depth
        self.homes = {p.name: self._homes(p.name, p.rows * p.channels) for p in network.populations}

    def operations(self) -> Iterator[Events]:
        for j in self.network.projections:
            ops = synaptic_ops(self.network, j, self.counts.sent)
            yield self._at("synaptic_op", j.name, j.target, ops)

    def neurons(self) -> Iterator[Events]:
        targets = self.counts.inferences
        for p in self.network.populations:
            active = self.counts.active[p.name]
            yield self._at("update_active", p.name, p.name, active)
            yield self._at("update_inactive", p.name, p.name, targets - active)
            yield self._at("spike", p.name, p.name, self.counts.sent[p.name])

    def messages(self, a: Axons, mesh: tuple[int, int] | None) -> Iterator[Events]:
        """One per spike and core that hears it, and the hops of each between tiles."""
        sent = a.neurons @ self._flat(self.counts.sent[a.source])  # (segments, updates)
        if not a.reach.nnz:
            return
        where, start = f"{a.source} to {a.target}", self.start[a.source]
        per_spike = a.reach.sum(axis=1)
        inside = a.core != OUTSIDE
        leave = sp.csr_array(
            (per_spike[inside], (a.core[inside], np.flatnonzero(inside))),
            shape=(self.placement.cores, len(a.core)),
        )
        out = self._steps(leave @ sent, start)
        yield Events(
            kind="message", where=where, per_snapshot=self._snapshots(per_spike @ sent), load=out
        )
        yield Events(
            kind="message_in",
            where=where,
            per_snapshot=self._snapshots(per_spike @ sent),
            load=self._steps(a.reach.T @ sent, start + 1),
        )
        if mesh and inside.any():
            for kind, along in self._hops(a, mesh).items():
                yield Events(kind=kind, where=where, per_snapshot=self._snapshots(along @ sent))

    def read_out(self, where: str, layer: str) -> Events:
        """A message to the host per spike of a layer."""
        return self._at("message", where, layer, self.counts.sent[layer])

    def _at(self, kind: str, where: str, population: str, counted: Array) -> Events:
        """Events at neurons of a population: `counted` is ``(updates, rows, channels)``."""
        flat = self._flat(counted)
        return Events(
            kind=kind,
            where=where,
            per_snapshot=self._snapshots(flat.sum(axis=0) * self.placement.replicas),
            load=self._steps(self.homes[population] @ flat, self.start[population]),
        )

    def _hops(self, a: Axons, mesh: tuple[int, int]) -> dict[str, Array]:
        """Float64 ``(segments,)``: hops of one spike of each segment, to all its cores."""
        segment, core = a.reach.nonzero()
        inside = a.core[segment] != OUTSIDE
        segment, core = segment[inside], core[inside]
        east, north = hops(self.placement.uses, mesh, a.core[segment], core)
        return {
            "hop_east_west": np.bincount(segment, east, minlength=len(a.core)),
            "hop_north_south": np.bincount(segment, north, minlength=len(a.core)),
        }

    def _homes(self, population: str, neurons: int) -> sp.csr_array:
        """``(cores, neurons)``: how many replicas of each neuron a core holds."""
        slices = [s for s in self.placement.slices if s.population == population]
        start = np.array([s.start for s in slices], np.int64)
        size = np.array([s.stop for s in slices], np.int64) - start
        core = np.repeat([s.core for s in slices], size)
        neuron = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size - start, size)
        shape = (self.placement.cores, neurons)
        return sp.csr_array((np.ones(len(core)), (core, neuron)), shape=shape)

    def _flat(self, counted: Array) -> Array:
        """Float64 ``(neurons, updates)``, per inference."""
        flat: Array = counted.reshape(len(counted), -1).T / self.counts.inferences
        return flat

    def _snapshots(self, per_update: Array) -> Array:
        """``(steps,)`` of one replica, of ``(updates,)`` of all replicas."""
        by_step = per_update.reshape(self.network.steps, self.network.latency).sum(axis=1)
        one: Array = by_step / self.placement.replicas
        return one

    def _steps(self, on_core: Array, start: int) -> Array:
        """``(hardware steps, cores)`` of ``(cores, updates)`` from hardware step `start` on."""
        load = np.zeros((self.steps, self.placement.cores))
        room = min(on_core.shape[1], self.steps - start)
        load[start : start + room] = on_core.T[:room]
        return load
