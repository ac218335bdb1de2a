"""Layouts within every limit: laid out again with the output axons of the round before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from neurograph.chip.footprint import AnyNetwork, by_source, exceeds
from neurograph.chip.place.demand import UNLIMITED, ResourceDemand
from neurograph.chip.place.layouts import Assignment, LayoutRule, Layouts
from neurograph.chip.place.orders import natural
from neurograph.chip.traffic import OUTSIDE, Axons, Spans, axon_counts, axons_of_spans
from neurograph.core.arrays import Array
from neurograph.core.errors import DoesNotFitError, Violation

ROUNDS = 8  # output axons depend on where the receivers lie, so it takes a few rounds
MOST_REPLICAS = 1024  # that a placement lists unless more are asked for
MOST_NEURONS = 1 << 22  # of all replicas, likewise, where the chip sets no limit


@dataclass(frozen=True, eq=False)
class LegalLayout:
    """A layout whose cores hold no more than they can.

    Attributes:
        placed: per population, its slices.
        axons: what follows from them.
    """

    assignment: Assignment
    placed: dict[str, Spans]
    axons: tuple[Axons, ...]

    @property
    def cores(self) -> int:
        return self.assignment.cores


def converge(
    network: AnyNetwork, wanted: ResourceDemand, layout: LayoutRule, replicas: int
) -> LegalLayout | Violation:
    """The layout, or by how much its most crowded core has too many output axons."""
    limit = wanted.room.axons_out
    out = np.zeros((replicas, wanted.neurons if limit != UNLIMITED else 0), np.int32)
    for _ in range(ROUNDS):
        assignment = layout(out)
        placed = spans_of(wanted, assignment.home)
        axons = axons_of_spans(network, placed, replicas, assignment.cores)
        leaving = axon_counts(axons, assignment.cores)[1]
        if leaving.max() <= limit:
            return LegalLayout(assignment, placed, axons)
        out = np.maximum(out, _leaving(wanted, axons, replicas))
    worst = int(leaving.argmax())
    names = ", ".join(name for name, spans in placed.items() if (spans.core == worst).any())
    where, unit = f"core {worst} ({names})", "of a core's output axons"
    remedy = "use fewer rows, or a chip with more axons"
    (broken,) = exceeds(where, "output", int(leaving[worst]), limit, unit, remedy)
    return broken


def sequential(
    network: AnyNetwork, wanted: ResourceDemand, replicas: int, chip: str
) -> LegalLayout:
    """Populations in order, neuron by neuron, core after core, replica after replica.

    Where replicas that share cores do not settle, each gets cores of its own.

    Raises:
        DoesNotFitError: a core has too many output axons whatever was tried.
    """
    order = natural(wanted)
    broken: list[Violation] = []
    layouts = Layouts(wanted, replicas)
    for layout in (layouts.in_a_row(order), layouts.apart(order)):
        found = converge(network, wanted, layout, replicas)
        if isinstance(found, LegalLayout):
            return found
        broken = [found]
    raise DoesNotFitError(chip, tuple(broken))


def replicas_within(network: AnyNetwork, wanted: ResourceDemand, cores: int, chip: str) -> int:
    """How many replicas so many cores take one after another, at most `MOST_REPLICAS`.

    Raises:
        DoesNotFitError: a core has too many output axons whatever was tried.
    """
    free = replace(wanted, room=wanted.room._replace(axons_out=UNLIMITED))
    order, none = natural(wanted), np.zeros((1, 0), np.int32)
    listed = Layouts(free, _most_replicas(network, wanted, cores))
    replicas = listed.whole_replicas(order, none, cores)
    if wanted.room.axons_out == UNLIMITED:
        return replicas
    while replicas:
        found = sequential(network, wanted, replicas, chip)
        if found.cores <= cores:
            return replicas
        replicas = min(replicas - 1, found.assignment.replicas_on(cores))
    return 0


def _most_replicas(network: AnyNetwork, wanted: ResourceDemand, cores: int) -> int:
    """No fewer than so many cores take, unless that is above what a placement lists."""
    most = min(MOST_REPLICAS, MOST_NEURONS // wanted.neurons)
    most = min(most, wanted.room.neurons * cores // wanted.neurons)
    if each := wanted.own_memory:
        most = min(most, wanted.room.memory * cores // each)
    incoming, outgoing = _fewest_axons(network)
    if incoming:
        most = min(most, wanted.room.axons_in * cores // incoming)
    if outgoing:
        most = min(most, wanted.room.axons_out * cores // outgoing)
    return max(1, most)


def _fewest_axons(network: AnyNetwork) -> tuple[int, int]:
    """Input and output axons of a replica if each population were on one core."""
    streams = {s.name for s in network.streams}
    incoming = outgoing = 0
    for p in network.populations:
        for group in by_source(network, p.name):
            joined = np.zeros((group[0].still.shape[1], group[0].weight.shape[1]), bool)
            for j in group:
                used = np.bincount(j.still.indices, minlength=j.still.shape[1]) > 0
                joined |= np.outer(used, j.weight.any(axis=0))
            incoming += (many := int(joined.sum()))
            outgoing += 0 if group[0].source in streams else many
    return incoming, outgoing


def spans_of(wanted: ResourceDemand, home: Array) -> dict[str, Spans]:
    """Per population, its slices, of the core of each neuron of each replica."""
    found = {}
    for f, at in zip(wanted.prints, wanted.start, strict=False):
        core = home[:, at : at + f.size]
        begins = np.ones(core.shape, bool)
        begins[:, 1:] = core[:, 1:] != core[:, :-1]
        replica, start = begins.nonzero()
        stop = np.append(start[1:], f.size)
        stop[stop == 0] = f.size  # the last slice of a replica ends where the next replica begins
        found[f.population] = Spans(
            replica=replica, start=start, stop=stop, core=core[replica, start].astype(np.int64)
        )
    return found


def _leaving(wanted: ResourceDemand, axons: Sequence[Axons], replicas: int) -> Array:
    """int32 ``(replicas, neurons)``: axons that leave each neuron."""
    begin = dict(zip((f.population for f in wanted.prints), wanted.start.tolist(), strict=False))
    leaving = np.zeros((replicas, wanted.neurons), np.int32)
    for a in axons:
        if len(a.core) and a.core[0] != OUTSIDE:
            segment, neuron = a.neurons.nonzero()
            leaving[a.replica[segment], begin[a.source] + neuron] += a.reach.sum(axis=1)[segment]
    return leaving
