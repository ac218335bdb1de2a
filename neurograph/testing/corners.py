"""One small network per corner of the integer semantics.

Each runs in milliseconds and reaches what its name says; random networks alone do not: they
rarely wrap, clip, or land exactly on a threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import numpy.typing as npt

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import (
    QLIF,
    QAdaptiveLIF,
    QNetwork,
    QNeuron,
    QPopulation,
    QProjection,
    QRefractoryLIF,
    QSoftResetLIF,
    QStream,
)
from neurograph.testing.builders import integer_layer, integer_link, one_layer
from neurograph.testing.chip_corners import CHIP_CORNERS
from neurograph.testing.parts import Case, random_readout


def corner_networks() -> dict[str, Case]:
    """Every corner case by name."""
    return {name: build() for name, build in _CORNERS.items()}


def _relay(
    neuron: QNeuron,
    payloads: npt.ArrayLike,
    *,
    gain: int = 1,
    exponent: int = 0,
    bias: tuple[int, int] = (0, 0),
    latency: int = 1,
    bits: int = 8,
) -> Case:
    """One neuron per channel, each driven by its own input: ``a = payload * gain << exponent``.

    Args:
        payloads: ``(channels, steps)`` of `bits` bits.
        bias: mantissa and exponent.
    """
    signal = np.asarray(payloads, np.int8 if bits <= 8 else np.int32).T[None, :, None, :]
    steps, channels = signal.shape[1], signal.shape[3]
    network = one_layer(
        gain * np.eye(channels, dtype=np.int64),
        neuron=neuron,
        exponent=exponent,
        bias=bias[0],
        bias_exp=bias[1],
        bits=bits,
        steps=steps,
        latency=latency,
        readout=random_readout(np.random.default_rng(0), "h", steps * channels),
        name="x->h",
    )
    return Case(network, {"x": signal}, np.array([7]))


def _assemble(
    inputs: Mapping[str, Array],
    populations: tuple[QPopulation, ...],
    projections: tuple[QProjection, ...],
    *,
    latency: int = 1,
    bits: int = 8,
) -> Case:
    """A network whose readout reads the last population; streams take the inputs' shapes."""
    first, last = next(iter(inputs.values())), populations[-1]
    steps = first.shape[1]
    width = steps * last.rows * last.channels
    network = QNetwork(
        streams=tuple(
            QStream(name=n, rows=x.shape[2], channels=x.shape[3], bits=bits)
            for n, x in inputs.items()
        ),
        populations=populations,
        projections=projections,
        readout=random_readout(np.random.default_rng(1), last.name, width),
        steps=steps,
        latency=latency,
    )
    return Case(network, inputs, np.arange(len(first)) + 40)


def _signal(*shape: int, low: int = -127, high: int = 128, seed: int = 2) -> Array:
    return np.random.default_rng(seed).integers(low, high, shape).astype(np.int8)


def _strong(neuron: QNeuron, payloads: npt.ArrayLike) -> Case:
    """``a << guard_bits`` is ``2**17 * payload``: 64 is exactly 2**23, 127 less than one wrap."""
    exponent = 4 + fx.GUARD_BITS - neuron.guard_bits
    wider = max(exponent - fx.WEIGHT_EXP_MAX, 0)  # what the exponent cannot do, payloads do
    strong = np.asarray(payloads) << wider
    return _relay(neuron, strong, gain=128, exponent=exponent - wider, bits=8 + wider)


_FULL = QLIF(voltage_decay=0, threshold=fx.THRESHOLD_MAX)
_TALL = QAdaptiveLIF(
    voltage_decay=0, threshold=fx.STATE_MAX, threshold_decay=0, threshold_step=0
)  # fires never: v may stay clipped
_ENDS = [[64, 0, -3], [-64, 0, -3], [65, 0, 3], [-65, 0, 3], [63, 1, -9], [-63, -1, 9]]
_ENDS += [[127, -127, 5], [-127, 127, 5], [100, 100, 100], [-100, -100, -100]]
_ALTERNATING = [[-64, 65, -65, 64, 0, -127, -127, 127, 5]]
_EDGE = [[9] * 4, [10] * 4, [11] * 4, [-10] * 4, [10, 0, 11, 10]]
_IMPULSES = [
    [100, 0, 0, 0, 0, 0],
    [-100, 0, 0, 0, 0, 0],
    [7, -13, 3, 0, 0, 1],
    [-7, 13, -3, 0, 0, -1],
]
_OWN = (10, 20, 40, 80)  # thresholds of four channels
_DRIVE = [[0] * 12, [40] * 12, [70, 0] * 6, [127] * 12, [-50, 90, 60] * 4, list(range(30, 54, 2))]


