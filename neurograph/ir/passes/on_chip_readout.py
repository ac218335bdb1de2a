"""The pass that moves the readout from the host onto the chip.

A weight is ``latency * integer * scale``: the readout averages over the latency updates, so one
spike counts ``integer * scale``. An integer has two signed digits to the base 256, each of which
one synapse holds. A bias is ``latency * integer * scale`` as well, because the clock that brings
it to the accumulators fires in every latency update.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import QLIF, OnChipReadout, QNetwork, QPopulation, QProjection, QStream, Readout
from neurograph.ir.readout import DIGIT_BASE
from neurograph.ir.readout_grid import ReadoutGrid, round_readout

PULSE, CLOCK, GATES, LOGITS = "pulse", "clock", "gates", "logits"
_SYNAPSE = 2  # weight of one input of a clock or gate neuron
_MEMORYLESS = fx.DECAY_ONE - 1  # 1/4096 of v stays, which truncates to 0 for so small sums


def readout_on_chip(network: QNetwork) -> QNetwork:
    """The same network with its readout as populations of the chip; every logit stays the same.

    A clock neuron per snapshot fires in the updates in which the readout's source does that
    snapshot. A gate per snapshot and source neuron fires where both fire, which keeps the spikes
    of different snapshots apart. The gates drive the accumulators through the readout's weights,
    the clock drives them through the biases.

    Requires:
        A readout on the host, rounded by `round_readout`.

    Ensures:
        A stream "pulse" (`QNetwork.own_inputs`) and the populations "clock", "gates" and "logits"
        beside those of `network`, whose spikes, and logits, stay to the bit.

    Raises:
        NetworkError: there is no readout, or it is on the chip already or was not rounded, all
            populations begin together, a layer has one of the new names, the latency or the
            source's start is beyond what one delay bridges, or an accumulator might overflow.
    """
    readout = network.readout
    if readout is None:
        raise NetworkError("readout: the network has none that could move onto the chip")
    if isinstance(readout, OnChipReadout):
        raise NetworkError("readout: it is on the chip already")
    if network.begin_together:
        raise NetworkError(
            "readout: its clock starts with the layer that it reads, and here all begin together; "
            "keep the readout on the host"
        )
    grid = ReadoutGrid.of(readout, network.steps, network.latency)
    _check_rounded(readout, network)
    _check_names(network)
    _check_delays(readout.source, network)
    source = next(p for p in network.populations if p.name == readout.source)
    digits = _digits(grid.weight).reshape(-1, network.steps, source.rows, source.channels)
    shares = _digits(_shares(grid.bias, network.steps))
    _check_accumulators(readout.source, digits, shares, network.latency)
    classes = len(readout.bias)
    return replace(
        network,
        streams=(*network.streams, QStream(name=PULSE, rows=1, channels=1, bits=1)),
        populations=(
            *network.populations,
            _fires_above(CLOCK, 1, network.steps, inputs=0),
            _fires_above(GATES, source.rows, network.steps * source.channels, inputs=1),
            _accumulators(2 * classes),
        ),
        projections=(
            *network.projections,
            *_clock_synapses(readout.source, network),
            *_gate_synapses(source, network.steps),
            *(
                _accumulate(GATES, digits[:, :, r].reshape(2 * classes, -1), row=r, of=source.rows)
                for r in range(source.rows)
            ),
            _accumulate(CLOCK, shares, row=0, of=1, delay=1),  # as late as through a gate
        ),
        readout=OnChipReadout(source=LOGITS, pulse=PULSE, classes=classes, scale=grid.scale),
    )


def _digits(integers: Array) -> Array:
    """int64 ``(2 * n, m)`` of ``(n, m)``: all high digits, then all low, -128 to 127 each."""
    high = (integers + DIGIT_BASE // 2) // DIGIT_BASE
    return np.concatenate((high, integers - DIGIT_BASE * high))


def _shares(bias: Array, steps: int) -> Array:
    """int64 ``(classes, steps)``: integers that differ by at most 1 and sum to each bias."""
    shares: Array = (bias // steps)[:, None] + (np.arange(steps) < (bias % steps)[:, None])
    return shares


def _fires_above(name: str, rows: int, channels: int, *, inputs: int) -> QPopulation:
    """Neurons without memory that fire where more than `inputs` of their inputs do."""
    neuron = QLIF(voltage_decay=_MEMORYLESS, threshold=_SYNAPSE * inputs + 1)
    mant = np.zeros(channels, np.int64)
    return QPopulation(name=name, rows=rows, channels=channels, neuron=neuron, bias_mant=mant)


def _accumulators(count: int) -> QPopulation:
    neuron = QLIF(voltage_decay=0, threshold=fx.THRESHOLD_MAX)
    mant = np.zeros(count, np.int64)
    return QPopulation(name=LOGITS, rows=1, channels=count, neuron=neuron, bias_mant=mant)


def _clock_synapses(source: str, network: QNetwork) -> tuple[QProjection, ...]:
    """The pulse starts neuron 0 together with the readout's source, each starts the next."""
    first, following = np.zeros((network.steps, 1)), np.eye(network.steps, k=-1)
    first[0] = 1
    wait = network.wiring.start[source] - 1
    return (
        _link(PULSE, CLOCK, np.ones((1, 1)), _SYNAPSE * first, delay=wait),
        _link(CLOCK, CLOCK, np.ones((1, 1)), _SYNAPSE * following, delay=network.latency - 1),
    )


