"""What every kind of neuron tells of itself, in floats and in integers.

All follow one update, in which a kind sets the constants (`runtime.engine.scan`)::

    u     = keep_u u + sum
    v     = keep_v v + u + bias
    fires where v > theta; there v = 0, or v = v - theta if its reset is soft
    theta = keep_theta theta + (threshold_step where it fired)

but for one whose spikes raise a refractory state instead (`refractory`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import Field
from typing import Any, ClassVar

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir.neurons.fields import check_fields
from neurograph.ir.scheme import NeuronScale
from neurograph.ir.values import PerChannel

FIXED = ("u", "v")  # states of a neuron whose threshold is a constant
MOVING = ("u", "v", "theta")
REFRACTORY = (*MOVING, "refractory")


class Traits:
    """What is true of a kind in both of its forms.

    Attributes:
        kind: its name, by which a chip's profile lists it.
        states: what a record holds of it after the last update.
        soft_reset: it subtracts its threshold where it fires, instead of returning to 0.
        refractory: a spike raises a refractory state and theta, which return to rest, and v is not
            reset; true of the kind in `refractory` alone.
        graded: what it sends is a number, its membrane, and no plain spike.
        has_program: it runs as a program of its own on the chip, with a threshold per neuron; else
            it is the chip's fixed neuron, whose threshold is a mantissa that its neurons share.
        special: what a chip without it lacks: "its soft reset".
        remedy: what to do about that.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]  # each form is one

    kind: str
    states: tuple[str, ...] = FIXED
    soft_reset: bool = False
    refractory: bool = False
    graded: bool = False
    has_program: bool = True
    special: str = "its kind"
    remedy: str = "use a chip with such neurons"


class Neuron(Traits, ABC):
    """A kind of neuron in floats; a frozen dataclass whose fields are these.

    Attributes:
        current_decay: du, share of u lost per step (1: no synaptic memory).
        voltage_decay: dv, share of v lost per step (1: no membrane memory, 0: no leak).
        threshold: theta at the first update, in the unit of v.
        threshold_decay: share of theta lost per step; 0 unless the kind has it as a field.
        threshold_step: added to theta by a spike; 0 unless the kind has it as a field.
        refractory_decay: share of a refractory state lost per step, likewise.
    """

    current_decay: float
    voltage_decay: float
    threshold: float
    threshold_decay: float = 0.0
    threshold_step: float = 0.0
    refractory_decay: float = 0.0

    def __post_init__(self) -> None:
        check_fields(self)

    @abstractmethod
    def rounded(self, given: NeuronScale) -> QNeuron:
        """The nearest integer neuron, at this scale."""

    def largest_scale(self, guard: float) -> float:
        """The largest scale at which theta stays in its field, 2**guard_bits being `guard`.

        It never exceeds its fixed point, step / decay, nor its start plus one jump.
        """
        decay = max(round(self.threshold_decay * fx.DECAY_ONE), 1)
        fixed_point = self.threshold_step * fx.DECAY_ONE / decay
        return fx.STATE_MAX / (max(self.threshold + self.threshold_step, fixed_point) * guard)


class QNeuron(Traits, ABC):
    """A kind of neuron in the chip's integers; a frozen dataclass whose fields are these.

    Attributes:
        current_decay: du, 0..4095; u keeps ``(4096 - du - 1) / 4096``, so 4095 means no memory.
        voltage_decay: dv, of 4096; v keeps ``(4096 - dv) / 4096``.
        threshold: as the kind's field has it; see `theta`.
        threshold_decay: dtheta, of 4096; 0 unless the kind has it as a field.
        threshold_step: added to theta by a spike; 0 unless the kind has it as a field.
        refractory_decay: of a refractory state, of 4096, likewise.
        guard_bits: by which sums are shifted left.
    """

    current_decay: int
    voltage_decay: int
    threshold: PerChannel
    threshold_decay: int = 0
    threshold_step: PerChannel = 0
    refractory_decay: int = 0
    guard_bits: int = fx.GUARD_BITS

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    @abstractmethod
    def theta(self) -> PerChannel:
        """The threshold at the first update, in the unit of v: guard bits included."""


def rounded_decays(neuron: Neuron) -> tuple[int, int]:
    """The integer form's du and dv; the chip lets u decay by one 4096th more than its field."""
    du = int(np.clip(round(neuron.current_decay * fx.DECAY_ONE) - 1, 0, fx.DECAY_ONE - 1))
    return du, round(neuron.voltage_decay * fx.DECAY_ONE)


def nearest(numbers: Array, *, least: int = 0) -> PerChannel:
    """The nearest integer, or integers, of at least `least`."""
    held = np.maximum(np.rint(numbers), least).astype(np.int64).tolist()
    return tuple(held) if isinstance(held, list) else held


def shifted(value: PerChannel, bits: int) -> PerChannel:
    """`value`, or every entry of it, times ``2**bits``."""
    return tuple(v << bits for v in value) if isinstance(value, tuple) else value << bits
