"""The leaky integrate-and-fire neuron whose threshold moves.

::

    u     = (1 - du) u + sum
    v     = (1 - dv) v + u + bias;   fires where v > theta, then v = 0
    theta = (1 - threshold_decay) theta + threshold_step s

Source: SpikeNet (Li et al., AAAI 2023), tau_th = 1 - threshold_decay, gamma = threshold_step.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.errors import NetworkError
from neurograph.ir.neurons.base import MOVING, Neuron, QNeuron, Traits, nearest, rounded_decays
from neurograph.ir.neurons.fields import NOT_NEGATIVE, POSITIVE, SHARE, whole
from neurograph.ir.scheme import NeuronScale
from neurograph.ir.values import ADDED, PerChannel, written


class _Adaptive(Traits):
    kind = "AdaptiveLIF"
    states = MOVING
    special = "its adaptive threshold"
    remedy = "train with --neuron lif, or use a chip with adaptive-threshold neurons"


@dataclass(frozen=True, kw_only=True)
class AdaptiveLIF(_Adaptive, Neuron):
    """A LIF whose threshold theta decays every step and jumps where it fires.

    Fires where v > theta, then v = 0; ``theta = (1-threshold_decay) theta + threshold_step * s``,
    theta being `threshold` at the first update.

    Source: SpikeNet (Li et al., AAAI 2023), tau_th = 1 - threshold_decay, gamma = threshold_step.
    """

    voltage_decay: float = field(metadata=SHARE)
    threshold: float = field(metadata=POSITIVE)
    threshold_decay: float = field(metadata=SHARE)
    threshold_step: float = field(metadata=NOT_NEGATIVE)
    current_decay: float = field(default=1.0, metadata=SHARE)

    def rounded(self, given: NeuronScale) -> QAdaptiveLIF:
        du, dv = rounded_decays(self)
        scale, guard = np.asarray(given.scale), given.guard_bits
        return QAdaptiveLIF(
            current_decay=du,
            voltage_decay=dv,
            threshold=nearest(self.threshold * scale * 2**guard, least=1),
            threshold_decay=round(self.threshold_decay * fx.DECAY_ONE),
            threshold_step=nearest(self.threshold_step * scale * 2**guard),
            guard_bits=guard,
        )


@dataclass(frozen=True, kw_only=True)
class QAdaptiveLIF(_Adaptive, QNeuron):
    """Adaptive-threshold LIF in integers; a chip program of its own, so dv may be 4096.

    Attributes:
        threshold: theta at the first update, in the unit of v (guard bits included), 24 bit; for
            all channels or one per channel.
        threshold_decay: dtheta, 0..4096; theta keeps ``(4096 - dtheta) / 4096``, floored.
        threshold_step: added to theta where it fires, 24 bit; for all channels or one per channel.
        guard_bits: 0..6, by which sums are shifted left; with fewer, larger sums have room in the
            24 bits of u.
    """

    voltage_decay: int = field(metadata=whole(0, fx.DECAY_ONE))
    threshold: PerChannel = field(metadata=whole(1, fx.STATE_MAX, per_channel=True))
    threshold_decay: int = field(metadata=whole(0, fx.DECAY_ONE))
    threshold_step: PerChannel = field(metadata=whole(0, fx.STATE_MAX, per_channel=True))
    current_decay: int = field(default=fx.DECAY_ONE - 1, metadata=whole(0, fx.DECAY_ONE - 1))
    guard_bits: int = field(default=fx.GUARD_BITS, metadata={**whole(0, fx.GUARD_BITS), **ADDED})

    __repr__ = written

    def __post_init__(self) -> None:
        super().__post_init__()
        check_ceiling(self)

    @property
    def theta(self) -> PerChannel:
        return self.threshold


def check_ceiling(neuron: QNeuron) -> None:
    """Raise NetworkError if a moving theta could leave 24 bits, in any channel.

    It never exceeds its fixed point, step / (dtheta / 4096), nor its start plus one jump.
    """
    where = type(neuron).__name__
    start, step = np.array(neuron.theta, np.int64), np.array(neuron.threshold_step, np.int64)
    if start.ndim and step.ndim and start.size != step.size:
        raise NetworkError(
            f"{where}: threshold for {start.size} channels, threshold_step for "
            f"{step.size}; needed as many, or one number for all"
        )
    fixed_point = step * fx.DECAY_ONE // max(neuron.threshold_decay, 1)
    ceiling = np.where(step > 0, np.maximum(start + step, fixed_point), 0)
    if (beyond := np.flatnonzero(ceiling > fx.STATE_MAX)).size:
        of = f" of channel {beyond[0]}" if ceiling.ndim else ""
        raise NetworkError(
            f"{where}: theta{of} can reach {ceiling.flat[beyond[0]]}, limit {fx.STATE_MAX} (24 bit)"
        )
