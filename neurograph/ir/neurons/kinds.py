"""The kinds of neurons that there are: those built in, and those of installed packages.

A package adds one by an entry point of the group ``neurograph.neurons`` that is named like the
kind and leads to its `NeuronKind`. It is imported when a network, a file or a command first asks
for that kind, also where there is no PyTorch: that belongs into the module of its layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

from neurograph.core.errors import NetworkError
from neurograph.core.nearest import unknown
from neurograph.ir.neurons.adaptive import AdaptiveLIF, QAdaptiveLIF
from neurograph.ir.neurons.base import Neuron, QNeuron
from neurograph.ir.neurons.lif import LIF, QLIF
from neurograph.ir.neurons.refractory import QRefractoryLIF, RefractoryLIF
from neurograph.ir.neurons.relay import QRelay, Relay
from neurograph.ir.neurons.soft_reset import QSoftResetLIF, SoftResetLIF

GROUP = "neurograph.neurons"


class Settings(Protocol):
    """What a training says of its neurons; any object with these attributes.

    Attributes:
        tau: membrane time constant, in steps.
        threshold: theta at the first step.
        gamma: added to theta by a spike.
        threshold_decay: share of theta lost per step.
    """

    @property
    def tau(self) -> float: ...
    @property
    def threshold(self) -> float: ...
    @property
    def gamma(self) -> float: ...
    @property
    def threshold_decay(self) -> float: ...


@dataclass(frozen=True, kw_only=True)
class Trainable:
    """One way to train a kind of neuron.

    Attributes:
        start: the neuron that these settings describe before any training.
        layer: ``"package.module:Class"`` of its PyTorch layer, a
            `models.layers.neurons.base.NeuronLayer`.
        least_tau: the smallest time constant; None: it has no such.
        learns_tau: it starts from a time constant above the smallest, and learns another.
    """

    start: Callable[[Settings], Neuron]
    layer: str
    least_tau: float | None = 1.0
    learns_tau: bool = False


@dataclass(frozen=True, kw_only=True)
class NeuronKind:
    """A kind of neuron: both forms, and the ways to train it.

    Attributes:
        real: in floats.
        integer: in integers; its class has the name of the other one after a Q.
        trainable: by the name that ``train --neuron`` has for it; may be empty.

    Raises:
        NetworkError: the two forms are not of one kind, or not named like it.
    """

    real: type[Neuron]
    integer: type[QNeuron]
    trainable: Mapping[str, Trainable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = self.real.__name__, self.integer.__name__
        kinds = self.real.kind, self.integer.kind
        if names != (self.name, f"Q{self.name}") or kinds != (self.name, self.name):
            raise NetworkError(
                f"neuron kind '{self.name}': its forms are {' and '.join(names)} of the kinds "
                f"{' and '.join(kinds)}; needed {self.name} and Q{self.name} of one kind"
            )

    @property
    def name(self) -> str:
        return self.real.kind


BUILT_IN: Mapping[str, NeuronKind] = {
    kind.name: kind
    for kind in (
        NeuronKind(real=LIF, integer=QLIF),
        NeuronKind(real=SoftResetLIF, integer=QSoftResetLIF),
        NeuronKind(real=AdaptiveLIF, integer=QAdaptiveLIF),
        NeuronKind(real=RefractoryLIF, integer=QRefractoryLIF),
        NeuronKind(real=Relay, integer=QRelay),
    )
}


def added_kinds() -> tuple[str, ...]:
    """Names of the kinds that installed packages add; none of them is imported."""
    return tuple(sorted(_entry_points()))


def neuron_kinds() -> tuple[str, ...]:
    """Names of all kinds, the built-in ones first; no package is imported."""
    return (*BUILT_IN, *added_kinds())


def neuron_kind(name: str) -> NeuronKind:
    """The kind of this name.

    Raises:
        NetworkError: there is none, or the package that adds it is broken.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    found = _entry_points()
    if name not in found:
        more = "; install the package that adds it"
        raise NetworkError(unknown("kind of neuron", name, (*BUILT_IN, *found), more=more))
    return _loaded(found[name])


def neuron_class(name: str) -> type[Neuron] | type[QNeuron]:
    """The form whose class has this name, as files have it.

    Raises:
        NetworkError: no such kind, or the package that adds it is broken.
    """
    known = neuron_kinds()
    if name in known or name.removeprefix("Q") not in known:
        return neuron_kind(name).real
    return neuron_kind(name.removeprefix("Q")).integer


def _entry_points() -> dict[str, EntryPoint]:
    return {e.name: e for e in entry_points(group=GROUP) if e.name not in BUILT_IN}


def _loaded(point: EntryPoint) -> NeuronKind:
    where = f"neuron kind '{point.name}' ({point.value}"
    where += f" of {point.dist.name})" if point.dist else ")"
    remedy = "mend or uninstall that package"
    try:
        kind = point.load()
    except Exception as error:  # whatever a foreign module raises
        raise NetworkError(
            f"{where} does not load: {type(error).__name__}: {error}; {remedy}"
        ) from error
    if not isinstance(kind, NeuronKind):
        raise NetworkError(
            f"{where} is of the type {type(kind).__name__}, needed a NeuronKind; {remedy}"
        )
    if kind.name != point.name:
        raise NetworkError(f"{where} is of the kind {kind.name}; name its entry point so; {remedy}")
    return kind
