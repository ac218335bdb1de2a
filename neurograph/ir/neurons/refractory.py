"""The leaky integrate-and-fire neuron that a spike makes hard to excite, and whose v goes on.

::

    u          = (1 - du) u + sum
    v          = (1 - dv) v + u + bias
    theta      = (1 - threshold_decay) (theta - threshold) + threshold
    refractory = (1 - refractory_decay) refractory
    fires where v >= theta + refractory; there refractory += 2 theta, theta += threshold_step

Source: ALIF of lava-dl 0.6.0 (SLAYER, ``slayer/neuron/alif.py`` and ``dynamics``), which Lava calls
ATRLIF: an adaptive threshold and a refractory state, both told after their decay.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.ir.neurons.base import REFRACTORY, Neuron, QNeuron, Traits, nearest, rounded_decays
from neurograph.ir.neurons.fields import NOT_NEGATIVE, POSITIVE, SHARE, whole
from neurograph.ir.scheme import NeuronScale
from neurograph.ir.values import PerChannel


class _Refractory(Traits):
    kind = "RefractoryLIF"
    states = REFRACTORY
    refractory = True
    special = "its adaptive threshold and refractory state"
    remedy = "use a chip with neuron programs"


@dataclass(frozen=True, kw_only=True)
class RefractoryLIF(_Refractory, Neuron):
    """Fires where v reaches theta + refractory, both of which a spike lifts; v is not reset.

    Attributes:
        threshold: to which theta returns.
        threshold_decay: share of what theta is above it that is lost per step.
        threshold_step: added to theta by a spike.
        refractory_decay: share of the refractory state lost per step.

    Source: ALIF of lava-dl 0.6.0.
    """

    voltage_decay: float = field(metadata=SHARE)
    threshold: float = field(metadata=POSITIVE)
    threshold_decay: float = field(metadata=SHARE)
    threshold_step: float = field(metadata=NOT_NEGATIVE)
    refractory_decay: float = field(metadata=SHARE)
    current_decay: float = field(default=1.0, metadata=SHARE)

    def rounded(self, given: NeuronScale) -> QRefractoryLIF:
        du, dv = rounded_decays(self)
        unit, guard = np.asarray(given.scale) * 2**given.guard_bits, given.guard_bits
        return QRefractoryLIF(
            current_decay=du,
            voltage_decay=dv,
            threshold=nearest(self.threshold * unit, least=1),
            threshold_decay=round(self.threshold_decay * fx.DECAY_ONE),
            threshold_step=nearest(self.threshold_step * unit),
            refractory_decay=round(self.refractory_decay * fx.DECAY_ONE),
            guard_bits=guard,
        )

    def largest_scale(self, guard: float) -> float:
        return fx.STATE_MAX / (max(self.threshold, self.threshold_step) * guard)


@dataclass(frozen=True, kw_only=True)
class QRefractoryLIF(_Refractory, QNeuron):
    """The same in integers, those of SLAYER's quantised ALIF; a chip program of its own.

    As v stays within 24 bits and must reach what it is compared with, neither theta nor the
    refractory state leaves 25 bits.

    Attributes:
        threshold: to which theta returns, in the unit of v (guard bits included), 24 bit; for all
            channels or one per channel. Of SLAYER's vThMant, ``vThMant << 6``.
        threshold_decay: of 4096; what theta is above its threshold keeps the rest, truncated.
        threshold_step: added to theta where it fires, likewise ``vThStep << 6``.
        refractory_decay: of 4096; the refractory state keeps the rest, truncated.
        guard_bits: 0..6, by which sums are shifted left; SLAYER's are 6.

    SLAYER's iDecay is du + 1, its vDecay dv.
    """

    voltage_decay: int = field(metadata=whole(0, fx.DECAY_ONE))
    threshold: PerChannel = field(metadata=whole(1, fx.STATE_MAX, per_channel=True))
    threshold_decay: int = field(metadata=whole(0, fx.DECAY_ONE))
    threshold_step: PerChannel = field(metadata=whole(0, fx.STATE_MAX, per_channel=True))
    refractory_decay: int = field(metadata=whole(0, fx.DECAY_ONE))
    current_decay: int = field(default=fx.DECAY_ONE - 1, metadata=whole(0, fx.DECAY_ONE - 1))
    guard_bits: int = field(default=fx.GUARD_BITS, metadata=whole(0, fx.GUARD_BITS))

    @property
    def theta(self) -> PerChannel:
        return self.threshold
