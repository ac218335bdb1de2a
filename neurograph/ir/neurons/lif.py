"""The leaky integrate-and-fire neuron, which returns to 0 where it fires.

::

    u = (1 - du) u + sum
    v = (1 - dv) v + u + bias;   fires where v > threshold, then v = 0
"""

from __future__ import annotations

from dataclasses import dataclass, field

from neurograph.core import fixedpoint as fx
from neurograph.ir.neurons.base import Neuron, QNeuron, Traits, rounded_decays, shifted
from neurograph.ir.neurons.fields import POSITIVE, SHARE, whole
from neurograph.ir.scheme import NeuronScale
from neurograph.ir.values import PerChannel


class _LIF(Traits):
    kind = "LIF"
    has_program = False
    special = "its hard reset"
    remedy = "use a chip with a leaky integrate-and-fire neuron"


@dataclass(frozen=True, kw_only=True)
class LIF(_LIF, Neuron):
    """``u = (1-du) u + a``; ``v = (1-dv) v + u + bias``; fires where v > threshold, then v = 0.

    Attributes:
        current_decay: du, share of u lost per step (1: no synaptic memory).
        voltage_decay: dv, share of v lost per step (1: no membrane memory, 0: no leak).
        threshold: in the unit of v.
    """

    voltage_decay: float = field(metadata=SHARE)
    threshold: float = field(metadata=POSITIVE)
    current_decay: float = field(default=1.0, metadata=SHARE)

    def rounded(self, given: NeuronScale) -> QLIF:
        assert not isinstance(given.scale, tuple), "the fixed LIF has one threshold for all"
        du, dv = rounded_decays(self)
        return QLIF(
            current_decay=du,
            voltage_decay=min(dv, fx.DECAY_ONE - 1),
            threshold=max(round(self.threshold * given.scale), 1),
        )

    def largest_scale(self, guard: float) -> float:  # noqa: ARG002
        return fx.THRESHOLD_MAX / self.threshold


@dataclass(frozen=True, kw_only=True)
class QLIF(_LIF, QNeuron):
    """Hard-reset LIF in integers, the chip's fixed one (ARCHITECTURE.md, "Integer semantics").

    Attributes:
        current_decay: du, 0..4095; u keeps ``(4096 - du - 1) / 4096``, so 4095 means no memory.
        voltage_decay: dv, 0..4095; v keeps ``(4096 - dv) / 4096``: the field has 12 bits, so
            1/4096 of v always survives.
        threshold: vth, 17-bit mantissa; fires where ``v > vth << 6``. One for all channels: the
            chip keeps it in a configuration that its neurons share.
        guard_bits: 6, which the chip fixes: sums and vth are shifted left by as many.
    """

    voltage_decay: int = field(metadata=whole(0, fx.DECAY_ONE - 1))
    threshold: int = field(
        metadata=whole(1, fx.THRESHOLD_MAX, remedy="use QSoftResetLIF or QAdaptiveLIF")
    )
    current_decay: int = field(default=fx.DECAY_ONE - 1, metadata=whole(0, fx.DECAY_ONE - 1))

    @property
    def theta(self) -> PerChannel:
        return shifted(self.threshold, self.guard_bits)
