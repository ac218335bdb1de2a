"""Places a graph whose nodes hear each other: whole nodes on cores, cores on tiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from neurograph.chip.footprint import AnyNetwork, cores_per_system
from neurograph.chip.place.annealing import anneal, hop_joules
from neurograph.chip.place.demand import UNLIMITED, room_of
from neurograph.chip.place.mesh import Mesh
from neurograph.chip.place.node_cuts import TooLarge, common_cuts
from neurograph.chip.place.node_filling import Filler, Pieces
from neurograph.chip.place.node_orders import partitioned
from neurograph.chip.place.node_uses import core_uses, told_memory
from neurograph.chip.place.sites import winding
from neurograph.chip.placement import NodeOrder, Placement, Residents
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.residents.capacity import (
    crowded_core,
    resident_violations,
    too_many_cores,
)
from neurograph.chip.residents.demand import NodeDemand
from neurograph.chip.residents.traffic import Audience, audiences, axon_counts, expected, leaving
from neurograph.core.arrays import Array
from neurograph.core.errors import DoesNotFitError, Violation

ROUNDS = 8  # output axons depend on where the receivers lie, so it takes a few rounds
WORK = 40_000_000  # terms of the hop energy that annealing may look at
IN_ORDER, PARTITIONED = "in order", "partitioned"
_RULES = {True: "shared", False: "copied"}


def place_residents(
    network: AnyNetwork,
    profile: HardwareProfile,
    *,
    spikes: Mapping[str, Array],
    method: str,
    seed: int,
) -> Placement:
    """Every node of a graph on the cores of a chip, or of several; see `place`.

    All neurons of a node are on one core, if one holds them. Nodes are put on cores in the order in
    which they are numbered, and, where annealed, in the order of a partition of the graph: what
    takes fewer chips, then less hop energy, is kept.

    Args:
        spikes: per population, ``(1, channels)``, of all nodes, in any unit.

    Raises:
        DoesNotFitError: with every violation.
    """
    graph = _Graph(network, profile, spikes)
    if broken := resident_violations(network, profile, graph.wanted):
        raise DoesNotFitError(profile.name, broken)
    found = [graph.laid_out(IN_ORDER, np.arange(graph.nodes))]
    if method == "annealed":
        order = partitioned(graph.traffic(), seed)
        found.append(graph.laid_out(PARTITIONED, order))
    best = min(found, key=lambda one: one.cost)
    if broken := graph.too_many_cores(best):
        raise DoesNotFitError(profile.name, broken)
    others = tuple(graph.told(one) for one in found if one is not best)
    if method == "annealed":
        best = graph.annealed(best, seed)
    orders = (graph.told(best), *others, *graph.by_other_rule(best))
    return _placement(graph, best, method, orders)


@dataclass(frozen=True, eq=False)
class _Laid:
    """Nodes on cores, and cores on tiles.

    Attributes:
        name: of the order of the nodes.
        between: messages from core to core.
        joules: of their hops.
    """

    name: str
    order: Array
    pieces: Pieces
    found: list[Audience]
    between: sp.csr_array
    tile: Array
    joules: float
    chips: int

    @property
    def cost(self) -> tuple[int, float, int]:
        return self.chips, self.joules, self.pieces.cores


class _Graph:
    """A network whose nodes hear each other, and the chip on which it is to lie."""

    def __init__(
        self, network: AnyNetwork, profile: HardwareProfile, spikes: Mapping[str, Array]
    ) -> None:
        self.network, self.profile = network, profile
        self.mesh, self.room = Mesh.of(profile), room_of(profile)
        self.wanted = NodeDemand(network, profile)
        self.nodes = self.wanted.links.nodes
        # of every neuron one on average, so that counts of different placements compare
        usual = float(np.concatenate([s.ravel() for s in spikes.values()]).mean()) or 1.0
        self.sent = {name: s.ravel() / usual for name, s in spikes.items()}

    def traffic(self) -> sp.csr_array:
        """``(N, N)``: messages from one node to another, were each on a core of its own."""
        total = sp.csr_array((self.nodes, self.nodes), dtype=np.float64)
        for link in self.wanted.links.into(0, self.wanted.neurons):
            if link.source in self.sent:
                each = float(self.sent[link.source][link.channels].sum())
                total = total + link.relation.life * each
        return sp.csr_array(total)

    def laid_out(self, name: str, order: Array) -> _Laid:
        """Nodes on cores in this order, cores on tiles one after another.

        Raises:
            DoesNotFitError: a core has too many output axons whatever was tried.
        """
        pieces, found = self._settled(order)
        between = expected(found, pieces.cores, self.sent)
        tile = winding(pieces.cores, self.mesh)
        joules, chips = hop_joules(between, tile, self.mesh), self.mesh.chips(pieces.cores)
        return _Laid(name, order, pieces, found, between, tile, joules, chips)

    def annealed(self, laid: _Laid, seed: int) -> _Laid:
        """The same cores on tiles of no more hop energy."""
        tile = anneal(laid.between, laid.tile, self.mesh, seed=seed, work=WORK, heat=0.02)
        joules = hop_joules(laid.between, tile, self.mesh)
        return min(laid, replace(laid, tile=tile, joules=joules), key=lambda one: one.cost)

    def told(self, laid: _Laid) -> NodeOrder:
        """What it takes, per node and snapshot."""
        pairs = laid.between.tocoo()
        column, row = self.mesh.position(laid.tile)
        steps = np.abs(column[pairs.row] - column[pairs.col])
        steps += np.abs(row[pairs.row] - row[pairs.col])
        each = 1 / (self.nodes * self.network.steps)
        return NodeOrder(
            name=laid.name,
            synapses=_RULES[self.wanted.memory.shared],
            cores=laid.pieces.cores,
            **told_memory(self.wanted, laid.pieces),
            messages=float(pairs.data[pairs.row != pairs.col].sum()) * each,
            hops=float(pairs.data @ steps) * each,
        )

    def by_other_rule(self, laid: _Laid) -> tuple[NodeOrder, ...]:
        """What the same order takes where weights are stored by the other rule, if it fits."""
        other = self.wanted.by_rule(shared=not self.wanted.memory.shared)
        try:
            filler = Filler(other, self.room, common_cuts(other, self.room))
            pieces = filler.fill(laid.order, self._no_output())
        except TooLarge:
            return ()
        rule, held = _RULES[other.memory.shared], told_memory(other, pieces)
        return (NodeOrder(name=laid.name, synapses=rule, cores=pieces.cores, **held),)

    def too_many_cores(self, laid: _Laid) -> tuple[Violation, ...]:
        """More than the largest system has."""
        limit = cores_per_system(self.profile)
        if limit is None or laid.pieces.cores <= limit:
            return ()
        reached = np.full(self.nodes, 0)
        np.maximum.at(reached, laid.pieces.node, laid.pieces.core)
        held = int((reached < limit).sum())
        return too_many_cores(self.profile, laid.pieces.cores, self.nodes, held)

    def _settled(self, order: Array) -> tuple[Pieces, list[Audience]]:
        filler = Filler(self.wanted, self.room, common_cuts(self.wanted, self.room))
        out = self._no_output()
        for _ in range(ROUNDS):
            pieces = filler.fill(order, out)
            found = audiences(self.network, pieces, pieces.cores)
            if self.room.axons_out == UNLIMITED:
                return pieces, found
            crowded = axon_counts(found, pieces.cores)[1]
            if crowded.max() <= self.room.axons_out:
                return pieces, found
            out = np.maximum(out, leaving(self.network, found))
        worst = int(crowded.argmax())
        raise DoesNotFitError(self.profile.name, crowded_core(self.profile, worst, crowded[worst]))

    def _no_output(self) -> Array:
        """Output axons of each neuron that are known before anything is placed; see `Filler`."""
        limited = self.room.axons_out != UNLIMITED
        return np.zeros((self.nodes, self.wanted.neurons if limited else 0), np.int32)


def _placement(graph: _Graph, laid: _Laid, method: str, orders: tuple[NodeOrder, ...]) -> Placement:
    """The noun; cores are numbered tile by tile."""
    order = np.argsort(laid.tile, kind="stable")  # the core that becomes core n
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    pieces = laid.pieces
    return Placement(
        profile=graph.profile.name,
        method=method,
        replicas=1,
        slices=(),
        uses=core_uses(graph.wanted, pieces, laid.found, graph.mesh, laid.tile, order),
        chips=laid.chips,
        replicas_per_chip=graph.mesh.cores_per_chip // pieces.cores,
        unchecked=graph.profile.unknown_limits,
        residents=Residents(
            nodes=graph.nodes,
            node=pieces.node,
            start=pieces.start,
            stop=pieces.stop,
            core=number[pieces.core],
            orders=orders,
        ),
    )
