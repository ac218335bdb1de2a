"""The leaky integrate-and-fire neuron that keeps what is above its threshold where it fires.

::

    u = (1 - du) u + sum
    v = (1 - dv) v + u + bias;   fires where v > threshold, then v = v - threshold
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.ir.neurons.base import (
    Neuron,
    QNeuron,
    Traits,
    nearest,
    rounded_decays,
    shifted,
)
from neurograph.ir.neurons.fields import POSITIVE, SHARE, whole
from neurograph.ir.scheme import NeuronScale
from neurograph.ir.values import ADDED, PerChannel, written


class _SoftReset(Traits):
    kind = "SoftResetLIF"
    soft_reset = True
    special = "its soft reset"
    remedy = "train --model spikenet --neuron lif, or use a chip with soft-reset neurons"


@dataclass(frozen=True, kw_only=True)
class SoftResetLIF(_SoftReset, Neuron):
    """A LIF that subtracts the threshold where it fires, instead of returning to 0."""

    voltage_decay: float = field(metadata=SHARE)
    threshold: float = field(metadata=POSITIVE)
    current_decay: float = field(default=1.0, metadata=SHARE)

    def rounded(self, given: NeuronScale) -> QSoftResetLIF:
        du, dv = rounded_decays(self)
        return QSoftResetLIF(
            current_decay=du,
            voltage_decay=dv,
            threshold=nearest(self.threshold * np.asarray(given.scale), least=1),
            guard_bits=given.guard_bits,
        )


@dataclass(frozen=True, kw_only=True)
class QSoftResetLIF(_SoftReset, QNeuron):
    """Subtracts its threshold where it fires; a chip program of its own, so dv may be 4096.

    Attributes:
        threshold: vth, for all channels or one per channel; fires where ``v > vth << guard_bits``,
            which has 24 bits: with 6 guard bits vth has 17.
        guard_bits: 0..6, by which sums and vth are shifted left; with fewer, larger sums have room
            in the 24 bits of u.

    The other fields are those of `QLIF`.
    """

    voltage_decay: int = field(metadata=whole(0, fx.DECAY_ONE))
    threshold: PerChannel = field(
        metadata=whole(1, lambda neuron: fx.STATE_MAX >> neuron.guard_bits, per_channel=True)
    )
    current_decay: int = field(default=fx.DECAY_ONE - 1, metadata=whole(0, fx.DECAY_ONE - 1))
    guard_bits: int = field(default=fx.GUARD_BITS, metadata={**whole(0, fx.GUARD_BITS), **ADDED})

    __repr__ = written

    @property
    def theta(self) -> PerChannel:
        return shifted(self.threshold, self.guard_bits)
