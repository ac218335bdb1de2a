"""Names that a config checks without PyTorch; what each stands for is beside its implementation."""

from __future__ import annotations

from collections.abc import Iterable

from neurograph.core.errors import ModelError
from neurograph.core.nearest import unknown

SOLVER_NAMES = ("broyden", "neumann")  # see `layers.implicit`
FLAT, LEAKY = READOUTS = ("flat", "leaky")  # see `layers.readout`


def check_name(what: str, name: str, known: Iterable[str]) -> None:
    """Raise ModelError unless `name` is one of those known."""
    names = tuple(known)
    if name not in names:
        raise ModelError(unknown(what, name, names))
