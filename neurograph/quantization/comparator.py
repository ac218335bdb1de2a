"""Counts the spikes that integers of one population change on the calibration data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork, QPopulation, QProjection, QStream
from neurograph.quantization.calibration import Calibration, spread
from neurograph.runtime.engine import IntegerArithmetic, simulate


class SpikeComparator:
    """Runs a population alone, on payloads and on the spikes that its sources emit in floats.

    So that each population answers for its own rounding, and for none of another's.
    """

    def __init__(self, measured: Calibration, population: str) -> None:
        network, activity = measured.network, measured.activity
        few = spread(activity.count)
        into = [j for j in measured.extended.projections if j.target == population]
        self._lag = {j.name: measured.extended.wiring.lag[j.name] for j in into}
        self._steps = network.updates
        streams = {s.name: replace(s, mean_of="") for s in measured.streams}
        sizes = {p.name: p for p in network.populations}
        self._streams: list[QStream] = []
        self._inputs: dict[str, Array] = {}
        for name in dict.fromkeys(j.source for j in into):
            if name in streams:
                stream = replace(streams[name], name=_emitted_by(name))
                held = measured.payloads[name][few]
                emitted = np.repeat(held, network.latency, axis=1)
            else:
                size = sizes[name]
                stream = QStream(
                    name=_emitted_by(name), rows=size.rows, channels=size.channels, bits=1
                )
                emitted = activity.spikes[name][few].view(np.int8)
            self._streams.append(stream)
            self._inputs[stream.name] = emitted
        self._wanted = activity.spikes[population][few]

    @property
    def compared(self) -> int:
        """Spikes in which a candidate is compared."""
        return self._wanted.size

    def changed(
        self, population: QPopulation, pieces: Mapping[str, Sequence[QProjection]]
    ) -> Array:
        """int64 ``(channels,)``: spikes of each channel that differ from the floats'.

        Args:
            population: in integers.
            pieces: of each projection into it, those in integers that add up to it.
        """
        alone = QNetwork(
            streams=tuple(self._streams),
            populations=(population,),
            projections=tuple(
                self._at_its_time(j, self._lag[name]) for name, js in pieces.items() for j in js
            ),
            readout=None,
            steps=self._steps,
        )
        held = simulate(alone, self._inputs, len(self._wanted), IntegerArithmetic(alone))
        differ = held.spikes[population.name] != self._wanted
        changed: Array = np.count_nonzero(differ, axis=(0, 1, 2))
        return changed

    @staticmethod
    def _at_its_time(projection: QProjection, lag: int) -> QProjection:
        """As late as in the whole network, where every source is a stream of the first step."""
        return replace(projection, source=_emitted_by(projection.source), delay=lag)


def _emitted_by(layer: str) -> str:
    """A stream's name: a population may hear itself, and a name is that of one layer."""
    return f"from {layer}"
