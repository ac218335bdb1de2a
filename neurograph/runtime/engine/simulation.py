"""Runs a network over many nodes: layers outside any loop all time at once, loops by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.core.threads import each
from neurograph.ir import (
    Network,
    Population,
    Projection,
    QNetwork,
    QPopulation,
    QProjection,
    Schedule,
)
from neurograph.runtime.engine.arithmetic import Arithmetic, State
from neurograph.runtime.engine.edges import EdgeSynapses
from neurograph.runtime.engine.inputs import check_inputs
from neurograph.runtime.engine.scratch import borrowed
from neurograph.runtime.engine.synapses import alive, emitted
from neurograph.runtime.engine.whole import Whole

_CHUNK_BYTES = 1 << 26  # working memory of one chunk of nodes; one chunk per core
_LOOP_NODES = 64  # at least, where a loop goes step by step: they share the calls of each step
_BYTES_PER_SUM = 8
_BYTES_PER_PRODUCT = 16  # on its way into a sum, with its integer copy


@dataclass(frozen=True, eq=False, kw_only=True)
class Simulation:
    """What a network did over some nodes.

    Attributes:
        count: of nodes.
        spikes: per population that fires, bool ``(nodes, updates, rows, channels)``, on its own
            clock.
        final: per population, its states after the last update, by name, int32
            ``(nodes, rows, channels)`` (float64 of a float network).
    """

    count: int
    spikes: Mapping[str, Array]
    final: Mapping[str, Mapping[str, Array]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Begun:
    """What the neurons of some nodes have done already.

    Attributes:
        updates: how many of their updates are done.
        spikes: per population that fires, of these updates: ``(nodes, updates, rows, channels)``.
        states: per population that fires, after them, by name: ``(nodes, rows, channels)``.
    """

    updates: int
    spikes: Mapping[str, Array]
    states: Mapping[str, Mapping[str, Array]]

    def of(self, part: slice) -> Begun:
        """Of some of the nodes."""
        return Begun(
            updates=self.updates,
            spikes={name: x[part] for name, x in self.spikes.items()},
            states={p: {n: x[part] for n, x in of.items()} for p, of in self.states.items()},
        )


def simulate(
    network: Network | QNetwork,
    inputs: Mapping[str, Array],
    count: int,
    arithmetic: Arithmetic,
    *,
    progress: Callable[[int, int], None] | None = None,
    begun: Begun | None = None,
) -> Simulation:
    """Run `network` once per node, chunk by chunk of nodes, so that memory stays bounded.

    Args:
        inputs: per stream, ``(nodes, steps, rows, channels)``; of an integer network, payloads.
        count: of nodes.
        arithmetic: of this network.
        progress: called with the nodes done and the nodes in all.
        begun: go on from here; default, from the first update on.

    Raises:
        NetworkError: inputs that do not fit the network's streams.
    """
    check_inputs(network, inputs, count)
    spikes = {
        p.name: np.empty((count, network.updates, p.rows, p.channels), bool)
        for p in network.spiking
    }
    for name, done in (begun.spikes if begun else {}).items():
        spikes[name][:, : done.shape[1]] = done

    whole = isinstance(network, QNetwork) and network.nodes is not None and arithmetic.exact
    if whole and begun is None:
        assert isinstance(network, QNetwork)
        together = Whole(network, arithmetic, inputs, spikes).run()
        if progress is not None:
            progress(count, count)
        return Simulation(count=count, spikes=spikes, final=_final(network, [together]))

    def run(part: slice) -> tuple[slice, dict[str, State]]:
        own, fired = ({n: x[part] for n, x in of.items()} for of in (inputs, spikes))
        done = None if begun is None else begun.of(part)
        return part, Chunk(network, arithmetic, own, fired, done).run()

    states = []
    for part, state in each(run, chunks(network, count)):
        states.append(state)
        if progress is not None:
            progress(part.stop, count)
    return Simulation(count=count, spikes=spikes, final=_final(network, states))


def chunks(network: Network | QNetwork, count: int) -> Iterator[slice]:
    """Slices of that many nodes, each of which needs some 64 MB to work on; more, with a loop.

    Nodes that hear each other are one slice, of which a `Chunk` works on parts where it can.
    """
    if network.nodes is not None:
        yield slice(0, count)
        return
    yield from _parts(network, count)


def _parts(network: Network | QNetwork, count: int) -> Iterator[slice]:
    """Slices of that many nodes, whether or not they hear each other."""
    least = _LOOP_NODES if any(_within(network, group) for group in groups(network)) else 1
    size = max(least, _CHUNK_BYTES // max(_bytes_per_node(network)))
    for first in range(0, count, size):
        yield slice(first, min(first + size, count))


def _bytes_per_node(network: Network | QNetwork) -> Iterator[int]:
    """Of every projection: a sum per update, a product per update of the source.

    Of a population, its sums at least.
    """
    for p in network.populations:
        yield p.rows * p.channels * _BYTES_PER_SUM * network.updates
    sizes = {layer.name: layer for layer in (*network.streams, *network.populations)}
    streams = {stream.name for stream in network.streams}  # held: one product for many updates
    for j in network.projections:
        channels = sizes[j.target].channels + sizes[j.source].channels
        products = network.steps if j.source in streams else network.updates
        in_the_making = _BYTES_PER_SUM * network.updates + _BYTES_PER_PRODUCT * products
        yield sizes[j.target].rows * channels * in_the_making


def groups(network: Network | QNetwork) -> tuple[tuple[str, ...], ...]:
    """Populations in the order to compute them; those of one loop are one group."""
    behind = _behind(network)
    done: set[str] = set()
    ordered: list[tuple[str, ...]] = []
    while len(done) < len(behind):
        for name in behind:
            loop = {n for n in behind[name] if name in behind[n]} | {name}
            if name not in done and behind[name] <= done | loop:
                ordered.append(tuple(n for n in behind if n in loop))
                done |= loop
    return tuple(ordered)


def _within(network: Network | QNetwork, group: tuple[str, ...]) -> list[Projection | QProjection]:
    """The projections of a loop; none of a population without one."""
    return [j for j in network.projections if {j.source, j.target} <= set(group)]


def _behind(network: Network | QNetwork) -> dict[str, set[str]]:
    """Per population, all populations from which a path leads to it (Warshall's closure)."""
    behind: dict[str, set[str]] = {p.name: set() for p in network.populations}
    for j in network.projections:
        behind[j.target] |= {j.source} & behind.keys()
    for via in behind:
        for name in behind:
            if via in behind[name]:
                behind[name] |= behind[via]
    return behind


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some nodes of a run.

    Attributes:
        network: that runs.
        arithmetic: of this network.
        inputs: as of `simulate`.
        spikes: per population that fires ``(nodes, updates, rows, channels)``, C-contiguous; `run`
            fills them in, `sums` reads them. What relays send follows from them.
        begun: updates that are done, whose spikes are there; None: none are.
    """

    network: Network | QNetwork
    arithmetic: Arithmetic
    inputs: Mapping[str, Array]
    spikes: Mapping[str, Array]
    begun: Begun | None = None

    @property
    def count(self) -> int:
        """How many nodes."""
        return len(next(iter(self.inputs.values())))

    def run(self) -> dict[str, State]:
        states: dict[str, State] = {}
        for name in self._relays:
            self._emitted[name] = self._empty_sent(name)
        for group in groups(self.network):
            sums = {name: self._own_sums(name, group) for name in group}
            states |= {name: self._initial(name) for name in group}
            if inner := _within(self.network, group):
                self._run_loop(group, inner, sums, states)
            else:
                for name in group:
                    window = self._done(name), self.network.updates
                    self._advance(name, sums[name], window, states[name])
        return states

    def _done(self, population: str) -> int:
        """Updates that are done; what relays send follows from spikes, and is computed again."""
        return 0 if self.begun is None or population in self._relays else self.begun.updates

    def _initial(self, population: str) -> State:
        """States before the first update that is to be done."""
        state = self.arithmetic.initial(population, self.count)
        found = {} if self.begun is None else self.begun.states.get(population, {})
        for name, held in found.items():
            getattr(state, name)[:] = held.reshape(self.count, -1)
        return state

    def sent(self, layer: str) -> Array:
        """What a layer sends on its own clock ``(nodes, updates, rows, channels)``.

        Of a relay it follows from the spikes before it, of a stream it has steps for updates.
        """
        if layer not in self._emitted:
            self._emitted[layer] = self._empty_sent(layer)
            state = self.arithmetic.initial(layer, self.count)
            self._advance(layer, self.sums(layer), (0, self.network.updates), state)
        return self._emitted[layer]

    def sums(self, population: str, *, without: tuple[str, ...] = ()) -> Array:
        """``(nodes, updates, neurons)`` synaptic sums, but for what comes from `without`."""
        total = self.arithmetic.empty_sums(population, self._shape(population))
        self._add_all(population, without, total)
        return total

    def _own_sums(self, population: str, without: tuple[str, ...]) -> Array:
        """As `sums`, of a few nodes in memory that this thread's next chunk takes over."""
        if self.network.nodes is not None:
            return self.sums(population, without=without)
        like = self.arithmetic.empty_sums(population, (0,))
        total = borrowed(f"sums of {population}", self._shape(population), like.dtype)
        total.fill(0)
        self._add_all(population, without, total)
        return total

    def _shape(self, population: str) -> tuple[int, int, int]:
        of = self._sizes[population]
        return self.count, self.network.updates, of.rows * of.channels

    def _add_all(self, population: str, without: tuple[str, ...], total: Array) -> None:
        for j in self.network.projections:
            if j.target == population and j.source not in without:
                self._add(j, total)

    def operations(self, projection: Projection | QProjection) -> int:
        """Synaptic operations of a projection along edges: what is sent, times its live edges."""
        assert isinstance(projection.mix, Schedule)
        joined = (projection.weight != 0).astype(np.float64)
        counting = EdgeSynapses(projection.mix.present(), joined.T, 0, self.network.latency)
        shape = (self.count, self.network.updates, len(joined))
        heard = np.zeros(shape, np.int32)
        emitted = (self.sent(projection.source) != 0).view(np.int8)
        lag, hold = self._timing(projection)
        counting.add(emitted, heard, lag=lag, hold=hold)
        return int(heard.sum(dtype=np.int64))

    def _timing(self, projection: Projection | QProjection) -> tuple[int, int]:
        """How late what its source sends arrives, and in how many updates."""
        hold = self.network.latency if projection.source in self.inputs else 1
        return self.network.wiring.lag[projection.name], hold

    def _add(self, projection: Projection | QProjection, total: Array) -> None:
        """All updates of a projection; where nodes hear each other, a part of them per core."""
        synapses, source = self.arithmetic.synapses(projection.name), self.sent(projection.source)
        lag, hold = self._timing(projection)
        if isinstance(synapses, EdgeSynapses):
            synapses.add(source, total, lag=lag, hold=hold)
            return
        if self.network.nodes is None:
            known = self._alive(projection.source)
            synapses.add(source, total, lag=lag, hold=hold, known=known)
            return

        def add(part: slice) -> None:
            synapses.add(source[part], total[part], lag=lag, hold=hold)

        for _ in each(add, _parts(self.network, self.count)):
            pass

    def _alive(self, layer: str) -> Array:
        """Where a layer emits anything, once for all projections that begin there."""
        if layer not in self._known_alive:
            self._known_alive[layer] = alive(self.sent(layer))
        return self._known_alive[layer]

    @cached_property
    def _known_alive(self) -> dict[str, Array]:
        return {}

    @cached_property
    def _relays(self) -> frozenset[str]:
        return frozenset(p.name for p in self.network.populations if p.neuron.graded)

    @cached_property
    def _sizes(self) -> dict[str, Population | QPopulation]:
        return {p.name: p for p in self.network.populations}

    def _empty_sent(self, relay: str) -> Array:
        of = self._sizes[relay]
        shape = (self.count, self.network.updates, of.rows, of.channels)
        return self.arithmetic.empty_sent(relay, shape)

    @cached_property
    def _emitted(self) -> dict[str, Array]:
        """What each layer emits on its own clock; of a population, a view; relays join later."""
        return {name: emitted(x) for name, x in {**self.inputs, **self.spikes}.items()}

    def _run_loop(
        self,
        group: tuple[str, ...],
        inner: list[Projection | QProjection],
        sums: Mapping[str, Array],
        states: Mapping[str, State],
    ) -> None:
        """One hardware step after the other, so that every source is ahead of its targets."""
        wiring, updates = self.network.wiring, self.network.updates
        for step in range(updates + wiring.depth):
            for name in group:
                k = step - wiring.start[name]
                if not self._done(name) <= k < updates:
                    continue
                for j in inner:
                    lag = self.network.wiring.lag[j.name]
                    if j.target == name and k >= lag:
                        synapses, source = self.arithmetic.synapses(j.name), self._emitted[j.source]
                        synapses.add(source, sums[name], lag=lag, window=(k - lag, 1))
                self._advance(name, sums[name], (k, k + 1), states[name])

    def biases(self, population: str) -> Array | None:
        """Payloads that set a population's biases, if a stream does."""
        of = self._sizes[population]
        return self.inputs[of.bias_from] if isinstance(of, QPopulation) and of.bias_from else None

    def renew(self, population: str, update: int, state: State) -> None:
        """The states of the beginning, where a reset acts before this update."""
        of = self._sizes[population]
        if isinstance(of, QPopulation) and of.reset and of.reset.acts_before(update):
            state.u[:], state.v[:] = 0, 0
            state.theta[:] = self.arithmetic.initial(population, 1).theta
            state.refractory[:] = 0

    def _advance(self, population: str, sums: Array, window: tuple[int, int], state: State) -> None:
        filled = (self._emitted if population in self._relays else self.spikes)[population]
        sent = filled.reshape(sums.shape)  # a view: both are contiguous
        if self.network.nodes is None:
            for piece in self._pieces(population, window):
                self.renew(population, piece[0], state)
                biases = self.biases(population)
                self.arithmetic.advance(population, sums, piece, state, sent, biases)
            return

        def advance(part: slice) -> None:
            own = state.of(part)
            self.arithmetic.advance(population, sums[part], window, own, sent[part])

        for _ in each(advance, _parts(self.network, self.count)):
            pass

    def _pieces(self, population: str, window: tuple[int, int]) -> Iterable[tuple[int, int]]:
        """The window, cut where states begin anew."""
        of = self._sizes[population]
        reset = of.reset if isinstance(of, QPopulation) else None
        return reset.pieces(*window) if reset else (window,)


def _final(
    network: Network | QNetwork, states: list[dict[str, State]]
) -> dict[str, dict[str, Array]]:
    final = {}
    for p in network.spiking:
        final[p.name] = {
            name: _recorded(
                p.name, np.concatenate([getattr(s[p.name], name) for s in states])
            ).reshape(-1, p.rows, p.channels)
            for name in p.neuron.states
        }
    return final


def _recorded(population: str, state: Array) -> Array:
    """A state as a record keeps it: int32, or float64 of a float network."""
    if state.dtype.kind == "f" or state.dtype == np.int32:
        return state
    kept = state.astype(np.int32)
    if not np.array_equal(kept, state):
        raise NetworkError(f"{population}: a state of {np.abs(state).max():,} left 32 bits")
    return kept
