"""Samples as rows to run: one each, as many at once as memory holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from neurograph.core.arrays import Array
from neurograph.core.words import SAMPLES, Words
from neurograph.ir import QNetwork
from neurograph.runtime.record import RunRecord
from neurograph.workflow.layout import Layout, Place
from neurograph.workflow.samples.given import Samples

MOST = 1024  # samples at once
UPDATES = 1 << 27  # of neurons, at once: as many bytes of spikes


@dataclass(frozen=True, eq=False, kw_only=True)
class SampleRows(Layout):
    """A row per sample; `nodes` are their numbers in the file, from 0.

    Attributes:
        samples: all that were given.
        network: that runs them.
    """

    samples: Samples
    network: QNetwork
    words: ClassVar[Words] = SAMPLES

    @property
    def unit(self) -> str:
        return "samples"

    @property
    def size(self) -> int:
        neurons = sum(p.rows * p.channels for p in self.network.populations)
        return max(1, min(MOST, UPDATES // (neurons * self.network.updates)))

    @property
    def rows(self) -> Array:
        return self.nodes

    def inputs(self, part: slice) -> dict[str, Array]:
        """See `Layout.inputs`; they are integers already."""
        return self.samples.of(self.nodes[part])

    def payloads(self, given: Mapping[str, Array], network: QNetwork) -> dict[str, Array]:
        """See `Layout.payloads`."""
        count = len(next(iter(given.values())))
        return {**given, **network.own_inputs(count)}

    def places(self, part: slice) -> Iterator[tuple[Place, Place]]:
        """See `Layout.places`."""
        yield part, slice(0, part.stop - part.start)

    def asked(self, record: RunRecord) -> RunRecord:
        """All of them."""
        return record
