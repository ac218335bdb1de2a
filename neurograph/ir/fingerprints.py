"""The fingerprint of a network, float or integer: everything that decides a spike or a logit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from neurograph.core.arrays import Array, fingerprint


class Identified(Protocol):
    """A part of a network that says what of it counts."""

    @property
    def identity(self) -> tuple[str | Array, ...]: ...


class Fingerprinted(Protocol):
    """A network; a stream counts by its `repr`."""

    @property
    def steps(self) -> int: ...
    @property
    def latency(self) -> int: ...
    @property
    def streams(self) -> Sequence[object]: ...
    @property
    def populations(self) -> Sequence[Identified]: ...
    @property
    def projections(self) -> Sequence[Identified]: ...
    @property
    def readout(self) -> Identified | None: ...


def network_fingerprint(network: Fingerprinted, *besides: str) -> str:
    """Hexadecimal SHA-256 of all that counts, in the network's order.

    Args:
        besides: what neither a part's identity nor the `repr` of a stream says.
    """
    parts: list[str | Array] = [f"{network.steps}x{network.latency}"]
    parts += map(repr, network.streams)
    parts += besides
    for part in (*network.populations, *network.projections):
        parts += part.identity
    if network.readout is not None:
        parts += network.readout.identity
    return fingerprint(*parts)
