"""Any neuron as the constants of its update: what runs one whose kind has no process of its own.

A worker gets these, so that its Python needs no package that adds a kind.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from neurograph.core import fixedpoint as fx
from neurograph.ir import QNetwork, QNeuron
from neurograph.ir.neurons.base import FIXED
from neurograph.ir.neurons.fields import check_fields, whole
from neurograph.ir.values import PerChannel


@dataclass(frozen=True, kw_only=True)
class QProgram(QNeuron):
    """A neuron of any kind; see `QNeuron` for what is not named here.

    Attributes:
        threshold: theta at the first update, in the unit of v.
    """

    kind = "Program"

    voltage_decay: int = field(metadata=whole(0, fx.DECAY_ONE))
    threshold: PerChannel = field(metadata=whole(0, fx.STATE_MAX, per_channel=True))
    threshold_decay: int = field(default=0, metadata=whole(0, fx.DECAY_ONE))
    threshold_step: PerChannel = field(default=0, metadata=whole(0, fx.STATE_MAX, per_channel=True))
    current_decay: int = field(default=fx.DECAY_ONE - 1, metadata=whole(0, fx.DECAY_ONE - 1))
    guard_bits: int = field(default=fx.GUARD_BITS, metadata=whole(0, fx.GUARD_BITS))
    soft_reset: bool = False
    states: tuple[str, ...] = FIXED

    def __post_init__(self) -> None:
        object.__setattr__(self, "states", tuple(self.states))  # a list, where it was JSON
        check_fields(self)

    @classmethod
    def of(cls, neuron: QNeuron) -> QProgram:
        """The same neuron, whatever its kind."""
        return cls(
            voltage_decay=neuron.voltage_decay,
            threshold=neuron.theta,
            threshold_decay=neuron.threshold_decay,
            threshold_step=neuron.threshold_step,
            current_decay=neuron.current_decay,
            guard_bits=neuron.guard_bits,
            soft_reset=neuron.soft_reset,
            states=neuron.states,
        )

    @property
    def theta(self) -> PerChannel:
        return self.threshold


def as_programs(network: QNetwork, *, but: tuple[str, ...] = ()) -> QNetwork:
    """`network` with its neurons as programs, but for those of some kinds.

    Those with a refractory state stay what they are: their update is another one.
    """
    populations = tuple(
        p
        if p.neuron.kind in but or p.neuron.refractory
        else replace(p, neuron=QProgram.of(p.neuron))
        for p in network.populations
    )
    return replace(network, populations=populations)
