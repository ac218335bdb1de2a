"""What differs between two chips, key by key; their names and titles do not count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from neurograph.chip.profile import Constant, HardwareProfile

Side = Constant | str | tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What two profiles say under one dotted key, where it is not the same.

    Attributes:
        a, b: a constant, a text, several texts, or None where that profile lacks the key.
    """

    key: str
    a: Side
    b: Side

    @property
    def fields(self) -> tuple[str, ...]:
        """Which of value, low, high, unit, source, basis, note differ between two constants."""
        if not (isinstance(self.a, Constant) and isinstance(self.b, Constant)):
            return ()
        names = (field.name for field in fields(Constant))
        return tuple(name for name in names if getattr(self.a, name) != getattr(self.b, name))

    @property
    def ratio(self) -> float | None:
        """The value of b over that of a; None unless both are known, in one unit, and a not 0."""
        if not (isinstance(self.a, Constant) and isinstance(self.b, Constant)):
            return None
        if not self.a.value or self.b.value is None or self.a.unit != self.b.unit:
            return None
        return self.b.value / self.a.value


def differences(a: HardwareProfile, b: HardwareProfile) -> tuple[Difference, ...]:
    """Of two chips: texts first, then constants, then sources, in the order of `a`, then `b`."""
    pairs = (
        *_pairs(_texts(a), _texts(b)),
        *_pairs(a.constants, b.constants),
        *_pairs(_sources(a), _sources(b)),
    )
    return tuple(Difference(key=key, a=one, b=two) for key, one, two in pairs if one != two)


def synapses(profile: HardwareProfile) -> str:
    """How a core stores the weights that several of its neurons have, in the word of the files."""
    return "shared" if profile.shared_synapses else "copied"


def _pairs(a: Mapping[str, Side], b: Mapping[str, Side]) -> Iterator[tuple[str, Side, Side]]:
    for key in dict.fromkeys((*a, *b)):
        yield key, a.get(key), b.get(key)


def _texts(profile: HardwareProfile) -> dict[str, Side]:
    return {
        "neurons": profile.neurons,
        "synapses": synapses(profile),
        "notes": profile.notes,
        "energy sets": tuple(profile.energy),  # the first one gives the typical values
    }


def _sources(profile: HardwareProfile) -> dict[str, Side]:
    return {f"sources.{key}": cite for key, cite in profile.sources.items()}
