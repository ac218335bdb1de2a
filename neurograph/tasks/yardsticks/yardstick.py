"""A yardstick: a simple method, and what it says of every node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array, frozen
from neurograph.core.errors import DataError
from neurograph.tasks.yardsticks.arithmetic import Arithmetic


@dataclass(frozen=True, eq=False, kw_only=True)
class Yardstick:
    """A simple method, fitted on the training nodes of a split.

    Attributes:
        name: in files.
        title: as a person reads it.
        about: how it answers, in a few words.
        outputs: ``(nodes, outputs)`` of every node of the graph, as a model of the task gives
            them.
        val_outputs: ``(val, outputs)`` of the validation nodes, ascending; with folds, of each node
            that one of them leaves out, by what was fitted without it.
        chosen: what the validation nodes decided, in a few words; empty where they decided
            nothing.
        seconds: wall time.
        hears_labels: whether the classes of training nodes decide an answer; None: not told.
        arithmetic: what an answer takes; None: not counted.
    """

    name: str
    title: str
    outputs: Array
    val_outputs: Array
    about: str = ""
    chosen: str = ""
    seconds: float = 0.0
    hears_labels: bool | None = None
    arithmetic: Arithmetic | None = None

    def __post_init__(self) -> None:
        for name in ("outputs", "val_outputs"):
            object.__setattr__(self, name, checked(f"yardstick {self.name}", getattr(self, name)))


def checked(where: str, outputs: Array) -> Array:
    """The outputs, read-only.

    Raises:
        DataError: they are not finite numbers, a row per node.
    """
    found = frozen(outputs)
    if found.ndim != 2 or found.dtype.kind not in "iuf":
        raise DataError(
            f"{where}: outputs are {found.dtype}{found.shape}; needed numbers, a row per node"
        )
    if not np.isfinite(found).all():
        raise DataError(f"{where}: its outputs are not all finite")
    return found