def _gate_synapses(source: QPopulation, steps: int) -> tuple[QProjection, ...]:
    """Gate channels are step major: all source channels of step 0, then those of step 1, ..."""
    same_channel = np.tile(np.eye(source.channels), (steps, 1))
    same_step = np.repeat(np.eye(steps), source.channels, axis=0)
    return (
        _link(source.name, GATES, np.eye(source.rows), _SYNAPSE * same_channel),
        _link(CLOCK, GATES, np.ones((source.rows, 1)), _SYNAPSE * same_step),
    )


def _accumulate(source: str, digits: Array, *, row: int, of: int, delay: int = 0) -> QProjection:
    """Synapses of `digits` from one of the source's rows; the sum that arrives is exact."""
    mixed = digits.min() < 0 < digits.max()  # then weights are even, and the shift drops a 0
    name = f"{source}->{LOGITS}" if of == 1 else f"{source}->{LOGITS}.row{row}"
    return replace(
        _link(source, LOGITS, np.eye(of)[row : row + 1], digits << int(mixed), delay=delay),
        name=name,
        exponent=-int(mixed),
    )


def _link(source: str, target: str, mix: Array, weight: Array, *, delay: int = 0) -> QProjection:
    return QProjection(
        name=f"{source}->{target}",
        source=source,
        target=target,
        mix=sp.csr_array(mix.astype(np.int16)),
        weight=weight.astype(np.int64),
        delay=delay,
    )


def _check_rounded(readout: Readout, network: QNetwork) -> None:
    exact = round_readout(readout, network.steps, network.latency)
    pairs = (readout.weight, exact.weight), (readout.bias, exact.bias)
    if not all(np.array_equal(given, held) for given, held in pairs):
        raise NetworkError(
            "readout: its weights are not on a grid of two 8-bit digits, so that the chip's "
            "logits would differ from the host's; quantise the network, or use round_readout"
        )


def _check_names(network: QNetwork) -> None:
    ours = {PULSE, CLOCK, GATES, LOGITS}
    names = {s.name for s in network.streams} | {p.name for p in network.populations}
    if taken := names & ours:
        raise NetworkError(
            f"{', '.join(sorted(taken))}: the on-chip readout adds layers of that name; rename "
            "yours, or keep the readout on the host"
        )


def _check_delays(source: str, network: QNetwork) -> None:
    waits = {
        f"a latency of {network.latency}": network.latency,
        f"'{source}', which starts in hardware step {network.wiring.start[source]},": (
            network.wiring.start[source]
        ),
    }
    for what, steps in waits.items():
        if steps - 1 > fx.DELAY_MAX:
            raise NetworkError(
                f"readout: {what} needs a delay of {steps - 1} in the clock, the chip has "
                f"{fx.DELAY_MAX}; keep the readout on the host"
            )


def _check_accumulators(source: str, digits: Array, shares: Array, latency: int) -> None:
    """Raise NetworkError unless no input at all can take an accumulator to its threshold.

    Every gate and every clock neuron fires at most `latency` times, and the sum at any time is
    one of some of its terms: it lies between all the negative and all the positive ones.
    """
    terms = np.concatenate((digits.reshape(len(digits), -1), shares), axis=1)
    ends = np.maximum(terms, 0).sum(axis=1), -np.minimum(terms, 0).sum(axis=1)
    largest = latency * int(np.max(ends))
    if largest > fx.THRESHOLD_MAX:
        raise NetworkError(
            f"readout: the sum of an accumulator could reach {largest:,}, limit "
            f"{fx.THRESHOLD_MAX:,}; keep the readout on the host, or give '{source}' fewer "
            "neurons or the network fewer steps"
        )
