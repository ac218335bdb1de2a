"""The integer network: only what the chip can hold, valid because it exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from neurograph import fixedpoint as fx
from neurograph.arrays import Array, fingerprint, frozen
from neurograph.errors import NetworkError
from neurograph.ir.network import frozen_mix
from neurograph.ir.readout import OnChipReadout, Readout, check_readout
from neurograph.ir.topology import Wiring, check_layers, wire

_BLOCK = 1 << 16  # numbers rounded at once


def _within(where: str, what: str, value: int, low: int, high: int) -> None:
    if not isinstance(value, (int, np.integer)) or not low <= value <= high:
        raise NetworkError(f"{where}: {what} is {value!r}, expected an integer {low} to {high}")


def _plain_numbers(noun: Any) -> None:
    """NumPy scalars become Python numbers, so that equal nouns have equal fingerprints."""
    for part in fields(noun):
        value = getattr(noun, part.name)
        if isinstance(value, np.generic):
            object.__setattr__(noun, part.name, value.item())


@dataclass(frozen=True, kw_only=True)
class QLIF:
    """Hard-reset LIF in integers (see fixedpoint and DESIGN in ARCHITECTURE.md).

    Attributes:
        current_decay: du, 0..4095; u keeps ``(4096 - du - 1) / 4096``, so 4095 means no memory.
        voltage_decay: dv, 0..4095; v keeps ``(4096 - dv) / 4096``.
        threshold: vth, 17-bit mantissa; fires where ``v > vth << 6``.
    """

    voltage_decay: int
    threshold: int
    current_decay: int = 4095

    def __post_init__(self) -> None:
        _plain_numbers(self)
        _within(type(self).__name__, "current_decay", self.current_decay, 0, 4095)
        _within(type(self).__name__, "voltage_decay", self.voltage_decay, 0, self._dv_max())
        _within(type(self).__name__, "threshold", self.threshold, 1, fx.THRESHOLD_MAX)

    @staticmethod
    def _dv_max() -> int:
        return 4095  # the chip's field is 12 bits: 1/4096 of v always survives


@dataclass(frozen=True, kw_only=True)
class QSoftResetLIF(QLIF):
    """Subtracts ``vth << 6`` where it fires; a chip program of its own, so dv may be 4096."""

    @staticmethod
    def _dv_max() -> int:
        return fx.DECAY_ONE


@dataclass(frozen=True, kw_only=True)
class QAdaptiveLIF:
    """Adaptive-threshold LIF in integers; a chip program of its own, so dv may be 4096.

    Attributes:
        threshold: theta at the first update, in the unit of v (guard bits included), 24 bit.
        threshold_decay: dtheta, 0..4096; theta keeps ``(4096 - dtheta) / 4096``, floored.
        threshold_step: added to theta where it fires, 24 bit.
    """

    voltage_decay: int
    threshold: int
    threshold_decay: int
    threshold_step: int
    current_decay: int = 4095

    def __post_init__(self) -> None:
        _plain_numbers(self)
        name = "QAdaptiveLIF"
        _within(name, "current_decay", self.current_decay, 0, 4095)
        _within(name, "voltage_decay", self.voltage_decay, 0, fx.DECAY_ONE)
        _within(name, "threshold_decay", self.threshold_decay, 0, fx.DECAY_ONE)
        _within(name, "threshold", self.threshold, 1, fx.STATE_MAX)
        _within(name, "threshold_step", self.threshold_step, 0, fx.STATE_MAX)
        # theta never exceeds its fixed point, step / (dtheta / 4096), nor its start plus one jump
        ceiling = max(
            self.threshold + self.threshold_step,
            self.threshold_step * fx.DECAY_ONE // max(self.threshold_decay, 1),
        )
        if self.threshold_step and ceiling > fx.STATE_MAX:
            raise NetworkError(f"{name}: theta can reach {ceiling}, limit {fx.STATE_MAX} (24 bit)")


QNeuron = QLIF | QSoftResetLIF | QAdaptiveLIF


@dataclass(frozen=True, kw_only=True)
class QStream:
    """An input in integers.

    Attributes:
        bits: payload width, sign included; 1 means plain spikes (payload 0 or 1).
        scale: payload units per float unit: ``payload = clip(round(x * scale))``.
    """

    name: str
    rows: int
    channels: int
    bits: int = 8
    scale: float = 1.0

    def __post_init__(self) -> None:
        _plain_numbers(self)
        _within(self.name, "bits", self.bits, 1, 24)
        if not (np.isfinite(self.scale) and self.scale > 0):
            raise NetworkError(f"{self.name}: scale is {self.scale}, expected above 0")

    @property
    def payload_max(self) -> int:
        """Largest payload; the smallest is its negative (0 for plain spikes)."""
        return 1 if self.bits == 1 else (1 << (self.bits - 1)) - 1

    def encode(self, x: Array) -> Array:
        """Integers of `x`, clipped to the payload width; int8 up to 8 bits, else int32."""
        low = 0 if self.bits == 1 else -self.payload_max
        dtype = np.int8 if self.bits <= 8 else np.int32
        # float32 throughout: the same value whatever the width in which features are stored
        given, scale = np.asarray(x, np.float32), np.float32(self.scale)
        payload = np.empty(given.shape, dtype)
        flat, into = given.reshape(-1), payload.reshape(-1)
        scaled = np.empty(min(_BLOCK, flat.size), np.float32)
        for start in range(0, flat.size, _BLOCK):  # a block at a time stays in the cache
            part = flat[start : start + _BLOCK]
            held = np.multiply(part, scale, out=scaled[: part.size])
            np.clip(np.rint(held, out=held), low, self.payload_max, out=held)
            into[start : start + _BLOCK] = held
        return payload


@dataclass(frozen=True, eq=False, kw_only=True)
class QPopulation:
    """`rows` x `channels` integer neurons.

    Attributes:
        bias_mant: int16 ``(channels,)``, 13-bit signed; ``bias = bias_mant << bias_exp`` is added
            to v in every step.
        scale: units of a synaptic sum per float unit of the membrane; v has 64 times as many.
    """

    name: str
    rows: int
    channels: int
    neuron: QNeuron
    bias_mant: Array
    bias_exp: int = 0
    scale: float = 1.0

    def __post_init__(self) -> None:
        _plain_numbers(self)
        mant = np.asarray(self.bias_mant)
        top = fx.BIAS_MANT_MAX
        if mant.shape != (self.channels,) or mant.dtype.kind != "i":
            raise NetworkError(
                f"{self.name}: bias must be {self.channels} integers, +-{top}, not "
                f"{mant.dtype}{mant.shape}"
            )
        if (bad := np.flatnonzero((mant < -top) | (mant > top))).size:
            _within(self.name, f"bias[{bad[0]}]", int(mant[bad[0]]), -top, top)
        object.__setattr__(self, "bias_mant", frozen(mant.astype(np.int16)))
        _within(self.name, "bias_exp", self.bias_exp, 0, fx.BIAS_EXP_MAX)

    @property
    def bias(self) -> Array:
        """int64 ``(channels,)`` in the unit of v."""
        return self.bias_mant.astype(np.int64) << self.bias_exp


@dataclass(frozen=True, eq=False, kw_only=True)
class QProjection:
    """Integer synapses; the sum over all of them is shifted by `exponent` (right: floors).

    Attributes:
        weight: int16 ``(target channels, source channels)`` mantissas. Mixed signs: even,
            -256..254. One sign: 0..255 or -255..0.
    """

    name: str
    source: str
    target: str
    mix: sp.csr_array
    weight: Array
    exponent: int = 0
    delay: int = 0

    def __post_init__(self) -> None:
        _plain_numbers(self)
        object.__setattr__(self, "mix", frozen_mix(self.name, self.mix))
        given = np.asarray(self.weight)
        if given.dtype.kind != "i":
            raise NetworkError(f"{self.name}: weights are {given.dtype}, integers needed")
        low, high = weight_range(given)
        odd = (given & 1 != 0) if low < 0 < high else np.zeros(given.shape, bool)
        if (bad := np.argwhere((given < low) | (given > high) | odd)).size:
            i, j = bad[0]
            raise NetworkError(
                f"{self.name}: weight[{i},{j}] = {given[i, j]} ({len(bad)} such); the chip holds "
                f"{low}..{high}{', even values only' if low < 0 < high else ''}"
            )
        object.__setattr__(self, "weight", frozen(given.astype(np.int16)))
        _within(self.name, "exponent", self.exponent, fx.WEIGHT_EXP_MIN, fx.WEIGHT_EXP_MAX)
        _within(self.name, "delay", self.delay, 0, fx.DELAY_MAX)


def weight_range(weight: Array) -> tuple[int, int]:
    """Mantissa range that the chip offers for the signs in `weight`."""
    if weight.size and weight.min() < 0 < weight.max():
        return fx.WEIGHT_EVEN_MIN, fx.WEIGHT_EVEN_MAX
    return (-fx.WEIGHT_MAX, 0) if weight.size and weight.min() < 0 else (0, fx.WEIGHT_MAX)


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What quantisation took from one layer or projection; printed in the report.

    Attributes:
        where: its name. what: e.g. "weights rounded to zero". amount: of `total`, in `unit`.
    """

    where: str
    what: str
    amount: float
    total: float
    unit: str

    def __post_init__(self) -> None:
        _plain_numbers(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class QNetwork:
    """An integer network for one target node, and what quantisation lost on the way to it."""

    streams: tuple[QStream, ...]
    populations: tuple[QPopulation, ...]
    projections: tuple[QProjection, ...]
    readout: Readout | OnChipReadout
    steps: int
    latency: int = 1
    lost: tuple[Loss, ...] = field(default=())

    def __post_init__(self) -> None:
        check_layers((*self.streams, *self.populations), self.projections)
        check_readout(self.readout, self.populations, self.steps, self.latency)
        if isinstance(self.readout, OnChipReadout):
            _check_accumulators(self.readout, self.streams, self.populations)
        _ = self.wiring

    @cached_property
    def wiring(self) -> Wiring:
        names = [s.name for s in self.streams], [p.name for p in self.populations]
        return wire(*names, self.projections)

    @property
    def updates(self) -> int:
        """Neuron updates of every population per run: ``steps * latency``."""
        return self.steps * self.latency

    def logits(
        self, spikes: Mapping[str, Array], final: Mapping[str, Mapping[str, Array]]
    ) -> Array:
        """Float64 ``(targets, classes)`` of a run's spikes and final states.

        Args:
            spikes: per population, ``(targets, updates, rows, channels)``.
            final: per population, "u" and "v" after its last update, ``(targets, rows, channels)``.
        """
        source = self.readout.source
        if isinstance(self.readout, OnChipReadout):
            return self.readout.logits(final[source]["v"])
        return self.readout.logits(spikes[source], self.latency)

    def own_inputs(self, targets: int) -> dict[str, Array]:
        """Payloads of the streams that the network itself defines; all others carry features."""
        if isinstance(self.readout, OnChipReadout):
            return self.readout.own_inputs(targets, self.steps)
        return {}

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of everything that decides a spike or a logit."""
        parts: list[Array | str] = [f"{self.steps}x{self.latency}", *map(repr, self.streams)]
        for p in self.populations:
            parts += [f"{p.name} {p.rows}x{p.channels} {p.neuron!r} {p.bias_exp}", p.bias_mant]
        for j in self.projections:
            parts += [f"{j.name} {j.source}>{j.target} {j.exponent} {j.delay}", j.weight]
            parts += [j.mix.indptr, j.mix.indices, j.mix.data]
        if isinstance(self.readout, OnChipReadout):
            return fingerprint(*parts, repr(self.readout))
        return fingerprint(*parts, self.readout.source, self.readout.weight, self.readout.bias)


def _check_accumulators(
    readout: OnChipReadout, streams: tuple[QStream, ...], populations: tuple[QPopulation, ...]
) -> None:
    """Raise NetworkError unless the readout's population can hold a sum and its pulse exists."""
    held = next(p for p in populations if p.name == readout.source)
    forgets = held.neuron.voltage_decay != 0 or held.neuron.current_decay != fx.DECAY_ONE - 1
    if not isinstance(held.neuron, QLIF) or forgets or held.bias_mant.any() or held.rows != 1:
        raise NetworkError(
            f"readout: '{held.name}' is no row of accumulators; needed: 1 row of LIF neurons with "
            "voltage_decay 0, no synaptic memory and no bias"
        )
    if (readout.pulse, 1, 1, 1) not in {(s.name, s.rows, s.channels, s.bits) for s in streams}:
        raise NetworkError(f"readout: no stream '{readout.pulse}' of one plain-spike neuron")
