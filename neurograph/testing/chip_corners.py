"""Corners of networks that run as on a chip: begun at once, biased by a stream, reset in time.

`corners.corner_networks` has them among its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import (
    QLIF,
    PeriodicReset,
    QAdaptiveLIF,
    QPopulation,
    QProjection,
    QRefractoryLIF,
    QSoftResetLIF,
)
from neurograph.testing.builders import integer_layer, integer_link, integer_network
from neurograph.testing.parts import Case, random_readout


def _case(
    inputs: Mapping[str, Array],
    layers: Sequence[QPopulation],
    links: Sequence[QProjection],
    *,
    latency: int = 1,
    bits: int = 8,
    bias_bits: int = 12,
    together: bool = True,
) -> Case:
    """A network that reads out its last layer."""
    first, last = next(iter(inputs.values())), layers[-1]
    steps = first.shape[1]
    network = integer_network(
        layers,
        links,
        bits=bits,
        bias_bits=bias_bits,
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


def _image(*shape: int, top: int, seed: int) -> Array:
    """Numbers of which some are as large as can be; no two snapshots, rows or nodes are alike."""
    given = np.random.default_rng(seed).integers(-top, top + 1, shape).astype(np.int32)
    given[:, 0, 0, 0], given[:, -1, -1, -1] = top, -top
    return given


def _biases_from_a_stream() -> Case:
    """The largest mantissas, each neuron with its own, held for two updates; a layer behind."""
    neuron = QLIF(current_decay=1500, voltage_decay=800, threshold=4000)
    return _case(
        {"image": _image(3, 6, 3, 2, top=fx.BIAS_MANT_MAX, seed=40)},
        (
            integer_layer("in", 3, 2, neuron, bias_exp=6, bias_from="image"),
            integer_layer("a", 1, 4, QLIF(voltage_decay=300, threshold=60), bias=30, bias_exp=5),
        ),
        (integer_link("in", "a", _weight(4, 2, 41), mix=[[1, 2, 1]]),),
        latency=2,
        bias_bits=13,
    )


def _biases_besides_inputs() -> Case:
    """Own mantissas, those of a stream and synaptic sums, in populations that do not begin at once.

    The same stream sets the biases of two; that which spikes reach later begins at once as well.
    """
    adaptive = QAdaptiveLIF(
        current_decay=1234,
        voltage_decay=567,
        threshold=9001,
        threshold_decay=300,
        threshold_step=1501,
        guard_bits=3,
    )
    soft = QSoftResetLIF(current_decay=3000, voltage_decay=100, threshold=(90, 50, 70))
    return _case(
        {"x": _signal(3, 8, 1, 3, seed=42), "image": _image(3, 8, 2, 3, top=2000, seed=43)},
        (
            integer_layer("a", 2, 3, adaptive, bias=[9, -30, 2], bias_exp=2, bias_from="image"),
            integer_layer("b", 2, 3, soft, bias=[40, 2, -7], bias_exp=1, bias_from="image"),
            integer_layer("c", 1, 2, QLIF(voltage_decay=900, threshold=90)),
        ),
        (
            integer_link("x", "a", _weight(3, 3, 44), mix=[[1], [2]], exponent=-4, delay=1),
            integer_link("a", "b", _weight(3, 3, 45), mix=[[1, 0], [1, 1]]),
            integer_link("b", "c", _weight(2, 3, 46), mix=[[1, 1]]),
        ),
        together=False,
    )


def _resets_layer_by_layer() -> Case:
    """Each layer begins anew one step later than the one before, as an example goes through."""
    neuron = QLIF(current_decay=200, voltage_decay=30, threshold=700)
    resets = [PeriodicReset(interval=5, offset=offset) for offset in (3, 4, 0)]
    return _case(
        {"x": _signal(3, 17, 1, 4, low=-30, seed=47)},
        tuple(
            integer_layer(name, 1, 4, neuron, bias=[90, 0, 250, -3], bias_exp=5, reset=reset)
            for name, reset in zip("abc", resets, strict=True)
        ),
        (
            integer_link("x", "a", _weight(4, 4, 48), exponent=-2),
            integer_link("a", "b", _weight(4, 4, 49), exponent=2),
            integer_link("b", "c", _weight(4, 4, 50), exponent=2),
        ),
    )


def _thresholds_begin_anew() -> Case:
    """A moved threshold returns to where it was; in a loop, at two updates per snapshot."""
    adaptive = QAdaptiveLIF(
        current_decay=900,
        voltage_decay=300,
        threshold=2500,
        threshold_decay=70,
        threshold_step=(900, 2100, 1500),
    )
    soft = QSoftResetLIF(current_decay=90, voltage_decay=10, threshold=70, guard_bits=3)
    return _case(
        {"x": _signal(2, 9, 1, 3, seed=51)},
        (
            integer_layer("a", 1, 3, adaptive, reset=PeriodicReset(interval=4, offset=1)),
            integer_layer("b", 1, 3, soft, bias=40, reset=PeriodicReset(interval=7)),
        ),
        (
            integer_link("x", "a", _weight(3, 3, 52), exponent=-4),
            integer_link("a", "b", _weight(3, 3, 53)),
            integer_link("b", "a", -_weight(3, 3, 54), delay=1),
        ),
        latency=2,
        together=False,
    )


def _refractory_begins_anew() -> Case:
    """Theta and the refractory state return to rest at once; in a loop, biased by a stream."""
    neuron = QRefractoryLIF(
        current_decay=900,
        voltage_decay=1300,
        threshold=2500,
        threshold_decay=70,
        threshold_step=(900, 2100, 1500),
        refractory_decay=90,
    )
    return _case(
        {"x": _signal(2, 9, 1, 3, seed=61), "image": _image(2, 9, 1, 3, top=2000, seed=62)},
        (
            integer_layer("a", 1, 3, neuron, reset=PeriodicReset(interval=5, offset=2)),
            integer_layer("b", 1, 3, neuron, bias_exp=1, bias_from="image"),
        ),
        (
            integer_link("x", "a", _weight(3, 3, 63), exponent=-4),
            integer_link("a", "b", _weight(3, 3, 64), exponent=1),
            integer_link("b", "a", -_weight(3, 3, 65), delay=1),
        ),
        latency=2,
    )


def _in_every_update() -> Case:
    """Memory that is never asked: u and v begin anew before every update."""
    neuron = QLIF(current_decay=0, voltage_decay=0, threshold=50)
    return _case(
        {"x": _signal(2, 7, 1, 3, seed=55)},
        (integer_layer("h", 1, 3, neuron, reset=PeriodicReset(interval=1)),),
        (integer_link("x", "h", _weight(3, 3, 56), exponent=-6),),
    )


def _images_one_after_the_other() -> Case:
    """An image is a bias, held for a few steps; membranes begin anew with each, layer by layer."""
    counting = QLIF(current_decay=4095, voltage_decay=0, threshold=1500)
    neuron = QLIF(current_decay=1024, voltage_decay=128, threshold=300)
    image = np.repeat(_image(2, 3, 2, 3, top=fx.BIAS_MANT_MAX, seed=57), 6, axis=1)
    reset = [PeriodicReset(interval=6, offset=offset) for offset in range(3)]
    return _case(
        {"image": image},
        (
            integer_layer("in", 2, 3, counting, bias_exp=6, bias_from="image", reset=reset[0]),
            integer_layer("a", 2, 4, neuron, bias=9, bias_exp=6, reset=reset[1]),
            integer_layer("b", 1, 3, neuron, bias=[0, 20, -9], bias_exp=6, reset=reset[2]),
        ),
        (
            integer_link("in", "a", _weight(4, 3, 58), mix=[[1, 1], [0, 1]], exponent=1),
            integer_link("a", "b", _weight(3, 4, 59), mix=[[1, 1]], exponent=1),
        ),
        bias_bits=13,
    )


CHIP_CORNERS: Mapping[str, Callable[[], Case]] = {
    "all begin together": _together,
    "all begin together, in loops": _together_in_loops,
    "all begin together, biased": _together_biased,
    "all begin together, adapting": _together_adapting,
    "biases from a stream": _biases_from_a_stream,
    "biases besides inputs": _biases_besides_inputs,
    "resets, layer by layer": _resets_layer_by_layer,
    "resets, thresholds begin anew": _thresholds_begin_anew,
    "resets, refractory states begin anew": _refractory_begins_anew,
    "resets in every update": _in_every_update,
    "images, one after the other": _images_one_after_the_other,
}
