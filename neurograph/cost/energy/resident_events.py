"""Where and when events of a graph happen whose nodes hear each other: nodes on their cores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import scipy.sparse as sp

from neurograph.chip.footprint import AnyNetwork
from neurograph.chip.placement import Placement
from neurograph.chip.residents.links import Links
from neurograph.chip.residents.traffic import Audience, audiences, sections
from neurograph.chip.traffic import hops
from neurograph.core.arrays import Array
from neurograph.cost.energy.events import Events, to_host
from neurograph.ir import Projection, QProjection, Schedule
from neurograph.runtime.activity import synaptic_ops
from neurograph.runtime.engine import EdgeSynapses
from neurograph.runtime.record import EventCounts


def resident_events(
    network: AnyNetwork,
    placement: Placement,
    counts: EventCounts,
    mesh: tuple[int, int] | None,
) -> list[Events]:
    """Every event of a node, as `events_of`; the load of a core is that of all nodes.

    What a node sends is known over all channels together. Where some of them take another way than
    others, those of each node are taken to be parted as those of all nodes are. Updates of the
    nodes on a core are taken to be as active as all are.
    """
    board = _Board(network, placement, counts)
    found = [*board.operations(), *board.neurons()]
    assert placement.residents is not None
    ways = audiences(network, placement.residents, placement.cores)
    for _, group in groupby(sorted(ways, key=_ends), _ends):
        found += board.messages(tuple(group), mesh)
    return [*found, *to_host(network, board.read_out)]


def messages_between(
    network: AnyNetwork, placement: Placement, counts: EventCounts
) -> sp.csr_array:
    """float64 ``(cores, cores)``: messages from core to core per node, all its snapshots.

    Of what each node sent, to the cores that hear it when it arrives; what comes from outside is
    not in it.
    """
    assert placement.residents is not None
    board = _Board(network, placement, counts)
    total = sp.csr_array((placement.cores, placement.cores), dtype=np.float64)
    for way in audiences(network, placement.residents, placement.cores):
        if (way.senders >= 0).any():
            total = total + board.between(way)
    return sp.csr_array(total / board.nodes)


def _ends(way: Audience) -> tuple[str, str]:
    return way.source, way.target


@dataclass(frozen=True, eq=False)
class _Section:
    """Channels `begin` to `stop` of a population.

    Attributes:
        homes: ``(cores, N)``, 1 where a core holds those of a node.
    """

    begin: int
    stop: int
    homes: sp.csr_array


class _Board:
    """A graph's nodes on the cores of a placement.

    Attributes:
        runs: that were counted, of all nodes each.
        steps: hardware steps of a run.
    """

    def __init__(self, network: AnyNetwork, placement: Placement, counts: EventCounts) -> None:
        assert network.nodes is not None
        self.network, self.placement, self.counts = network, placement, counts
        self.nodes, self.cores = network.nodes, placement.cores
        self.runs = counts.inferences / network.nodes
        self.start = network.wiring.start
        self.steps = network.updates + network.wiring.depth
        self.sections = self._sections()

    def operations(self) -> Iterator[Events]:
        for j in self.network.projections:
            counted, by_node = self._along(j) if isinstance(j.mix, Schedule) else self._within(j)
            yield self._at("synaptic_op", j.name, j.target, counted, by_node)

    def neurons(self) -> Iterator[Events]:
        alike = np.ones((self.network.updates, self.nodes))
        for p in self.network.populations:
            active, sent = (x[p.name][:, 0] for x in (self.counts.active, self.counts.sent))
            yield self._at("update_active", p.name, p.name, active, alike)
            inactive = self.counts.inferences - active
            yield self._at("update_inactive", p.name, p.name, inactive, alike)
            yield self._at("spike", p.name, p.name, sent, self._sent(p.name))

    def messages(self, ways: Sequence[Audience], mesh: tuple[int, int] | None) -> Iterator[Events]:
        """One per emission and core that hears it when it arrives, and the hops of each."""
        source, target = _ends(ways[0])
        where, start = f"{source} to {target}", self.start[source]
        out, into = np.zeros((2, self.network.updates, self.cores))
        far = np.zeros((2, self.network.updates))
        for way in ways:
            sent = self._sent(source) * self._share(source, way.channels)[:, None]
            for updates, heard in self._heard(way):
                into[updates] += (heard @ sent[updates].T).T
                if (inside := way.senders >= 0).any():
                    many = sent[updates] * np.bincount(heard.indices, minlength=self.nodes)
                    at = way.senders[inside], np.flatnonzero(inside)
                    shape = self.cores, self.nodes
                    leave = sp.csr_array((np.ones(len(at[0])), at), shape=shape)
                    out[updates] += (leave @ many.T).T
                    if mesh:
                        far[:, updates] += self._hops(way, heard, mesh) @ sent[updates].T
        total = self._snapshots(into.sum(axis=1))
        yield Events(kind="message", where=where, per_snapshot=total, load=self._late(out, start))
        yield Events(
            kind="message_in", where=where, per_snapshot=total, load=self._late(into, start + 1)
        )
        if mesh and source in self.sections:
            for kind, along in zip(("hop_east_west", "hop_north_south"), far, strict=True):
                yield Events(kind=kind, where=where, per_snapshot=self._snapshots(along))

    def between(self, way: Audience) -> sp.csr_array:
        """float64 ``(cores, cores)``: messages of a run along one way."""
        sent = self._sent(way.source) * self._share(way.source, way.channels)[:, None]
        total = sp.csr_array((self.cores, self.cores), dtype=np.float64)
        for updates, heard in self._heard(way):
            each, (target, node) = sent[updates].sum(axis=0), heard.nonzero()
            inside = way.senders[node] >= 0
            target, node = target[inside], node[inside]
            at = way.senders[node], target
            total = total + sp.csr_array((each[node], at), shape=total.shape)
        return total

    def read_out(self, where: str, layer: str) -> Events:
        """A message to the host per spike of a layer."""
        sent = self.counts.sent[layer][:, 0]
        return self._at("message", where, layer, sent, self._sent(layer))

    def _within(self, j: Projection | QProjection) -> tuple[Array, Array]:
        """Operations within nodes ``(updates, channels)``, and how nodes share in them."""
        lag, sent = self.network.wiring.lag[j.name], self._sent(j.source)
        by_node = np.zeros_like(sent)
        by_node[lag:] = sent[: max(len(sent) - lag, 0)]
        return synaptic_ops(self.network, j, self.counts.sent)[:, 0], by_node

    def _along(self, j: Projection | QProjection) -> tuple[Array, Array]:
        """Likewise along edges: what a node hears, in the measure of all that were counted."""
        assert isinstance(j.mix, Schedule)
        joined = j.weight != 0
        lag, latency = self.network.wiring.lag[j.name], self.network.latency
        one = EdgeSynapses(j.mix.present(), np.ones((1, 1)), 0, latency)
        emitted = self.counts.sent_by_node[j.source].T[:, :, None, None]
        heard = np.zeros((self.nodes, self.network.updates, 1), np.int64)
        one.add(emitted, heard, lag=lag)
        by_node = heard[:, :, 0].T.astype(np.float64)
        sent = self.counts.sent[j.source][:, 0].astype(np.float64)
        ends, whole = sent @ joined.T, sent.sum(axis=1, keepdims=True)  # on each channel
        each = np.divide(ends, whole, out=np.zeros_like(ends), where=whole > 0)
        counted = np.zeros((len(sent), len(joined)))
        counted[lag:] = by_node[lag:].sum(axis=1, keepdims=True) * each[: max(len(each) - lag, 0)]
        counted *= self.counts.synaptic_ops[j.name] / max(counted.sum(), np.finfo(float).tiny)
        return counted, by_node

    def _at(self, kind: str, where: str, population: str, counted: Array, by_node: Array) -> Events:
        """Events at neurons of a population.

        Args:
            counted: ``(updates, channels)``, of all runs.
            by_node: ``(updates, N)``, in which shares they are those of each node.
        """
        load = np.zeros((len(counted), self.cores))
        whole = by_node.sum(axis=1, keepdims=True)
        shares = np.divide(by_node, whole, out=np.zeros_like(by_node), where=whole > 0)
        for s in self.sections[population]:
            part = counted[:, s.begin : s.stop].sum(axis=1, keepdims=True) / self.runs
            load += part * (s.homes @ shares.T).T
        return Events(
            kind=kind,
            where=where,
            per_snapshot=self._snapshots(counted.sum(axis=1) / self.runs),
            load=self._late(load, self.start[population]),
        )

    def _heard(self, way: Audience) -> Iterator[tuple[Array, sp.csr_array]]:
        """Updates of a source, and ``(cores, N)``, which cores hear a node's emissions in them.

        An emission that arrives after the last update goes where it would have gone in that.
        """
        updates, latency = np.arange(self.network.updates), self.network.latency
        if not way.relation.schedules:
            yield updates, way.reach
            return
        step = np.minimum((updates + self._lag(way)) // latency, self.network.steps - 1)
        for now in np.unique(step).tolist():
            yield updates[step == now], way.heard(way.relation.at(now))

    def _lag(self, way: Audience) -> int:
        """Of the first of the projections along edges."""
        between = [
            j
            for j in self.network.projections
            if (j.source, j.target) == _ends(way) and isinstance(j.mix, Schedule)
        ]
        return min(self.network.wiring.lag[j.name] for j in between)

    def _hops(self, way: Audience, heard: sp.csr_array, mesh: tuple[int, int]) -> Array:
        """Float64 ``(2, N)``: hops east-west and north-south of an emission of each node."""
        pairs = heard.tocoo()
        target, node = pairs.coords
        inside = way.senders[node] >= 0
        target, node = target[inside], node[inside]
        both = hops(self.placement.uses, mesh, way.senders[node], target)
        return np.stack([np.bincount(node, far, minlength=self.nodes) for far in both])

    def _sent(self, layer: str) -> Array:
        """float64 ``(updates, N)``: what each node sends in a run."""
        sent: Array = self.counts.sent_by_node[layer] / self.runs
        return sent

    def _share(self, layer: str, channels: Array) -> Array:
        """float64 ``(updates,)``: of all that nodes send, what they do in these channels."""
        sent = self.counts.sent[layer][:, 0].astype(np.float64)
        whole = sent.sum(axis=1)
        part = sent[:, channels].sum(axis=1)
        share: Array = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
        return share

    def _sections(self) -> dict[str, list[_Section]]:
        """Per population, the ranges of channels that cores hold together."""
        links = Links(self.network)
        found: dict[str, list[_Section]] = {p.name: [] for p in self.network.populations}
        assert self.placement.residents is not None
        for first, end, core in sections(self.placement.residents, self.nodes):
            held = np.flatnonzero(core >= 0)
            homes = sp.csr_array(
                (np.ones(len(held)), (core[held], held)), shape=(self.cores, self.nodes)
            )
            for name, begin, stop in links.parts(first, end):
                found[name].append(_Section(begin, stop, homes))
        return found

    def _snapshots(self, per_update: Array) -> Array:
        """``(steps,)`` of a node, of ``(updates,)`` of all nodes."""
        by_step = per_update.reshape(self.network.steps, self.network.latency).sum(axis=1)
        one: Array = by_step / self.nodes
        return one

    def _late(self, on_core: Array, start: int) -> Array:
        """``(hardware steps, cores)`` of ``(updates, cores)`` from hardware step `start` on."""
        load = np.zeros((self.steps, self.cores))
        room = min(len(on_core), self.steps - start)
        load[start : start + room] = on_core[:room]
        return load
