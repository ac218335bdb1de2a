"""Corners of networks that run as on a chip: all populations begin at once.

`corners.corner_networks` has them among its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import QLIF, QAdaptiveLIF, QPopulation, QProjection, QSoftResetLIF
from neurograph.testing.builders import integer_layer, integer_link, integer_network
from neurograph.testing.parts import Case, random_readout


def _case(
    inputs: Mapping[str, Array],
    layers: Sequence[QPopulation],
    links: Sequence[QProjection],
    *,
    latency: int = 1,
    bits: int = 8,
    together: bool = True,
) -> Case:
    """A network that reads out its last layer."""
    first, last = next(iter(inputs.values())), layers[-1]
    steps = first.shape[1]
    network = integer_network(
        layers,
        links,
        bits=bits,
        steps=steps,
        latency=latency,
        readout=random_readout(
            np.random.default_rng(3), last.name, steps * last.rows * last.channels
        ),
        begin_together=together,
    )
    return Case(network, inputs, np.arange(len(first)) + 60)


def _signal(*shape: int, low: int = -99, high: int = 128, seed: int = 20) -> Array:
    return np.random.default_rng(seed).integers(low, high, shape).astype(np.int8)


def _weight(rows: int, columns: int, seed: int) -> Array:
    return 2 * np.random.default_rng(seed).integers(-40, 70, (rows, columns))


def _together() -> Case:
    """Biases charge before anything arrives, also where nothing ever does; a skip and a delay."""
    neuron = QLIF(current_decay=2000, voltage_decay=700, threshold=180)
    return _case(
        {"x": _signal(3, 9, 1, 4)},
        (
            integer_layer("alone", 1, 3, neuron, bias=[500, 900, -50], bias_exp=4),
            integer_layer("a", 2, 4, neuron, bias=[300, 0, -90, 700], bias_exp=3),
            integer_layer("b", 1, 5, neuron, bias=90, bias_exp=5),
        ),
        (
            integer_link("x", "a", _weight(4, 4, 21), mix=[[1], [1]], exponent=-3),
            integer_link("alone", "b", _weight(5, 3, 22), delay=1),
            integer_link("a", "b", _weight(5, 4, 23), mix=[[1, 2]]),
            integer_link("x", "b", _weight(5, 4, 24), exponent=-4, delay=2),
        ),
        latency=2,
    )


def _together_in_loops() -> Case:
    """Plain spikes, a self loop and feedback; without biases, as Lava's own library has them."""
    neuron = QLIF(current_decay=3000, voltage_decay=900, threshold=80)
    spikes = (np.random.default_rng(25).random((3, 14, 1, 4)) < 0.4).astype(np.int8)
    return _case(
        {"x": spikes},
        (integer_layer("a", 1, 4, neuron), integer_layer("b", 1, 3, neuron)),
        (
            integer_link("x", "a", _weight(4, 4, 26), exponent=1),
            integer_link("a", "a", _weight(4, 4, 27)),
            integer_link("a", "b", _weight(3, 4, 28), exponent=1),
            integer_link("b", "a", -_weight(4, 3, 29), delay=3),
        ),
        bits=1,
    )


def _together_biased() -> Case:
    """Hard resets with biases, which Lava's own neurons charge from their first step on."""
    neuron = QLIF(current_decay=1000, voltage_decay=300, threshold=400)
    return _case(
        {"x": _signal(2, 12, 1, 4, seed=30)},
        (
            integer_layer("a", 1, 4, neuron, bias=[70, 200, -30, 7], bias_exp=6),
            integer_layer("b", 1, 3, neuron, bias=[250, 20, 90], bias_exp=6),
        ),
        (
            integer_link("x", "a", _weight(4, 4, 31), exponent=-2),
            integer_link("a", "b", _weight(3, 4, 32), exponent=2),
        ),
    )


def _together_adapting() -> Case:
    """A threshold that moves from the first step on, and a soft reset behind it."""
    adaptive = QAdaptiveLIF(
        voltage_decay=fx.DECAY_ONE, threshold=6401, threshold_decay=1229, threshold_step=1283
    )
    soft = QSoftResetLIF(voltage_decay=500, threshold=60, guard_bits=3)
    weight = _weight(4, 4, 33)
    return _case(
        {"x": _signal(3, 10, 1, 4, low=-2, high=3, seed=34)},
        (
            integer_layer("a", 1, 4, adaptive),
            integer_layer("b", 1, 4, adaptive, bias=[0, 90, 0, 30], bias_exp=6),
            integer_layer("c", 1, 4, soft, bias=[60, 0, -30, 9], bias_exp=3),
        ),
        tuple(integer_link(*ends, weight) for ends in (("x", "a"), ("a", "b"), ("b", "c"))),
    )


CHIP_CORNERS: Mapping[str, Callable[[], Case]] = {
    "all begin together": _together,
    "all begin together, in loops": _together_in_loops,
    "all begin together, biased": _together_biased,
    "all begin together, adapting": _together_adapting,
}
