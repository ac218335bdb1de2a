"""The neuron of an LSNN: an adaptive threshold, which it subtracts where it fires.

::

    u     = (1 - du) u + sum
    v     = (1 - dv) v + u + bias;   fires where v > theta, then v = v - theta
    theta = (1 - threshold_decay) theta + threshold_step s

Source: Bellec et al., "Long short-term memory and learning-to-learn in networks of spiking
neurons", NeurIPS 2018, equations 1 and 2; here the whole threshold decays, not its jumps alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.ir.neurons import Neuron, NeuronKind, QNeuron, Trainable
from neurograph.ir.neurons.adaptive import check_ceiling
from neurograph.ir.neurons.base import MOVING, Traits, nearest, rounded_decays
from neurograph.ir.neurons.fields import NOT_NEGATIVE, POSITIVE, SHARE, whole
from neurograph.ir.neurons.kinds import Settings
from neurograph.ir.scheme import NeuronScale
from neurograph.ir.values import PerChannel


class _SoftAdaptive(Traits):
    kind = "SoftAdaptiveLIF"
    states = MOVING
    soft_reset = True
    special = "its soft reset under an adaptive threshold"
    remedy = "train with --neuron alif, or use a chip with such neurons"


@dataclass(frozen=True, kw_only=True)
class SoftAdaptiveLIF(_SoftAdaptive, Neuron):
    """In floats; the fields are those of `neurograph.ir.AdaptiveLIF`."""

    voltage_decay: float = field(metadata=SHARE)
    threshold: float = field(metadata=POSITIVE)
    threshold_decay: float = field(metadata=SHARE)
    threshold_step: float = field(metadata=NOT_NEGATIVE)
    current_decay: float = field(default=1.0, metadata=SHARE)

    def rounded(self, given: NeuronScale) -> QSoftAdaptiveLIF:
        du, dv = rounded_decays(self)
        unit = np.asarray(given.scale) * 2**given.guard_bits
        return QSoftAdaptiveLIF(
            current_decay=du,
            voltage_decay=dv,
            threshold=nearest(self.threshold * unit, least=1),
            threshold_decay=round(self.threshold_decay * fx.DECAY_ONE),
            threshold_step=nearest(self.threshold_step * unit),
            guard_bits=given.guard_bits,
        )


@dataclass(frozen=True, kw_only=True)
class QSoftAdaptiveLIF(_SoftAdaptive, QNeuron):
    """In integers; the fields are those of `neurograph.ir.QAdaptiveLIF`."""

    voltage_decay: int = field(metadata=whole(0, fx.DECAY_ONE))
    threshold: PerChannel = field(metadata=whole(1, fx.STATE_MAX, per_channel=True))
    threshold_decay: int = field(metadata=whole(0, fx.DECAY_ONE))
    threshold_step: PerChannel = field(metadata=whole(0, fx.STATE_MAX, per_channel=True))
    current_decay: int = field(default=fx.DECAY_ONE - 1, metadata=whole(0, fx.DECAY_ONE - 1))
    guard_bits: int = field(default=fx.GUARD_BITS, metadata=whole(0, fx.GUARD_BITS))

    def __post_init__(self) -> None:
        super().__post_init__()
        check_ceiling(self)

    @property
    def theta(self) -> PerChannel:
        return self.threshold


def start(settings: Settings) -> Neuron:
    """Before training; tau in steps, gamma in the unit of the threshold."""
    return SoftAdaptiveLIF(
        voltage_decay=1.0 / settings.tau,
        threshold=settings.threshold,
        threshold_decay=settings.threshold_decay,
        threshold_step=settings.gamma,
    )


KIND = NeuronKind(
    real=SoftAdaptiveLIF,
    integer=QSoftAdaptiveLIF,
    trainable={"salif": Trainable(start=start, layer="neurograph_plugin_neuron.layer:SoftAlif")},
)
