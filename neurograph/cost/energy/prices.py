"""A profile's constants as intervals, one per constant set.

An event that a set does not price is part of another event there (the profile's note says which),
so it adds nothing to that set's sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from neurograph.chip.profile import Basis, Constant, HardwareProfile
from neurograph.core.errors import ProfileError
from neurograph.cost.estimate import NOTHING, Interval

RANKED: tuple[Basis, ...] = ("assumed", "published", "measured")  # the weakest decides


def interval(constant: Constant) -> Interval:
    """Of a known constant; nothing of an unknown one."""
    if constant.value is None or constant.low is None or constant.high is None:
        return NOTHING
    return Interval(low=constant.low, typical=constant.value, high=constant.high)


def price(profile: HardwareProfile, name: str, *constants: Constant) -> Interval:
    """From the lowest to the highest of constants that must all be known; the first is typical.

    Raises:
        ProfileError: one is unknown: a price of nothing would look like a finding.
    """
    if not all(c.known for c in constants):
        raise ProfileError(f"profile '{profile.name}': '{name}' is unknown; needed for energy")
    each = [interval(c) for c in constants]
    return Interval(
        low=min(x.low for x in each),
        typical=each[0].typical,
        high=max(x.high for x in each),
    )


def prices(profile: HardwareProfile, table: str, event: str) -> dict[str, Constant]:
    """By constant set of the profile's "energy" or "time" table, known or not."""
    sets: Mapping[str, Mapping[str, Constant]] = getattr(profile, table)
    return {name: constants[event] for name, constants in sets.items()}


def source(constants: Iterable[Constant]) -> str:
    return ", ".join(dict.fromkeys(c.source for c in constants if c.known))


def basis(constants: Iterable[Constant]) -> Basis:
    """The weakest of the known ones."""
    return min((c.basis for c in constants if c.known), key=RANKED.index)
