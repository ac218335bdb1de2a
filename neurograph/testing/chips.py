"""Chips with other limits than the shipped ones, and one of limits alone."""

from __future__ import annotations

from dataclasses import replace

from neurograph.chip.profile import Constant, HardwareProfile
from neurograph.chip.profiles.keys import WORDS


def exact(value: float | None, *, unit: str = "", source: str = "davies2018") -> Constant:
    """An assumed number without an interval; None: unknown."""
    return Constant(value=value, low=value, high=value, unit=unit, source=source, basis="assumed")


def with_limits(
    profile: HardwareProfile, *, name: str = "", **limits: float | None
) -> HardwareProfile:
    """The chip with other limits; None makes one unknown.

    Args:
        name: of the chip; that of `profile` unless given.
        limits: by name, in the profile's units.
    """
    changed = {limit: exact(value) for limit, value in limits.items()}
    return replace(profile, name=name or profile.name, limits={**profile.limits, **changed})


def in_bits(profile: HardwareProfile) -> HardwareProfile:
    """The chip with memory that is counted in bits."""
    kept = {name: limit for name, limit in profile.limits.items() if name not in WORDS}
    return replace(profile, limits=kept)


def bare_chip(*, neurons: tuple[str, ...] = ("LIF",), **limits: float) -> HardwareProfile:
    """A chip called "test" of which nothing is known but some limits.

    Args:
        neurons: kinds that it runs without a program.
        limits: by name; the quantiser asks for ``weight_bits`` and ``payload_bits``.
    """
    return HardwareProfile(
        name="test",
        title="",
        limits={name: exact(value) for name, value in limits.items()},
        neurons=neurons,
        energy={},
        time={},
        static={},
        sources={},
    )
