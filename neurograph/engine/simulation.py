"""Runs a network over many targets: layers outside any loop all time at once, loops by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from neurograph.arrays import Array
from neurograph.engine.arithmetic import Arithmetic, State
from neurograph.engine.inputs import check_inputs, versions
from neurograph.errors import NetworkError
from neurograph.ir import AdaptiveLIF, Network, Projection, QAdaptiveLIF, QNetwork, QProjection
from neurograph.record import RunRecord

_CHUNK_BYTES = 1 << 27  # working memory of one chunk of targets
_BYTES_PER_SUM = 24  # a sum in the making: product, its integer copy, the running sum


def simulate(
    network: Network | QNetwork,
    inputs: Mapping[str, Array],
    nodes: Array,
    arithmetic: Arithmetic,
    *,
    target: str,
    sha256: str,
    progress: Callable[[int, int], None] | None = None,
) -> RunRecord:
    """Run `network` once per node, chunk by chunk of targets, so that memory stays bounded.

    Raises:
        NetworkError: inputs that do not fit the network's streams.
    """
    targets = check_inputs(network, inputs, nodes)
    spikes = {
        p.name: np.empty((targets, network.updates, p.rows, p.channels), bool)
        for p in network.populations
    }
    states = []
    for part in chunks(network, targets):
        own = {name: s[part] for name, s in spikes.items()}
        chunk = Chunk(network, arithmetic, {n: x[part] for n, x in inputs.items()}, own)
        states.append(chunk.run())
        if progress is not None:
            progress(part.stop, targets)
    final = _final(network, states)
    return RunRecord(
        target=target,
        nodes=nodes,
        spikes=spikes,
        final=final,
        logits=network.logits(spikes, final),
        network_sha256=sha256,
        versions=versions(),
    )


def chunks(network: Network | QNetwork, targets: int) -> Iterator[slice]:
    """Slices of the targets, each of which needs some 128 MB to work on."""
    sizes = {layer.name: layer for layer in (*network.streams, *network.populations)}
    widest = max(
        sizes[j.target].rows * (sizes[j.target].channels + sizes[j.source].channels)
        for j in network.projections
    )
    each = max(1, _CHUNK_BYTES // (widest * network.updates * _BYTES_PER_SUM))
    for first in range(0, targets, each):
        yield slice(first, min(first + each, targets))


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
    """Some targets of a run.

    Attributes:
        inputs: as of `simulate`. spikes: per population ``(targets, updates, rows, channels)``,
            C-contiguous; `run` fills them in, `sums` reads them.
    """

    network: Network | QNetwork
    arithmetic: Arithmetic
    inputs: Mapping[str, Array]
    spikes: Mapping[str, Array]

    @property
    def targets(self) -> int:
        return len(next(iter(self.inputs.values())))

    def run(self) -> dict[str, State]:
        states: dict[str, State] = {}
        for group in groups(self.network):
            sums = {name: self.sums(name, without=group) for name in group}
            states |= {name: self.arithmetic.initial(name, self.targets) for name in group}
            inner = [j for j in self.network.projections if {j.source, j.target} <= set(group)]
            if inner:
                self._run_loop(group, inner, sums, states)
            else:
                for name in group:
                    self._advance(name, sums[name], (0, self.network.updates), states[name])
        return states

    def sums(self, population: str, *, without: tuple[str, ...] = ()) -> Array:
        """``(targets, updates, neurons)`` synaptic sums, but for what comes from `without`."""
        _, updates, rows, channels = self.spikes[population].shape
        shape = (self.targets, updates, rows * channels)
        total = self.arithmetic.empty_sums(population, shape)
        for j in self.network.projections:
            if j.target == population and j.source not in without:
                lag = self.network.wiring.lag[j.name]
                total[:, lag:] += self._all_sums(j)[:, : max(updates - lag, 0)]
        return total

    def _all_sums(self, projection: Projection | QProjection) -> Array:
        """Sums of all that the source emits, on the source's clock."""
        if (payload := self.inputs.get(projection.source)) is not None:
            held = self.arithmetic.sums(projection.name, payload)
            return np.repeat(held, self.network.latency, axis=1)
        return self.arithmetic.sums(projection.name, self.spikes[projection.source])

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
                if not 0 <= k < updates:
                    continue
                for j in inner:
                    sent = k - wiring.lag[j.name]
                    if j.target == name and sent >= 0:
                        emitted = self.spikes[j.source][:, sent : sent + 1]
                        sums[name][:, k : k + 1] += self.arithmetic.sums(j.name, emitted)
                self._advance(name, sums[name], (k, k + 1), states[name])

    def _advance(self, population: str, sums: Array, window: tuple[int, int], state: State) -> None:
        spikes = self.spikes[population].reshape(sums.shape)  # a view: both are contiguous
        self.arithmetic.advance(population, sums, window, state, spikes)


def _final(
    network: Network | QNetwork, states: list[dict[str, State]]
) -> dict[str, dict[str, Array]]:
    final = {}
    for p in network.populations:
        adaptive = isinstance(p.neuron, (AdaptiveLIF, QAdaptiveLIF))
        final[p.name] = {
            name: _recorded(
                p.name, np.concatenate([getattr(s[p.name], name) for s in states])
            ).reshape(-1, p.rows, p.channels)
            for name in (("u", "v", "theta") if adaptive else ("u", "v"))
        }
    return final


def _recorded(population: str, state: Array) -> Array:
    """A state as a record keeps it: int32, or float64 of a float network."""
    if state.dtype.kind == "f":
        return state
    kept = state.astype(np.int32)
    if not np.array_equal(kept, state):
        raise NetworkError(f"{population}: a state of {np.abs(state).max():,} left 32 bits")
    return kept
