"""A yardstick: a simple method, and what it says of every node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array, frozen
from neurograph.core.errors import DataError


@dataclass(frozen=True, eq=False, kw_only=True)
class Yardstick:
    """A simple method, fitted on the training nodes of a split.

    Attributes:
        name: in files.
        title: as a person reads it.
        about: how it answers, in a few words.
        outputs: ``(nodes, outputs)`` of every node of the graph, as a model of the task gives
            them.
        chosen: what the validation nodes decided, in a few words; empty where they decided
            nothing.
        seconds: wall time.
    """

    name: str
    title: str
    outputs: Array
    about: str = ""
    chosen: str = ""
    seconds: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "outputs", frozen(self.outputs))
        if self.outputs.ndim != 2 or self.outputs.dtype.kind not in "iuf":
            raise DataError(
                f"yardstick {self.name}: outputs are {self.outputs.dtype}{self.outputs.shape}; "
                "needed numbers, a row per node"
            )
        if not np.isfinite(self.outputs).all():
            raise DataError(f"yardstick {self.name}: its outputs are not all finite")