def _shifted_sums() -> Case:
    """Two projections with right shifts: the floor is taken per projection, after its sum."""
    h = integer_layer("h", 1, 3, QLIF(voltage_decay=4095, threshold=1))
    return _assemble(
        {"x": _signal(3, 9, 1, 4, low=-3, high=4)},
        (h,),
        (
            integer_link(
                "x", "h", [[2, 2, -2, 4], [6, -2, 2, 0], [-2, 2, 2, 2]], exponent=-2, name="p"
            ),
            integer_link(
                "x", "h", [[1, 1, 3, 1], [5, 1, 0, 1], [1, 7, 1, 1]], exponent=-3, name="q"
            ),
        ),
    )


def _exponent_ends() -> Case:
    """Exponents 7 and -8, one sign each way, odd weights up to +-255."""
    h = integer_layer("h", 1, 2, QLIF(voltage_decay=100, current_decay=3000, threshold=300))
    return _assemble(
        {"x": _signal(3, 9, 1, 4)},
        (h,),
        (
            integer_link("x", "h", [[255, 3, 1, 0], [0, 255, 7, 255]], exponent=-8, name="excite"),
            integer_link(
                "x", "h", [[-255, -3, -1, 0], [-9, 0, -7, -255]], exponent=-7, name="inhibit"
            ),
            integer_link("x", "h", [[1, 0, 0, 0], [0, 0, 0, 1]], exponent=7, name="loud"),
        ),
    )


def _wide_payloads() -> Case:
    """20-bit payloads of both signs."""
    top = (1 << 19) - 1
    signal = np.random.default_rng(10).integers(-top, top + 1, (3, 7, 1, 4), np.int32)
    signal[0, :, 0] = [top, -top, top, -top]
    weight = [[32, -30, 30, -32], [2, 0, 4, 6], [-12, 4, 0, 16]]
    h = integer_layer("h", 1, 3, QLIF(voltage_decay=500, current_decay=3000, threshold=9_000))
    return _assemble(
        {"x": signal}, (h,), (integer_link("x", "h", weight, exponent=-8, name="p"),), bits=20
    )


def _sums_beyond_float32() -> Case:
    """Sums of 256 p - 1, which float32 rounds up to 256 p, and a shift by 8 tells apart.

    One row takes 4 channels of one input row, the other takes 2 channels of two: a bound on the
    sums that leaves out the synapses, the rows or the payloads would take them for small.
    """
    p = np.random.default_rng(11).integers(1 << 16, 1 << 17, (2, 6))
    signal = np.repeat(p, 8).reshape(2, 6, 2, 4).astype(np.int32)
    signal[:, :, 0, 3] -= 1
    signal[:, :, 1, 1] -= 1
    h = integer_layer("h", 2, 1, QLIF(voltage_decay=2000, threshold=90_000))
    return _assemble(
        {"x": signal},
        (h,),
        (
            integer_link(
                "x", "h", [[127, 127, 1, 1]], mix=[[1, 0], [0, 0]], exponent=-8, name="wide"
            ),
            integer_link(
                "x", "h", [[127, 1, 0, 0]], mix=[[0, 0], [1, 1]], exponent=-8, name="tall"
            ),
        ),
        bits=18,
    )


def _no_row_is_mixed() -> Case:
    """A projection whose row mix is empty, beside one that drives the neurons."""
    weight = [[2, -4, 6], [8, 2, -2]]
    return _assemble(
        {"x": _signal(2, 6, 2, 3, low=-9, high=20, seed=12)},
        (integer_layer("h", 1, 2, QLIF(voltage_decay=1000, threshold=50)),),
        (
            integer_link("x", "h", weight, mix=[[0, 0]], name="nothing"),
            integer_link("x", "h", weight, mix=[[1, 1]], name="all"),
        ),
    )


def _convolution() -> Case:
    """Taps of a 3 x 3 kernel over 3 x 3 positions, stride 2, padding 1; then 4 positions, late."""
    centre = 2 * np.indices((2, 2)).reshape(2, 4).T[:, None]
    heard = centre - 1 + np.indices((3, 3)).reshape(2, 9).T
    inside = ((heard >= 0) & (heard < 3)).all(axis=2)  # (position, tap)
    taps = []
    for tap in range(9):
        mix = np.zeros((4, 9), int)
        there = np.flatnonzero(inside[:, tap])
        mix[there, heard[there, tap] @ [3, 1]] = 1
        weight = 2 * _signal(3, 2, low=-20, high=30, seed=20 + tap).astype(int)
        taps.append(integer_link("x", "h", weight, mix=mix, exponent=-1, name=f"tap {tap}"))
    places = []
    for row, mix in enumerate(np.eye(4, dtype=int)):
        weight = 2 * _signal(2, 3, low=-9, high=20, seed=40 + row).astype(int)
        how = {"mix": mix[None], "delay": 2, "exponent": 1, "name": f"place {row}"}
        places.append(integer_link("h", "o", weight, **how))
    return _assemble(
        {"x": _signal(3, 9, 9, 2, low=-7, high=8, seed=14)},
        (
            integer_layer("h", 4, 3, QLIF(voltage_decay=1000, threshold=60)),
            integer_layer("o", 1, 2, QLIF(voltage_decay=500, threshold=90)),
        ),
        (*taps, *places),
    )


