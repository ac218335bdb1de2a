"""A run that goes on from a snapshot: what it begins with, and the record of all snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import QNetwork
from neurograph.ir.passes.later import last_snapshots, updates_on_the_way
from neurograph.runtime.record import RunRecord


@dataclass(frozen=True, eq=False, kw_only=True)
class KeptState:
    """What all nodes of a graph hold after a snapshot, and what it can go on with.

    Attributes:
        steps: snapshots that are done.
        ids: of the nodes, int64, or text in UTF-8.
        integers: fingerprint of the network but for its edges and its number of snapshots.
        edges: of the network of these snapshots.
        inputs: of what the nodes were given in these snapshots.
        record: every spike so far, which holds what is on its way, and the states at the end; no
            logits.
    """

    steps: int
    ids: Array
    integers: str
    edges: str
    inputs: str
    record: RunRecord


@dataclass(frozen=True, eq=False, kw_only=True)
class Leg:
    """The last snapshots of a run.

    It begins a few snapshots before those that are to be done, whose spikes are sent again, so that
    all that is on its way arrives.

    Attributes:
        whole: the network of all snapshots.
        begun: the record of the first ones, over all nodes.
    """

    whole: QNetwork
    begun: RunRecord

    def __post_init__(self) -> None:
        if not 0 < self.done < self.whole.steps:
            raise NetworkError(
                f"{self.done} snapshots are done of {self.whole.steps}; needed at least one, and "
                "one to go on with"
            )

    @cached_property
    def done(self) -> int:
        """Snapshots that are done."""
        updates: int = next(iter(self.begun.spikes.values())).shape[1]
        return updates // self.whole.latency

    @cached_property
    def first(self) -> int:
        """The first snapshot of this leg."""
        again = -(-updates_on_the_way(self.whole) // self.whole.latency)
        return max(self.done - again, 0)

    @property
    def replayed(self) -> int:
        """Updates of this leg whose spikes are sent again."""
        return (self.done - self.first) * self.whole.latency

    @cached_property
    def network(self) -> QNetwork:
        """What runs."""
        return last_snapshots(self.whole, self.first)

    def inputs(self, payloads: Mapping[str, Array]) -> dict[str, Array]:
        """Of all snapshots ``(nodes, steps, rows, channels)``, those that it is given."""
        return {name: x[:, self.first :] for name, x in payloads.items()}

    @property
    def spikes(self) -> dict[str, Array]:
        """Per population, those that are sent again: ``(nodes, replayed, rows, channels)``."""
        since = self.first * self.whole.latency
        return {name: x[:, since:] for name, x in self.begun.spikes.items()}

    def joined(
        self,
        backend: str,
        spikes: Mapping[str, Array],
        final: Mapping[str, Mapping[str, Array]],
        versions: Mapping[str, str],
    ) -> RunRecord:
        """The record of all snapshots, from the spikes of this leg and the states after it."""
        fired = {
            name: np.concatenate([before, spikes[name][:, self.replayed :]], axis=1)
            for name, before in self.begun.spikes.items()
        }
        return replace(
            self.begun,
            backend=backend,
            spikes=fired,
            final=final,
            logits=self.whole.logits(fired, final),
            network_sha256=self.whole.sha256,
            versions=versions,
        )
