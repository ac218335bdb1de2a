"""Where a network's neurons live: the result of placing it on a chip."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Neurons ``start:stop`` of a population (row major), on core `core` of one copy."""

    population: str
    start: int
    stop: int
    core: int


@dataclass(frozen=True, kw_only=True)
class CoreUse:
    """What one core of a copy holds."""

    core: int
    neurons: int
    synapses: int
    synapse_bits: int


@dataclass(frozen=True, kw_only=True)
class Placement:
    """One copy of a per-target network on a chip, and how many copies the chip takes.

    Attributes:
        cores: cores of one copy. copies_per_chip: copies side by side; 0 if one copy needs
            several chips. chips: chips that one copy needs.
        unchecked: limits that the profile does not know, so nothing was checked against them.
    """

    profile: str
    slices: tuple[Slice, ...]
    uses: tuple[CoreUse, ...]
    cores: int
    chips: int
    copies_per_chip: int
    unchecked: tuple[str, ...] = ()