def _theta_starts_with_first_input() -> Case:
    """Three adaptive layers: a threshold that decayed before its first input fires too early."""
    neuron = QAdaptiveLIF(
        voltage_decay=fx.DECAY_ONE, threshold=6401, threshold_decay=1229, threshold_step=1283
    )
    layers = tuple(integer_layer(name, 1, 4, neuron) for name in ("a", "b", "c"))
    weight = 2 * _signal(4, 4, low=-20, high=64, seed=5).astype(int)
    return _assemble(
        {"x": _signal(3, 10, 1, 4, low=-2, high=3)},
        layers,
        tuple(integer_link(*ends, weight) for ends in (("x", "a"), ("a", "b"), ("b", "c"))),
    )


def _mixed_rows() -> Case:
    """Row mixes with empty rows and entries above 1, two streams, latency 3."""
    neuron = QSoftResetLIF(voltage_decay=fx.DECAY_ONE // 2, threshold=2000)
    weight = 2 * _signal(3, 4, seed=6).astype(int)
    return _assemble(
        {"x": _signal(2, 5, 3, 4), "y": _signal(2, 5, 1, 4, seed=7)},
        (integer_layer("h", 4, 3, neuron),),
        (
            integer_link(
                "x", "h", weight, mix=[[1, 0, 0], [0, 0, 0], [2, 0, 3], [0, 1, 1]], exponent=-3
            ),
            integer_link("y", "h", weight[::-1], mix=[[0], [1], [0], [5]], exponent=-4),
        ),
        latency=3,
    )


def _loops_and_delays() -> Case:
    """Plain-spike input, a self loop, delayed feedback and a skip connection of delay 62."""
    neuron = QLIF(voltage_decay=1500, current_decay=2000, threshold=90)
    weight = 2 * _signal(4, 4, low=-40, high=64, seed=8).astype(int)
    signal = (np.random.default_rng(9).random((2, 36, 1, 4)) < 0.3).astype(np.int8)
    return _assemble(
        {"x": signal},
        (integer_layer("a", 1, 4, neuron), integer_layer("b", 1, 4, neuron)),
        (
            integer_link("x", "a", weight),
            integer_link("a", "a", -weight, delay=2),
            integer_link("a", "b", weight.T, delay=1),
            integer_link("b", "a", weight[::-1], delay=5),
            integer_link("x", "b", weight[:, ::-1], exponent=1, delay=fx.DELAY_MAX),
        ),
        latency=2,
        bits=1,
    )


def _per_channel(neuron: QNeuron) -> Case:
    """3 rows of 4 channels, each neuron with an input of its own; biases differ per channel.

    The first update takes the neurons of row 0 exactly to `_OWN`, those of row 1 one unit of a sum
    above, row 2 one below. Later sums are multiples of 10, like `_OWN`, so that v meets it again.
    """
    bias = np.array([0, 10, -10, 0])  # in units of a sum
    signal = 10 * _signal(2, 12, 3, 4, low=-1, high=5, seed=13)
    signal[:, 0] = np.array(_OWN) - bias + np.array([[0], [1], [-1]])
    h = QPopulation(
        name="h",
        rows=3,
        channels=4,
        neuron=neuron,
        bias_mant=bias,
        bias_exp=neuron.guard_bits,
        scale=(1.0, 0.5, 2.0, 0.1),
    )
    return _assemble(
        {"x": signal},
        (h,),
        (integer_link("x", "h", np.eye(4, dtype=int), mix=np.eye(3, dtype=int)),),
    )


def _soft_reset_guarded_by(bits: int) -> dict[str, Callable[[], Case]]:
    """Soft resets whose sums, and thresholds, are shifted by `bits`."""
    neuron = partial(QSoftResetLIF, guard_bits=bits)
    top = fx.STATE_MAX >> bits
    corners: dict[str, Callable[[], Case]] = {
        "at the threshold": lambda: _relay(neuron(voltage_decay=fx.DECAY_ONE, threshold=10), _EDGE),
        "u wraps": lambda: _strong(neuron(voltage_decay=fx.DECAY_ONE, threshold=top // 2), _ENDS),
        "u with memory wraps": lambda: _strong(
            neuron(current_decay=0, voltage_decay=4095, threshold=top // 3), _ENDS
        ),
        "v clips": lambda: _strong(
            neuron(voltage_decay=0, threshold=top // 4 * 3),
            [[60, 60, 60, -1, -60], [-60, -60, 60, 1, 1]],
        ),
        "fires on": lambda: _relay(
            neuron(current_decay=2000, voltage_decay=7, threshold=30),
            _DRIVE,
            bias=(-5, 2),
            latency=2,
        ),
        "a threshold per channel": lambda: _per_channel(neuron(voltage_decay=0, threshold=_OWN)),
    }
    return {f"soft reset, {bits} guard bits, {name}": build for name, build in corners.items()}


def _adaptive_guarded_by(bits: int) -> dict[str, Callable[[], Case]]:
    """Adaptive thresholds over sums that are shifted by `bits`."""
    neuron = partial(QAdaptiveLIF, guard_bits=bits)
    fixed = partial(neuron, threshold_decay=0, threshold_step=0)
    tall = partial(fixed, threshold=fx.STATE_MAX)
    corners: dict[str, Callable[[], Case]] = {
        "at the threshold": lambda: _relay(
            fixed(voltage_decay=fx.DECAY_ONE, threshold=10 << bits), _EDGE
        ),
        "u wraps": lambda: _strong(tall(voltage_decay=0), _ENDS),
        "u with memory wraps": lambda: _strong(tall(current_decay=0, voltage_decay=4095), _ENDS),
        "v clips": lambda: _strong(tall(voltage_decay=0), [[60, 60, -1], [-60, -60, 60]]),
        "with memory": lambda: _relay(
            neuron(
                current_decay=1234,
                voltage_decay=567,
                threshold=140 << bits,
                threshold_decay=300,
                threshold_step=23 << bits,
            ),
            _DRIVE,
            bias=(5, 2),
            latency=2,
        ),
    }
    return {f"adaptive, {bits} guard bits, {name}": build for name, build in corners.items()}


def _refractory_guarded_by(bits: int) -> dict[str, Callable[[], Case]]:
    """Refractory states and thresholds that return to rest, over sums shifted by `bits`."""
    neuron = partial(QRefractoryLIF, guard_bits=bits)
    steady = partial(neuron, threshold_decay=0, threshold_step=0, refractory_decay=fx.DECAY_ONE)
    corners: dict[str, Callable[[], Case]] = {
        "at the threshold": lambda: _relay(
            steady(voltage_decay=fx.DECAY_ONE, threshold=10 << bits), _EDGE
        ),
        "u wraps": lambda: _strong(steady(voltage_decay=0, threshold=1 << 22), _ENDS),
        "v clips": lambda: _strong(
            steady(voltage_decay=0, threshold=fx.STATE_MAX), [[60, 60, 60, -1], [-60, -60, 60, 60]]
        ),
        "what v reaches returns to rest": lambda: _relay(
            neuron(
                current_decay=1234,
                voltage_decay=567,
                threshold=(40 << bits) + 1,
                threshold_decay=700,
                threshold_step=(23 << bits) + 3,
                refractory_decay=900,
            ),
            _DRIVE,
            bias=(5, 2),
            latency=2,
        ),
        "small numbers truncate": lambda: _relay(
            neuron(
                current_decay=fx.DECAY_ONE - 1,
                voltage_decay=0,
                threshold=9,
                threshold_decay=1500,
                threshold_step=7,
                refractory_decay=2500,
            ),
            [[1, 0, 0, 0, 0, 1, 0, 0, 1, 1], [3, -2, 0, 1, -1, 0, 0, 2, -3, 0], [1] * 10],
        ),
        "nothing returns": lambda: _relay(
            neuron(
                current_decay=2000,
                voltage_decay=7,
                threshold=30 << bits,
                threshold_decay=0,
                threshold_step=11,
                refractory_decay=0,
            ),
            _DRIVE,
        ),
        "a threshold and a step per channel": lambda: _per_channel(
            neuron(
                voltage_decay=300,
                threshold=tuple(vth << bits for vth in _OWN),
                threshold_decay=2000,
                threshold_step=(0, 640, 1280, 1920),
                refractory_decay=2200,
            )
        ),
    }
    return {f"refractory, {bits} guard bits, {name}": build for name, build in corners.items()}


_CORNERS: dict[str, Callable[[], Case]] = {
    "LIF at the threshold": lambda: _relay(QLIF(voltage_decay=4095, threshold=10), _EDGE),
    "soft reset at the threshold": lambda: _relay(
        QSoftResetLIF(voltage_decay=fx.DECAY_ONE, threshold=10), _EDGE
    ),
    "adaptive at the threshold": lambda: _relay(
        QAdaptiveLIF(
            voltage_decay=fx.DECAY_ONE, threshold=640, threshold_decay=0, threshold_step=0
        ),
        _EDGE,
    ),
    "LIF u wraps": lambda: _strong(_FULL, _ENDS),
    "adaptive u wraps": lambda: _strong(_TALL, _ENDS),
    "u with memory wraps": lambda: _strong(
        QLIF(current_decay=0, voltage_decay=4095, threshold=fx.THRESHOLD_MAX), _ENDS
    ),
    "one sign wraps at a time": lambda: _strong(_FULL, _ALTERNATING),
    "LIF v clips": lambda: _strong(_FULL, [[60, 60, -1], [-60, -60, 60]]),
    "soft reset v clips": lambda: _strong(
        QSoftResetLIF(voltage_decay=0, threshold=100_000),
        [[60, 60, 60, -1, -60], [-60, -60, 60, 1, 1]],
    ),
    "adaptive v clips": lambda: _strong(_TALL, [[60, 60, -1], [-60, -60, 60]]),
    "decays truncate to zero": lambda: _relay(
        QLIF(current_decay=1000, voltage_decay=333, threshold=150), _IMPULSES
    ),
    "du 0 still decays": lambda: _relay(
        QLIF(current_decay=0, voltage_decay=4095, threshold=1000), _IMPULSES
    ),
    "dv 1 and dv 4095": lambda: _relay(
        QLIF(current_decay=4000, voltage_decay=1, threshold=1000), _IMPULSES
    ),
    "soft reset fires on": lambda: _relay(
        QSoftResetLIF(current_decay=2000, voltage_decay=7, threshold=30), _DRIVE
    ),
    "threshold adapts": lambda: _relay(
        QAdaptiveLIF(
            voltage_decay=fx.DECAY_ONE, threshold=4097, threshold_decay=1229, threshold_step=819
        ),
        _DRIVE,
    ),
    "adaptive with memory": lambda: _relay(
        QAdaptiveLIF(
            current_decay=1234,
            voltage_decay=567,
            threshold=9001,
            threshold_decay=300,
            threshold_step=1501,
        ),
        _DRIVE,
        latency=2,
    ),
    "positive bias": lambda: _relay(
        QLIF(current_decay=2000, voltage_decay=409, threshold=70),
        _DRIVE,
        bias=(1023, 1),
    ),
    "negative bias": lambda: _relay(
        QSoftResetLIF(current_decay=2000, voltage_decay=409, threshold=70),
        _DRIVE,
        bias=(-4095, 0),
    ),
    "largest bias": lambda: _relay(
        QLIF(voltage_decay=2048, threshold=10_000),
        _DRIVE,
        bias=(fx.BIAS_MANT_MAX, fx.BIAS_EXP_MAX),
    ),
    "soft reset, a threshold per channel": lambda: _per_channel(
        QSoftResetLIF(voltage_decay=0, threshold=_OWN)
    ),
    "adaptive, threshold and step per channel": lambda: _per_channel(
        QAdaptiveLIF(
            voltage_decay=0,
            threshold=tuple(vth << fx.GUARD_BITS for vth in _OWN),
            threshold_decay=0,
            threshold_step=(0, 640, 1280, 1920),
        )
    ),
    "adaptive, a step per channel": lambda: _per_channel(
        QAdaptiveLIF(
            current_decay=1234,
            voltage_decay=567,
            threshold=1281,
            threshold_decay=1229,
            threshold_step=(0, 701, 1502, 3003),
        )
    ),
    **_soft_reset_guarded_by(0),
    **_soft_reset_guarded_by(3),
    **_adaptive_guarded_by(0),
    **_adaptive_guarded_by(3),
    **_refractory_guarded_by(3),
    **_refractory_guarded_by(fx.GUARD_BITS),
    "shifted sums": _shifted_sums,
    "exponent ends": _exponent_ends,
    "wide payloads": _wide_payloads,
    "sums beyond float32": _sums_beyond_float32,
    "theta starts with the first input": _theta_starts_with_first_input,
    "mixed rows": _mixed_rows,
    "no row is mixed": _no_row_is_mixed,
    "a convolution": _convolution,
    "loops and delays": _loops_and_delays,
    **CHIP_CORNERS,
}
