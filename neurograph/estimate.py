"""An energy estimate: rows of events times joules, each an interval with its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Interval:
    low: float
    typical: float
    high: float

    def __add__(self, other: Interval) -> Interval:
        return Interval(
            low=self.low + other.low,
            typical=self.typical + other.typical,
            high=self.high + other.high,
        )

    def times(self, factor: float) -> Interval:
        """Scaled by a factor of at least 0."""
        return Interval(
            low=self.low * factor, typical=self.typical * factor, high=self.high * factor
        )


@dataclass(frozen=True, kw_only=True)
class EnergyRow:
    """`events` per inference of one kind at one place, times joules each.

    Attributes:
        part: "chip, dynamic", "chip, static" or "host".
    """

    part: str
    where: str
    kind: str
    events: float
    joules_each: Interval
    source: str
    basis: str

    @property
    def joules(self) -> Interval:
        return self.joules_each.times(self.events)


@dataclass(frozen=True, kw_only=True)
class EnergyEstimate:
    """Joules per inference (one classified node, all its snapshots).

    Attributes:
        label: what kind of number this is, printed beside every total, e.g. that a Loihi 2
            estimate uses Loihi 1 constants.
        step_seconds: time of one hardware step. copies: copies per chip that share its static
            power. not_counted: printed under every total.
    """

    profile: str
    label: str
    rows: tuple[EnergyRow, ...]
    step_seconds: Interval
    steps: int
    copies: int
    not_counted: tuple[str, ...]

    def total(self, part: str) -> Interval:
        zero = Interval(low=0.0, typical=0.0, high=0.0)
        return sum((row.joules for row in self.rows if row.part == part), zero)
