"""Runs a network over a whole graph: one update after the other, rows of nodes block by block.

What is in the making is one update of each population, however many snapshots there are, and a
block of rows goes from synaptic sums to spikes while it is in the cache of a core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.threads import team
from neurograph.ir import QNetwork, QPopulation, QProjection, Schedule
from neurograph.runtime.engine import whole_kernels as kernels
from neurograph.runtime.engine.alike import Alike
from neurograph.runtime.engine.arithmetic import Arithmetic, State
from neurograph.runtime.engine.edges import EdgeSynapses
from neurograph.runtime.engine.scratch import borrowed
from neurograph.runtime.engine.synapses import Synapses, emitted

_BLOCK = 1 << 17  # sums of a block of rows
_NODES = 1024  # whose spikes are recorded at once
Everyone = Callable[[Callable[[slice], object], Iterable[slice]], None]


@dataclass(frozen=True, eq=False)
class _Source:
    """What a projection hears in an update.

    Attributes:
        sent: ``(rows, channels)``.
        own: int64, row of the source of each row of the target; -1: none.
        place: int64 ``(N,)``, row of the source of each node.
    """

    sent: Array
    own: Array
    place: Array


@dataclass(frozen=True, eq=False)
class Whole:
    """A network of nodes that hear each other, in integers.

    Attributes:
        network: that runs.
        arithmetic: of this network, an exact one.
        inputs: as of `simulate`.
        spikes: per population that fires ``(N, updates, 1, channels)``; `run` fills them in.
    """

    network: QNetwork
    arithmetic: Arithmetic
    inputs: Mapping[str, Array]
    spikes: Mapping[str, Array]

    def run(self) -> dict[str, State]:
        """The states of all nodes after the last update, by population."""
        wiring = self.network.wiring
        with team() as everyone:
            for step in range(self.network.updates + wiring.depth):
                for p in self.network.populations:
                    update = step - wiring.start[p.name]
                    if 0 <= update < self.network.updates:
                        self._update(p, update, everyone)
            self._record(everyone)
        row = np.where(self.alike.first < self.alike.steps, self.alike.place, 0)
        return {name: state.of(row) for name, state in self._states.items()}

    @cached_property
    def alike(self) -> Alike:
        """Which nodes are computed once."""
        return Alike.of(self.network, self.inputs)

    def _update(self, population: QPopulation, update: int, everyone: Everyone) -> None:
        """One update of all neurons of a population."""
        name, channels = population.name, population.channels
        self._grow(name, update)
        nodes = self._nodes(update)
        groups = [
            (self._source(group[0], update), group)
            for group in self._into[name]
            if update >= self.network.wiring.lag[group[0].name]
        ]
        filled, state = self._sent(name, update), self._states[name]

        def block(rows: slice) -> None:
            total = borrowed("sums", (rows.stop - rows.start, 1, channels), self._dtypes[name])
            total.fill(0)
            for source, group in groups:
                self._add(group, source, rows, update, total[:, 0])
            of = state.of(rows)
            self.arithmetic.advance(name, total, (0, 1), of, filled[rows])

        everyone(block, _parts(len(nodes), _BLOCK // max(channels, 16)))

    def _add(
        self, group: list[QProjection], source: _Source, rows: slice, update: int, total: Array
    ) -> None:
        """Add to `total` ``(rows, channels)`` what some rows hear of one source."""
        nodes, own, sent = self._nodes(update)[rows], source.own[rows], source.sent
        step = update // self.network.latency
        names = [j.name for j in group]
        if not isinstance(group[0].mix, Schedule):
            self._joined(tuple(names)).add_rows(sent, own, total)
            return
        along = [s for s in map(self.arithmetic.synapses, names) if isinstance(s, EdgeSynapses)]
        shape = (len(nodes), sent.shape[1])
        heard = borrowed("heard", shape, total.dtype), borrowed("now", shape, total.dtype)
        kernels.hear_rows(sent, nodes, source.place, *along[0].lists, step, *heard)
        for synapses in along:
            synapses.add_rows(heard, sent, (nodes, own), step, total)

    def _joined(self, projections: tuple[str, ...]) -> Synapses:
        if projections not in self._made:
            self._made[projections] = self.arithmetic.joined(projections)
        return self._made[projections]

    @cached_property
    def _made(self) -> dict[tuple[str, ...], Synapses]:
        return {}

    def _source(self, projection: QProjection, update: int) -> _Source:
        """What a projection hears in an update of its target."""
        at = update - self.network.wiring.lag[projection.name]
        nodes = self._nodes(update)
        if projection.source in self.inputs:
            sent = self._streams[projection.source][:, at // self.network.latency, 0]
            return _Source(sent, nodes, self._everybody)
        count = len(self._nodes(at))
        sent = self._sent(projection.source, at)[:, 0]
        # who had no row then was as row 0
        place = np.where(self.alike.place < count, self.alike.place, 0)
        own = np.arange(len(nodes))
        own[count:] = 0
        return _Source(sent, own, place)

    def _grow(self, population: str, update: int) -> None:
        """A node that is set apart goes on from the states of row 0."""
        count = len(self._nodes(update))
        before = len(self._nodes(update - 1)) if update else count
        state = self._states[population]
        for held in (state.u, state.v, state.theta, state.refractory):
            held[before:count] = held[0]

    def _nodes(self, update: int) -> Array:
        """The node of each row."""
        return self._by_snapshot[update // self.network.latency]

    @cached_property
    def _by_snapshot(self) -> list[Array]:
        return [self.alike.at(step) for step in range(self.network.steps)]

    @cached_property
    def _everybody(self) -> Array:
        return np.arange(len(self.alike.first))

    @cached_property
    def _streams(self) -> dict[str, Array]:
        return {name: emitted(x) for name, x in self.inputs.items()}

    @cached_property
    def _into(self) -> dict[str, list[list[QProjection]]]:
        """Per population, what leads into it, in groups that are added at once.

        A group hears the same sums along edges; or, within a node, the same numbers, which no right
        shift floors one by one.
        """
        found: dict[str, dict[tuple[object, ...], list[QProjection]]] = {}
        for j in self.network.projections:
            lag = self.network.wiring.lag[j.name]
            key: tuple[object, ...] = (j.name,)
            if isinstance(j.mix, Schedule):
                key = (j.source, lag, id(j.mix.so_far.indices), id(j.mix.new.indices))
            elif j.exponent >= 0:
                key = (j.source, lag, j.exponent, *j.mix.data.tolist())
            found.setdefault(j.target, {}).setdefault(key, []).append(j)
        return {p.name: list(found.get(p.name, {}).values()) for p in self.network.populations}

    @cached_property
    def _dtypes(self) -> dict[str, np.dtype[np.generic]]:
        """Of the sums of each population."""
        names = (p.name for p in self.network.populations)
        return {name: self.arithmetic.empty_sums(name, (0,)).dtype for name in names}

    @cached_property
    def _states(self) -> dict[str, State]:
        count = len(self._by_snapshot[-1])
        return {p.name: self.arithmetic.initial(p.name, count) for p in self.network.populations}

    def _sent(self, population: str, update: int) -> Array:
        """``(rows, 1, channels)`` of an update; of a relay, the last ones are kept."""
        kept = self._kept[population]
        if population in self.spikes:
            start = self._offsets[update]
            return kept[start : start + len(self._nodes(update))]
        sent: Array = kept[update % len(kept)][: len(self._nodes(update))]
        return sent

    @cached_property
    def _offsets(self) -> Array:
        """int64 ``(updates,)``: the first row of each update among those of all."""
        counts = [len(self._nodes(update)) for update in range(self.network.updates)]
        return np.concatenate([[0], np.cumsum(counts)])

    @cached_property
    def _kept(self) -> dict[str, Array]:
        """What each population sent: spikes of all updates, of a relay what may still be heard."""
        lags, start = self.network.wiring.lag, self.network.wiring.start
        found = {}
        for p in self.network.populations:
            if p.name in self.spikes:
                found[p.name] = np.empty((int(self._offsets[-1]), 1, p.channels), np.bool_)
                continue
            ahead = [
                lags[j.name] + max(0, start[j.target] - start[p.name])
                for j in self.network.projections
                if j.source == p.name
            ]
            shape = (1 + max(ahead, default=0), len(self._by_snapshot[-1]), 1, p.channels)
            found[p.name] = self.arithmetic.empty_sent(p.name, shape)
        return found

    def _record(self, everyone: Everyone) -> None:
        """Spikes, to where a record has them: node by node."""
        alike, latency = self.alike, self.network.latency

        def block(part: slice) -> None:
            for name, spikes in self.spikes.items():
                fired, offsets = self._kept[name][:, 0], self._offsets[:-1]
                given = fired, offsets, alike.first, alike.place, latency, part.start
                kernels.record(*given, spikes[part])

        everyone(block, _parts(len(alike.first), _NODES))


def _parts(many: int, size: int) -> list[slice]:
    """Slices of at most so many."""
    return [slice(start, min(start + size, many)) for start in range(0, many, size)]
