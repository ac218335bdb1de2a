"""The cores and tiles of a placement, numbered as SANA-FE numbers them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork
from neurograph.runtime.sites import Sites
from neurograph_sanafe.lower import Netlist


@dataclass(frozen=True, eq=False, kw_only=True)
class Seats:
    """A mesh of tiles that holds all cores in use, and who sits where.

    Attributes:
        columns, rows: tiles of the mesh.
        cores_per_tile: of the fullest tile.
        core: int64 ``(neurons,)``, ``tile * cores_per_tile + core within the tile``.
        entry: int64 ``(inputs,)``, the tile where each input enters: the first that hears it.
    """

    columns: int
    rows: int
    cores_per_tile: int
    core: Array
    entry: Array

    @property
    def fullest(self) -> int:
        """Neurons on the core with most of them."""
        return int(np.bincount(self.core).max())

    @property
    def entries(self) -> Array:
        """int64 ``(tiles,)``: inputs that enter at each tile; at least 1, as SANA-FE asks."""
        counted = np.bincount(self.entry, minlength=self.columns * self.rows)
        return np.maximum(counted, 1)


def seats(network: QNetwork, netlist: Netlist, sites: Sites | None) -> Seats:
    """Where neurons and inputs sit.

    Args:
        sites: None: all neurons on one core.
    """
    core, column, row = _given(network, netlist, sites)
    left, top = column[core].min(), row[core].min()
    columns, rows = (int(x[core].max() - least + 1) for x, least in ((column, left), (row, top)))
    tile = (column - left) * rows + row - top  # SANA-FE counts down the columns
    used = np.unique(core)
    within = np.zeros(len(tile), np.int64)
    for t in np.unique(tile[used]):
        on_tile = used[tile[used] == t]
        within[on_tile] = np.arange(len(on_tile))
    cores_per_tile = int(within[used].max()) + 1
    return Seats(
        columns=columns,
        rows=rows,
        cores_per_tile=cores_per_tile,
        core=tile[core] * cores_per_tile + within[core],
        entry=_entries(netlist, tile[core]),
    )


def _given(network: QNetwork, netlist: Netlist, sites: Sites | None) -> tuple[Array, Array, Array]:
    """Of each neuron its core, of each core its column and row."""
    if sites is None:
        return np.zeros(netlist.neurons, np.int64), np.zeros(1, np.int64), np.zeros(1, np.int64)
    core = np.concatenate([sites.core[p.name] for p in network.populations])
    return core, sites.column, sites.row


def _entries(netlist: Netlist, tile: Array) -> Array:
    """The lowest tile that an input reaches; tile 0 where it reaches none."""
    none = int(tile.max(initial=0)) + 1
    entry = np.full(netlist.inputs, none)
    source, target = netlist.from_inputs.ends.T
    np.minimum.at(entry, source, tile[target])
    return np.where(entry == none, 0, entry)
