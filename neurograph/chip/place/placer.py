"""The placers: sequential, the yardstick; annealed, the default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from neurograph.chip.capacity import capacity_violations
from neurograph.chip.footprint import AnyNetwork, cores_per_system, exceeds
from neurograph.chip.place.annealing import anneal, hop_joules
from neurograph.chip.place.converge import LegalLayout, converge, replicas_within, sequential
from neurograph.chip.place.demand import ResourceDemand, demand
from neurograph.chip.place.layered import cores_of_layers, layered
from neurograph.chip.place.layouts import LayoutRule, Layouts
from neurograph.chip.place.mesh import Mesh
from neurograph.chip.place.orders import by_traffic, natural
from neurograph.chip.place.residents import place_residents
from neurograph.chip.place.sites import on_own_tiles, winding
from neurograph.chip.place.uses import placement
from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.traffic import messages
from neurograph.core.arrays import Array
from neurograph.core.errors import DoesNotFitError, NetworkError, Violation
from neurograph.core.nearest import unknown
from neurograph.ir import Network
from neurograph.ir.passes.relays import with_relays

METHODS = ("annealed", "sequential")
LAYERED = "layered"  # on chips alone that count their memory in words
QUICK, THOROUGH = 4_000_000, 40_000_000  # terms of the hop energy that annealing may look at
FEW = 300_000  # neurons of all replicas up to which other orders are worth the time


def place(
    network: AnyNetwork,
    profile: HardwareProfile,
    *,
    replicas: int | None = None,
    sent: Mapping[str, Array] | None = None,
    method: str = "annealed",
    seed: int = 0,
) -> Placement:
    """Place replicas of a network on as few cores as possible, then with few hops of its spikes.

    A core is within the neurons, synaptic memory and axons that the profile knows, and may hold
    parts of several populations and replicas. See `chip.memory` for what synapses
    take; memory of the axons themselves and of neuron programs is not counted.
    Where the profile does not know the mesh, all cores of a chip count as one tile.

    A network whose nodes hear each other is placed once, with all of its nodes; in floats, as it
    is with relays along edges.

    Args:
        replicas: None for as many as one chip takes (up to `MOST_REPLICAS`), at least 1.
        sent: per population, ``(rows, channels)``: spikes of each neuron, in any unit. One that
            is missing fires as the mean of the others.
        method: "sequential": populations in order, neuron by neuron, core after core, replica after
            replica, tiles in order. "annealed": the best of several layouts after simulated
            annealing; never more cores than sequential, nor more hop energy on as many. "layered":
            every layer on cores of its own, as Loihi 2's compiler cuts them: see `chip.layers`.
        seed: of the annealing; the same seed gives the same placement.

    Raises:
        DoesNotFitError: with every violation; nothing was placed.
        NetworkError: fewer than 1 replica, an unknown method, or spikes of another network.
        ProfileError: the profile does not know how many cores the chip has; layered, of a chip
            that counts its memory in bits.
    """
    _check(replicas, method)
    mesh = Mesh.of(profile)
    network = with_relays(network) if isinstance(network, Network) else network
    spikes = _spikes(network, sent or {})
    if network.nodes is not None:
        if replicas not in (None, 1):
            raise NetworkError(f"{replicas} replicas of a graph; its nodes are placed once")
        if method == LAYERED:
            raise NetworkError("a graph has no layers on cores of their own; place it annealed")
        return place_residents(network, profile, spikes=spikes, method=method, seed=seed)
    if broken := capacity_violations(network, profile, replicas or 1):
        raise DoesNotFitError(profile.name, broken)
    wanted = demand(network, profile)
    if method == LAYERED:
        per_chip = mesh.cores_per_chip // sum(cores_of_layers(network, profile).values())
    else:
        per_chip = replicas_within(network, wanted, mesh.cores_per_chip, profile.name)
    many = replicas or max(1, per_chip)
    if method == LAYERED:
        found = layered(network, wanted, profile, many)
    else:
        found = sequential(network, wanted, many, profile.name)
    placed = _PlacedLayout.in_order(found, spikes, mesh)
    if broken := tuple(_too_many(placed.layout, many, profile)):
        raise DoesNotFitError(profile.name, broken)
    if method == "annealed":
        placed = _annealed(network, wanted, many, placed, spikes, seed)
    return placement(
        wanted,
        profile,
        mesh,
        placed.layout,
        placed.tile,
        method=method,
        replicas_per_chip=max(per_chip, many) if placed.chips == 1 else per_chip,
    )


@dataclass(frozen=True, eq=False)
class _PlacedLayout:
    """A layout with a tile for every core.

    Attributes:
        between: messages from core to core.
        joules: of their hops.
    """

    layout: LegalLayout
    mesh: Mesh
    between: sp.csr_array
    tile: Array
    joules: float

    @staticmethod
    def at(found: LegalLayout, between: sp.csr_array, tile: Array, mesh: Mesh) -> _PlacedLayout:
        return _PlacedLayout(found, mesh, between, tile, hop_joules(between, tile, mesh))

    @staticmethod
    def in_order(found: LegalLayout, spikes: Mapping[str, Array], mesh: Mesh) -> _PlacedLayout:
        between = messages(found.axons, found.cores, spikes)
        return _PlacedLayout.at(found, between, mesh.in_order(found.cores), mesh)

    @property
    def chips(self) -> int:
        return self.mesh.chips(self.layout.cores)

    @property
    def cost(self) -> tuple[int, float]:
        """Fewest cores, then least hop energy."""
        return self.layout.cores, self.joules

    def moved(self, tile: Array) -> _PlacedLayout:
        return _PlacedLayout.at(self.layout, self.between, tile, self.mesh)

    def improved(self, seed: int, work: int, heat: float) -> _PlacedLayout:
        found = anneal(self.between, self.tile, self.mesh, seed=seed, work=work, heat=heat)
        return min(self, self.moved(found), key=lambda placed: placed.cost)


def _annealed(
    network: AnyNetwork,
    wanted: ResourceDemand,
    replicas: int,
    start: _PlacedLayout,
    spikes: Mapping[str, Array],
    seed: int,
) -> _PlacedLayout:
    mesh, candidates = start.mesh, [start]
    for layout in _layouts(network, wanted, replicas, spikes, mesh):
        found = converge(network, wanted, layout, replicas)
        if isinstance(found, LegalLayout) and found.cores <= start.layout.cores:
            candidates.append(_PlacedLayout.in_order(found, spikes, mesh))
    guesses = [guess for placed in candidates for guess in _guesses(placed)]
    quick = [guess.improved(seed, QUICK, 0.0) for guess in guesses]
    best = min(quick, key=lambda placed: placed.cost)
    for heat in (0.02, 0.3):
        best = best.improved(seed, THOROUGH, heat)
    return best


def _layouts(
    network: AnyNetwork,
    wanted: ResourceDemand,
    replicas: int,
    spikes: Mapping[str, Array],
    mesh: Mesh,
) -> Iterator[LayoutRule]:
    """Layouts to compare with the sequential one."""
    if replicas * wanted.neurons > FEW:
        return
    layouts = Layouts(wanted, replicas)
    for order in (natural(wanted), *by_traffic(network, wanted, spikes)):
        yield layouts.in_a_row(order)
        if replicas > 1:
            yield layouts.ends_together(order)
            yield layouts.whole_in_tiles(order, mesh)


def _guesses(placed: _PlacedLayout) -> Iterator[_PlacedLayout]:
    """The layout at several first places."""
    yield placed
    yield placed.moved(winding(placed.layout.cores, placed.mesh))
    assignment = placed.layout.assignment
    own = on_own_tiles(assignment.cores, assignment.together, placed.mesh)
    if assignment.together and own is not None:
        yield placed.moved(own)


def _check(replicas: int | None, method: str) -> None:
    if replicas is not None and replicas < 1:
        raise NetworkError(f"{replicas} replicas of a network; at least 1 can be placed")
    if method not in (*METHODS, LAYERED):
        raise NetworkError(unknown("placer", method, (*METHODS, LAYERED)))


def _spikes(network: AnyNetwork, sent: Mapping[str, Array]) -> dict[str, Array]:
    """Spikes of every neuron, those that nobody measured like the mean of the others."""
    shapes = {p.name: (p.rows, p.channels) for p in network.populations}
    given = {name: np.asarray(sent[name], np.float64) for name in shapes if name in sent}
    for name, spikes in given.items():
        if spikes.shape != shapes[name]:
            raise NetworkError(f"spikes of '{name}' are {spikes.shape}, needed {shapes[name]}")
        if not (np.isfinite(spikes).all() and (spikes >= 0).all()):
            raise NetworkError(f"spikes of '{name}' hold a negative or no finite number")
    known = np.concatenate([np.ones(0), *(spikes.ravel() for spikes in given.values())])
    usual = float(known.mean()) if known.any() else 1.0
    return {name: given.get(name, np.full(shape, usual)) for name, shape in shapes.items()}


def _too_many(found: LegalLayout, replicas: int, profile: HardwareProfile) -> Iterator[Violation]:
    system = cores_per_system(profile)
    what, remedy = "one replica", "use fewer neurons or inputs"
    if replicas > 1 and system is not None:
        what = f"placing {replicas:,} replicas"
        remedy = f"place at most {found.assignment.replicas_on(int(system)):,}"
    yield from exceeds("network", what, found.cores, system, "cores", remedy)
