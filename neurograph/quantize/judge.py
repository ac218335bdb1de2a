"""Judges integers of one population by the spikes that they change on the calibration data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from neurograph.arrays import Array
from neurograph.engine import IntegerArithmetic, simulate
from neurograph.ir import QNetwork, QPopulation, QProjection, QStream, Readout
from neurograph.quantize.calibration import Calibration

TARGETS = 64  # that a candidate is judged on


class Judge:
    """Runs a population alone, on payloads and on the spikes that its sources emit in floats.

    So that each population answers for its own rounding, and for none of another's.
    """

    def __init__(self, measured: Calibration, population: str) -> None:
        network, activity = measured.network, measured.activity
        into = [j for j in measured.extended.projections if j.target == population]
        self._lag = {j.name: measured.extended.wiring.lag[j.name] for j in into}
        self._steps = network.updates
        streams = {s.name: replace(s, mean_of="") for s in measured.streams}
        rows = {p.name: (p.rows, p.channels) for p in network.populations}
        self._streams, self._inputs = [], {}
        for name in dict.fromkeys(j.source for j in into):
            if name in streams:
                self._streams.append(streams[name])
                held = measured.payloads[name][:TARGETS]
                self._inputs[name] = np.repeat(held, network.latency, axis=1)
            else:
                stream = QStream(name=name, rows=rows[name][0], channels=rows[name][1], bits=1)
                self._streams.append(stream)
                self._inputs[name] = activity.spikes[name][:TARGETS].view(np.int8)
        self._wanted = activity.spikes[population][:TARGETS]

    @property
    def compared(self) -> int:
        """Spikes that a candidate is judged on."""
        return self._wanted.size

    def changed(self, population: QPopulation, projections: Iterable[QProjection]) -> Array:
        """int64 ``(channels,)``: spikes of each channel that differ from the floats'."""
        size = self._steps * population.rows * population.channels
        alone = QNetwork(
            streams=tuple(self._streams),
            populations=(population,),
            projections=tuple(self._at_its_time(j) for j in projections),
            readout=Readout(
                source=population.name, weight=np.zeros((1, size)), bias=np.zeros(1)
            ),
            steps=self._steps,
        )
        record = simulate(
            alone,
            self._inputs,
            np.arange(len(self._wanted)),
            IntegerArithmetic(alone),
            target="reference",
            sha256="",
        )
        differ = record.spikes[population.name] != self._wanted
        return np.count_nonzero(differ, axis=(0, 1, 2))

    def _at_its_time(self, projection: QProjection) -> QProjection:
        """As late as in the whole network, where every source is a stream of the first step."""
        name = next(n for n in self._lag if projection.name == n or _part_of(projection.name, n))
        return replace(projection, delay=self._lag[name])


def _part_of(name: str, whole: str) -> bool:
    return name.removeprefix(whole) in ("+", "-", ".large", ".large+", ".large-")
