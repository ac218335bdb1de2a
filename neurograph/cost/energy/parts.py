"""Which part of a network its energy goes to: products, edges, neurons, messages, readout, host."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from neurograph.chip.footprint import AnyNetwork
from neurograph.cost.energy.estimate import DYNAMIC, STATIC
from neurograph.cost.estimate import EnergyEstimate, EnergyRow, Interval, span, total
from neurograph.ir import Schedule

OWN = "products with a node's own input"
NEIGHBOURS = "products for neighbours, and of what they send"
EDGES = "sums along edges"
RELAYS = "updates of relays"
NEURONS = "updates and spikes of neurons"
MESSAGES = "messages and hops"
READOUT = "readout"
POWER = "static power"
HOST = "host: "  # and its task
PARTS = (OWN, NEIGHBOURS, EDGES, RELAYS, NEURONS, MESSAGES, READOUT, POWER)


def by_part(
    network: AnyNetwork, estimate: EnergyEstimate, trained: Collection[str]
) -> Mapping[str, Interval]:
    """Joules per node and snapshot of each part, over all constant sets; `PARTS`, then the host's.

    A product is with a node's own input where a projection leads from each row to itself and no
    relay is at either end; all others within a node, or within a tree, are for neighbours.

    Args:
        trained: populations of the model; all others are those of a readout on the chip.
    """
    found: dict[str, list[EnergyRow]] = {part: [] for part in PARTS}
    for row in estimate.rows:
        found.setdefault(_part(network, row, trained), []).append(row)
    steps = len(estimate.snapshots)
    return {part: _joules(estimate, rows, steps) for part, rows in found.items()}


def _joules(estimate: EnergyEstimate, rows: list[EnergyRow], steps: int) -> Interval:
    sets = {n: total(row.each[n].times(row.events / steps) for row in rows) for n in estimate.sets}
    return span(sets)


def _part(network: AnyNetwork, row: EnergyRow, trained: Collection[str]) -> str:
    if row.part == STATIC:
        return POWER
    if row.part != DYNAMIC:
        return READOUT if row.where == "readout" else HOST + row.where
    relays = {p.name for p in network.populations if p.neuron.graded}
    targets = {j.name: j.target for j in network.projections}
    if row.where in targets:
        of_model = targets[row.where] in {*trained, *relays}
        return _of_products(network, row.where, relays) if of_model else READOUT
    if " to " in row.where:
        inside = row.where.split(" to ")[1] in {*trained, *relays}
        return MESSAGES if inside else READOUT
    if row.where in relays:
        return RELAYS
    return NEURONS if row.where in trained else READOUT


def _of_products(network: AnyNetwork, name: str, relays: Collection[str]) -> str:
    (j,) = (j for j in network.projections if j.name == name)
    if isinstance(j.mix, Schedule):
        return EDGES
    pairs = j.mix.tocoo()
    itself = bool((pairs.row == pairs.col).all())
    return OWN if itself and not {j.source, j.target} & {*relays} else NEIGHBOURS
