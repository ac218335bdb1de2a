"""Networks whose inputs are numbers, as networks whose inputs are plain spikes; many as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import QNetwork, QProjection, QStream
from neurograph.testing.parts import Case

NO_MEMORY = fx.DECAY_ONE - 1
MOST_COPIES = 16  # of a projection, in place of an exponent that the chip does not have


def without_current_memory(network: QNetwork) -> QNetwork:
    """The network, whose currents do not outlast an update."""
    populations = (
        replace(p, neuron=replace(p.neuron, current_decay=NO_MEMORY)) for p in network.populations
    )
    return replace(network, populations=tuple(populations))


def in_plain_spikes(case: Case) -> Case | None:
    """The case with a stream of plain spikes for each bit and sign of a number.

    A bit that no exponent reaches is sent along several projections. Where an exponent rounds
    sums, they come out differently: the result is a network of its own. None where numbers are too
    large for that.
    """
    network, given = case.network, {}
    biases = {p.bias_from for p in network.populations}
    streams: list[QStream] = []
    entering: list[QProjection] = []
    for s in network.streams:
        own = [j for j in network.projections if j.source == s.name]
        if s.bits == 1 or s.name in biases:
            streams.append(s)
            entering += own
            given[s.name] = case.inputs[s.name]
            continue
        top = int(np.abs(case.inputs[s.name].astype(np.int64)).max()).bit_length() - 1
        if any(1 << max(j.exponent + top - fx.WEIGHT_EXP_MAX, 0) > MOST_COPIES for j in own):
            return None
        for name, sign, bit, spikes in _bits(s.name, np.asarray(case.inputs[s.name], np.int64)):
            streams.append(QStream(name=name, rows=s.rows, channels=s.channels, bits=1))
            entering += [part for j in own for part in _parts(j, name, sign, bit)]
            given[name] = spikes
    known = {s.name for s in network.streams}
    entering += [j for j in network.projections if j.source not in known]
    made = replace(network, streams=tuple(streams), projections=tuple(entering))
    return Case(made, given, case.nodes)


def _bits(name: str, numbers: Array) -> Iterator[tuple[str, int, int, Array]]:
    for mark, sign in (("+", 1), ("-", -1)):
        size = np.maximum(sign * numbers, 0)
        for bit in range(int(size.max()).bit_length()):
            yield f"{name}{mark}{bit}", sign, bit, (size >> bit & 1).astype(np.int8)


def _parts(j: QProjection, source: str, sign: int, bit: int) -> Iterator[QProjection]:
    shift = min(j.exponent + bit, fx.WEIGHT_EXP_MAX)
    weight = sign * j.weight.astype(np.int64)
    for copy in range(1 << (j.exponent + bit - shift)):
        name = f"{j.name} from {source}, {copy}"
        yield replace(j, name=name, source=source, exponent=shift, weight=weight)


def side_by_side(cases: Iterable[tuple[str, Case]]) -> Case:
    """Networks of equal length that know nothing of each other, as one."""
    networks = [(name, case.network) for name, case in cases]
    first = networks[0][1]

    def called(name: str, layer: str) -> str:
        return f"{name}: {layer}" if layer else ""

    made = replace(
        first,
        streams=tuple(replace(s, name=called(n, s.name)) for n, x in networks for s in x.streams),
        populations=tuple(
            replace(p, name=called(n, p.name), bias_from=called(n, p.bias_from))
            for n, x in networks
            for p in x.populations
        ),
        projections=tuple(
            replace(
                j, name=called(n, j.name), source=called(n, j.source), target=called(n, j.target)
            )
            for n, x in networks
            for j in x.projections
        ),
        readout=None,
    )
    inputs = {called(n, s): x for n, case in cases for s, x in case.inputs.items()}
    return Case(made, inputs, next(iter(cases))[1].nodes)
