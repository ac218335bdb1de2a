"""Counts the spikes that integers of one population change on the calibration data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import Mix, QNetwork, QPopulation, QProjection, QStream, Schedule
from neurograph.quantization.calibration import Calibration
from neurograph.quantization.site import Site, emitted_by
from neurograph.runtime.engine import IntegerArithmetic, simulate


class SpikeComparator:
    """Runs a population alone, on payloads and on the spikes that its sources emit in floats.

    So that each population answers for its own rounding, and for none of another's; relays that
    lead to it along edges do not spike, and are judged together with it.

    Attributes:
        site: of the population.
    """

    def __init__(self, measured: Calibration, population: str) -> None:
        self.site = Site.of(measured.extended, population, measured.few)
        self._streams: list[QStream] = []
        self._inputs: dict[str, Array] = {}
        for name in self.site.sources:
            self._streams.append(replace(measured.stream(name), name=emitted_by(name)))
            sent = self.site.sent(name, measured.given, measured.activity)
            self._inputs[emitted_by(name)] = sent
        self._wanted = measured.activity.spikes[population][measured.few]
        self._small: dict[int, tuple[Schedule, Schedule]] = {}

    @property
    def compared(self) -> int:
        """Spikes in which a candidate is compared."""
        return self._wanted.size

    def changed(
        self,
        population: QPopulation,
        pieces: Mapping[str, Sequence[QProjection]],
        relays: Sequence[QPopulation] = (),
    ) -> Array:
        """int64 ``(channels,)``: spikes of each channel that differ from the floats'.

        Args:
            population: in integers.
            pieces: of each projection into it and into its relays, those in integers that add up
                to it.
            relays: that it hears, in integers.
        """
        graded = {r.name for r in relays}
        alone = QNetwork(
            streams=tuple(self._streams),
            populations=(*relays, population),
            projections=tuple(
                self._here(j, self.site.delays[name], graded)
                for name, js in pieces.items()
                for j in js
            ),
            readout=None,
            steps=self.site.network.steps,
        )
        count = len(self.site.around.nodes)
        held = simulate(alone, self._inputs, count, IntegerArithmetic(alone))
        differ = held.spikes[population.name][self.site.around.rows] != self._wanted
        changed: Array = np.count_nonzero(differ, axis=(0, 1, 2))
        return changed

    def _here(self, projection: QProjection, delay: int, relays: set[str]) -> QProjection:
        """As late as in the whole network, among the nodes of the site."""
        source = projection.source
        return replace(
            projection,
            source=source if source in relays else emitted_by(source),
            mix=self._among(projection.mix),
            delay=delay,
        )

    def _among(self, mix: Mix) -> Mix:
        """A schedule among the nodes of the site; made once of each."""
        if not isinstance(mix, Schedule):
            return mix
        if id(mix) not in self._small:  # the key is of what is kept beside it
            self._small[id(mix)] = mix, self.site.around.schedule(mix, self.site.latency)
        return self._small[id(mix)][1]
