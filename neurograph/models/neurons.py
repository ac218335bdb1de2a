"""The neurons that a model can be trained with, by the name that ``--neuron`` has for them.

Here PyTorch is imported only for a layer. A package adds neurons with its kind: see
`ir.neurons.kinds`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from neurograph.core.errors import ModelError, NetworkError
from neurograph.core.nearest import unknown
from neurograph.ir import LIF, AdaptiveLIF, Neuron, NeuronKind, neuron_kind
from neurograph.ir.neurons.kinds import Settings, Trainable, added_kinds
from neurograph.models.layers.neurons.cell import Cell, check_surrogate

if TYPE_CHECKING:
    from neurograph.models.layers.neurons.base import NeuronLayer

_LAYERS = "neurograph.models.layers.neurons"


def _if(settings: Settings) -> Neuron:
    return LIF(voltage_decay=0.0, threshold=settings.threshold)


def _lif(settings: Settings) -> Neuron:
    return LIF(voltage_decay=1.0 / settings.tau, threshold=settings.threshold)


def _alif(settings: Settings) -> Neuron:
    return AdaptiveLIF(
        voltage_decay=1.0 / settings.tau,
        threshold=settings.threshold,
        threshold_decay=settings.threshold_decay,
        threshold_step=settings.gamma,
    )


BUILT_IN: Mapping[str, Mapping[str, Trainable]] = {  # by kind
    "LIF": {
        "if": Trainable(start=_if, layer=f"{_LAYERS}.if_:If", least_tau=None),
        "lif": Trainable(start=_lif, layer=f"{_LAYERS}.lif:Lif"),
        "plif": Trainable(start=_lif, layer=f"{_LAYERS}.plif:Plif", learns_tau=True),
    },
    "AdaptiveLIF": {"alif": Trainable(start=_alif, layer=f"{_LAYERS}.alif:Alif")},
}


def neuron_names() -> tuple[str, ...]:
    """What ``--neuron`` takes; what broken packages would add is left out."""
    built_in = [name for ways in BUILT_IN.values() for name in ways]
    return (*built_in, *(name for kind in _added([]) for name in kind.trainable))


def check_name(name: str) -> None:
    """Raise ModelError unless a neuron has this name."""
    _found(name)


def before_training(name: str, settings: Settings) -> Neuron:
    """The neuron of a network that these settings describe, before any training.

    Raises:
        ModelError: no such neuron. NetworkError: settings that make none.
    """
    return _found(name)[1].start(settings)


def cell(name: str, settings: Settings, surrogate: str, alpha: float) -> Cell:
    """The constants by which a neuron of this name is trained; not checked: see `check_neuron`.

    Raises:
        ModelError: no such neuron.
    """
    form = _found(name)[0].real
    moves = "theta" in form.states
    return Cell(
        threshold=settings.threshold,
        hold=1.0 - settings.threshold_decay if moves else 1.0,
        jump=settings.gamma if moves else 0.0,
        surrogate=surrogate,
        alpha=alpha,
        soft_reset=form.soft_reset,
    )


def check_neuron(name: str, tau: float, cell: Cell) -> None:
    """Raise ModelError unless these make a neuron."""
    _, way = _found(name)
    check_surrogate(cell.surrogate)
    if way.least_tau is not None:
        above = tau > way.least_tau if way.learns_tau else tau >= way.least_tau
        least = f"above {way.least_tau:g} ({name} starts from it)"
        least = least if way.learns_tau else f"at least {way.least_tau:g}"
        if not above:
            raise ModelError(f"neuron {name}: tau is {tau} steps, needed {least}")
    for what in ("threshold", "alpha"):
        if not getattr(cell, what) > 0:
            raise ModelError(f"neuron {name}: {what} is {getattr(cell, what)}, needed above 0")
    if not (0 <= cell.hold <= 1 and cell.jump >= 0):
        raise ModelError(
            f"neuron {name}: the threshold keeps {cell.hold:g} per step and jumps by "
            f"{cell.jump:g}; needed 0 to 1, and at least 0"
        )


def layer_class(name: str) -> type[NeuronLayer]:
    """The PyTorch layer of a neuron; called with `before_training` and the settings.

    Raises:
        ModelError: no such neuron, or its layer is broken.
    """
    module, _, attribute = _found(name)[1].layer.partition(":")
    try:
        found: type[NeuronLayer] = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ModelError(
            f"neuron {name}: its layer {module}:{attribute} does not load ({error}); mend or "
            "uninstall the package that adds it"
        ) from error
    return found


@cache
def _found(name: str) -> tuple[NeuronKind, Trainable]:
    """The kind that a neuron of this name is of, and how it is trained."""
    for kind, ways in BUILT_IN.items():
        if name in ways:
            return neuron_kind(kind), ways[name]
    broken: list[str] = []
    for added in _added(broken):
        if name in added.trainable:
            return added, added.trainable[name]
    more = "".join(f"; {why}" for why in broken)
    raise ModelError(unknown("neuron", name, neuron_names(), more=more))


def _added(broken: list[str]) -> Iterator[NeuronKind]:
    """The kinds that packages add; why some of them do not load is appended to `broken`."""
    for name in added_kinds():
        try:
            yield neuron_kind(name)
        except NetworkError as error:
            broken.append(str(error))
