"""Random networks that fire: what corner cases do not think of."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import (
    QLIF,
    PeriodicReset,
    QNetwork,
    QNeuron,
    QPopulation,
    QProjection,
    QSoftResetLIF,
    QStream,
    neuron_kind,
)
from neurograph.ir.values import PerChannel
from neurograph.testing.parts import NeuronKind, random_readout


def random_network(
    rng: np.random.Generator,
    *,
    neuron: NeuronKind = "LIF",
    recurrent: bool = False,
    binary: bool = False,
    targets: int = 3,
    longer: int = 0,
) -> tuple[QNetwork, dict[str, Array]]:
    """A two-layer network with a skip connection, whose layers fire at roughly 10 to 50 %.

    Latency is 1 to 3, some projections are delayed, exponents are of both signs, and no synaptic
    sum can wrap u more than once. Every other program has fewer guard bits than 6. Of a kind that
    a package adds, `threshold` is in the unit of v.

    Args:
        recurrent: adds a loop on the first layer and feedback from the second.
        binary: plain spikes as input instead of 8-bit payloads.
        longer: snapshots besides the 3 to 6 that there are.

    Returns:
        The network, and its inputs ``(nodes, steps, rows, channels)`` per stream.
    """
    steps, latency = int(rng.integers(3, 7)) + longer, int(rng.integers(1, 4))
    rows, wide, hidden, out = (int(n) for n in rng.integers((2, 3, 3, 2), (5, 8, 9, 6)))
    stream = QStream(name="x", rows=rows, channels=wide, bits=1 if binary else 8)
    hop = sp.csr_array(rng.integers(0, 3, (2, rows)) + np.eye(2, rows, dtype=int))
    pairs = [("x", "h", hop, hidden, wide), ("h", "o", sp.csr_array([[1, 2]]), out, hidden)]
    pairs += [("x", "o", hop[:1], out, wide)]
    if recurrent:
        pairs += [("h", "h", sp.csr_array(np.eye(2)[::-1]), hidden, hidden)]
        pairs += [("o", "h", sp.csr_array([[1], [1]]), hidden, out)]
    projections = tuple(_random_projection(rng, *pair, graded=not binary) for pair in pairs)
    populations = tuple(
        random_population(rng, name, size, channels, neuron, _variance(name, projections, binary))
        for name, size, channels in (("h", 2, hidden), ("o", 1, out))
    )
    shape = (targets, steps, rows, wide)
    payload = rng.random(shape) < 0.4 if binary else rng.normal(0, 50, shape)
    network = QNetwork(
        streams=(stream,),
        populations=populations,
        projections=projections,
        readout=random_readout(rng, "o", steps * out),
        steps=steps,
        latency=latency,
    )
    return network, {"x": stream.encode(payload)}


def random_chip_network(rng: np.random.Generator, **how: Any) -> tuple[QNetwork, dict[str, Array]]:
    """As `random_network`, which takes `how`, but as a chip may run it.

    All populations begin at once and anew from time to time; every other time a stream "image"
    sets the biases of the first layer.
    """
    network, inputs = random_network(rng, longer=4, **how)  # as spikes are on their way
    first, last = (replace(p, reset=_random_reset(rng)) for p in network.populations)
    streams = network.streams
    if rng.random() < 0.5:
        image = QStream(name="image", rows=first.rows, channels=first.channels, bits=11)
        first = replace(first, bias_from=image.name)
        shape = (*inputs[streams[0].name].shape[:2], image.rows, image.channels)
        drawn = rng.integers(-image.payload_max, image.payload_max + 1, shape)
        streams, inputs = (*streams, image), {**inputs, image.name: drawn.astype(np.int32)}
    populations = (first, last)
    return replace(network, streams=streams, populations=populations, begin_together=True), inputs


def _random_reset(rng: np.random.Generator) -> PeriodicReset:
    interval = int(rng.integers(4, 12))
    return PeriodicReset(interval=interval, offset=int(rng.integers(interval)))


def _random_projection(
    rng: np.random.Generator,
    source: str,
    target: str,
    mix: sp.csr_array,
    rows: int,
    columns: int,
    *,
    graded: bool,
) -> QProjection:
    exponent = rng.integers(-5, -2) if graded and source == "x" else rng.integers(3, 6)
    weight = 2 * rng.integers(-128, 128, (rows, columns))
    weight[rng.random(weight.shape) < 0.2] = 0
    return QProjection(
        name=f"{source}->{target}",
        source=source,
        target=target,
        mix=mix,
        weight=weight,
        exponent=int(exponent),
        delay=int(rng.integers(0, 4)) if rng.random() < 0.5 else 0,
    )


def _variance(name: str, projections: tuple[QProjection, ...], binary: bool) -> float:
    """Of the synaptic sum of a neuron of a population, roughly."""
    found: float = sum(
        (p.still.astype(float) ** 2).sum(axis=1).mean()
        * (p.weight.astype(float) ** 2).sum(axis=1).mean()
        * (50.0**2 if p.source == "x" and not binary else 0.3)
        * 4.0**p.exponent
        for p in projections
        if p.target == name
    )
    return found


def random_population(
    rng: np.random.Generator,
    name: str,
    rows: int,
    channels: int,
    kind: NeuronKind,
    variance: float,
) -> QPopulation:
    """Neurons that fire at roughly 10 to 50 % if their sums vary so much."""
    threshold = int(np.clip(np.sqrt(variance) * rng.uniform(0.3, 1.0), 1, fx.THRESHOLD_MAX))
    du, dv = int(rng.choice([0, 2000, 4095])), int(rng.integers(0, 4096))
    neuron: QNeuron
    if kind == "LIF":
        neuron = QLIF(current_decay=du, voltage_decay=dv, threshold=threshold)
    elif kind == "SoftResetLIF":
        neuron = QSoftResetLIF(
            current_decay=du,
            voltage_decay=dv,
            threshold=_sometimes_each(rng, threshold, channels, fx.THRESHOLD_MAX),
            guard_bits=_sometimes_fewer(rng),
        )
    else:
        guard_bits = _sometimes_fewer(rng)
        level, top = threshold << guard_bits, fx.STATE_MAX // 4
        neuron = _made(
            neuron_kind(kind).integer,
            current_decay=du,
            voltage_decay=int(rng.choice([dv, fx.DECAY_ONE])),
            threshold=_sometimes_each(rng, level + 1, channels, top),
            threshold_decay=int(rng.integers(800, 2000)),
            threshold_step=_sometimes_each(rng, level >> 2, channels, top // 2),
            refractory_decay=int(rng.integers(800, 2000)) if kind == "RefractoryLIF" else 0,
            guard_bits=guard_bits,
        )
    bias = rng.integers(-200, 200, channels)
    return QPopulation(
        name=name,
        rows=rows,
        channels=channels,
        neuron=neuron,
        bias_mant=bias,
        bias_exp=neuron.guard_bits // 2,
    )


def _made(form: type[QNeuron], **values: Any) -> QNeuron:
    """A neuron of this form, whose fields have those of the values that it knows."""
    known = {part.name for part in fields(form)}
    return form(**{name: value for name, value in values.items() if name in known})


def _sometimes_each(rng: np.random.Generator, value: int, channels: int, top: int) -> PerChannel:
    """Every other time one number per channel, around `value`, instead of `value` for all."""
    around = rng.uniform(0.5, 1.5, channels)
    if rng.random() < 0.5:
        return min(value, top)
    return tuple(int(np.clip(round(value * share), 1, top)) for share in around)


def _sometimes_fewer(rng: np.random.Generator) -> int:
    """Guard bits: every other time as many as the chip's LIF has."""
    return int(rng.choice([0, 3, 5, *[fx.GUARD_BITS] * 3]))
