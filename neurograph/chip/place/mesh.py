"""The cores of a system as places: tiles of a mesh, chips side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurograph.chip.footprint import cores_per_chip
from neurograph.chip.profile import HardwareProfile
from neurograph.core.arrays import Array
from neurograph.core.errors import ProfileError

HOPS = ("hop_east_west", "hop_north_south")


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """Tiles of a chip; where the profile does not know them, all its cores are one tile.

    Attributes:
        hop: joules of a hop east-west and north-south, of the first energy set of the profile
            that knows both; 1 and 1 where none does.
    """

    columns: int
    rows: int
    cores_per_tile: int
    cores_per_chip: int
    hop: tuple[float, float]

    @staticmethod
    def of(profile: HardwareProfile) -> Mesh:
        """
        Raises:
            ProfileError: the profile does not know how many cores the chip has, or it has none.
        """
        cores = cores_per_chip(profile)
        if not cores:
            known = "unknown" if cores is None else "0"
            raise ProfileError(
                f"profile '{profile.name}': cores_per_chip is {known}; needed to place"
            )
        names = ("mesh_columns", "mesh_rows", "cores_per_tile")
        columns, rows, per_tile = (profile.limit(name) for name in names)
        if columns is None or rows is None or per_tile is None:
            columns, rows, per_tile = 1, 1, cores
        return Mesh(
            columns=int(columns),
            rows=int(rows),
            cores_per_tile=int(per_tile),
            cores_per_chip=cores,
            hop=_hop_joules(profile),
        )

    @property
    def tiles(self) -> int:
        """Tiles of a chip."""
        return self.columns * self.rows

    def chips(self, cores: int) -> int:
        """Chips that so many cores need."""
        return -(-cores // self.cores_per_chip)

    def in_order(self, cores: int) -> Array:
        """int64 ``(cores,)``: tile by tile, row by row of the mesh, chip by chip."""
        chip, at = np.divmod(np.arange(cores), self.cores_per_chip)
        tile: Array = chip * self.tiles + at // self.cores_per_tile
        return tile

    def site(self, tile: Array) -> tuple[Array, Array, Array]:
        """Chip, column and row of tiles that are numbered through all chips."""
        chip, at = np.divmod(tile, self.tiles)
        row, column = np.divmod(at, self.columns)
        return chip, column, row

    def position(self, tile: Array) -> tuple[Array, Array]:
        """East-west and north-south position, in hops; the chips lie side by side."""
        chip, column, row = self.site(tile)
        return chip * self.columns + column, row


def _hop_joules(profile: HardwareProfile) -> tuple[float, float]:
    for constants in profile.energy.values():
        east, north = (constants[kind].value if kind in constants else None for kind in HOPS)
        if east is not None and north is not None:
            return east, north
    return 1.0, 1.0
