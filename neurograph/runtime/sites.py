"""Where the neurons of a network lie on a chip, for a backend that simulates the chip as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array, frozen
from neurograph.core.errors import NetworkError


@dataclass(frozen=True, eq=False, kw_only=True)
class Sites:
    """One replica of the network of a node on the cores of a chip.

    Attributes:
        core: per population, int64 ``(rows * channels,)``, row major: the core of each neuron.
        column, row: int64 ``(cores,)``, the tile of each core on the mesh, that of other chips
            beside it.

    Raises:
        NetworkError: a core without a tile.
    """

    core: Mapping[str, Array]
    column: Array
    row: Array

    def __post_init__(self) -> None:
        for name in ("column", "row"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int64))
        cores = {name: frozen(core, np.int64) for name, core in self.core.items()}
        object.__setattr__(self, "core", cores)
        for name, core in cores.items():
            if core.size and not 0 <= core.min() <= core.max() < len(self.column):
                raise NetworkError(
                    f"{name}: neurons on cores {core.min()} to {core.max()}; there are tiles for "
                    f"{len(self.column)}"
                )
