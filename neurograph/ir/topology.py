"""What float and integer networks share: names, shapes, and when each population starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir.schedule import Mix, Schedule


class Layer(Protocol):
    """A stream or population: `rows` slots times `channels` features."""

    @property
    def name(self) -> str: ...
    @property
    def rows(self) -> int: ...
    @property
    def channels(self) -> int: ...


class Synapses(Protocol):
    """A projection: the synapse matrix is the Kronecker product ``mix x weight``."""

    @property
    def name(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def mix(self) -> Mix: ...
    @property
    def weight(self) -> Array: ...
    @property
    def delay(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """Start times of a network. A projection delivers one hardware step after its source.

    Attributes:
        start: hardware step in which each stream or population does its first update: 0 for a
            stream, for a population the arrival of its first input, or 0 where it is to begin at
            once. A population lives for exactly ``steps * latency`` hardware steps from there;
            before, it holds its state.
        lag: per projection name, how many updates late the source's spikes reach the target on
            the target's own clock: ``a[k] += synapses(s_source[k - lag])``; 0 between
            consecutive layers, ``1 + delay`` everywhere where all begin together.
        depth: the largest start; a run takes ``steps * latency + depth`` hardware steps.
    """

    start: Mapping[str, int]
    lag: Mapping[str, int]
    depth: int


def check_layers(layers: Iterable[Layer], projections: Iterable[Synapses]) -> None:
    """Raise NetworkError unless names are unique and every shape fits."""
    sizes: dict[str, Layer] = {}
    for layer in layers:
        if layer.name in sizes:
            raise NetworkError(f"two layers are called '{layer.name}'; names must differ")
        if layer.rows < 1 or layer.channels < 1:
            raise NetworkError(f"{layer.name}: {layer.rows} rows x {layer.channels} channels")
        sizes[layer.name] = layer
    seen: set[str] = set()
    for p in projections:
        if p.name in seen:
            raise NetworkError(f"two projections are called '{p.name}'; names must differ")
        seen.add(p.name)
        for end in (p.source, p.target):
            if end not in sizes:
                raise NetworkError(f"{p.name}: no layer '{end}'; known: {', '.join(sizes)}")
        source, target = sizes[p.source], sizes[p.target]
        if not isinstance(p.mix, Schedule) and p.mix.shape != (target.rows, source.rows):
            raise NetworkError(
                f"{p.name}: mix {p.mix.shape}, needed {(target.rows, source.rows)} "
                f"(rows of '{target.name}', rows of '{source.name}')"
            )
        if p.weight.shape != (target.channels, source.channels):
            raise NetworkError(
                f"{p.name}: weight {p.weight.shape}, needed "
                f"{(target.channels, source.channels)} (channels out, channels in)"
            )


def wire(
    streams: Iterable[str],
    populations: Iterable[str],
    projections: Iterable[Synapses],
    *,
    first: Iterable[str] = (),
) -> Wiring:
    """Shortest arrival from any stream, per population (Bellman-Ford; loops are allowed).

    Args:
        first: populations that do their first update in hardware step 0, whether or not anything
            reaches them.

    Raises:
        NetworkError: a population that no stream reaches.
    """
    edges = tuple(projections)
    start = dict.fromkeys(streams, 0)
    wanted = tuple(populations)
    start |= dict.fromkeys(first, 0)
    for _ in wanted:
        for p in edges:
            if p.source in start and p.target in wanted:
                arrival = start[p.source] + 1 + p.delay
                start[p.target] = min(start.get(p.target, arrival), arrival)
    if lost := [name for name in wanted if name not in start]:
        raise NetworkError(f"no input reaches {', '.join(lost)}; connect it to a stream")
    lag = {p.name: start[p.source] + 1 + p.delay - start[p.target] for p in edges}
    return Wiring(start=start, lag=lag, depth=max(start.values()))
