"""An energy estimate: rows of events times joules, each an interval with its source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add

from neurograph.chip.profile import Basis


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

    def __mul__(self, other: Interval) -> Interval:
        """The product of two quantities of at least 0."""
        return Interval(
            low=self.low * other.low,
            typical=self.typical * other.typical,
            high=self.high * other.high,
        )

    def times(self, factor: float) -> Interval:
        """Scaled by a factor of at least 0."""
        return Interval(
            low=self.low * factor, typical=self.typical * factor, high=self.high * factor
        )


NOTHING = Interval(low=0.0, typical=0.0, high=0.0)


def total(intervals: Iterable[Interval]) -> Interval:
    return reduce(add, intervals, NOTHING)


def span(by_set: Mapping[str, Interval]) -> Interval:
    """From the lowest to the highest of all constant sets; the first set's value is typical."""
    every = list(by_set.values())
    return Interval(
        low=min(x.low for x in every),
        typical=every[0].typical,
        high=max(x.high for x in every),
    )


@dataclass(frozen=True, kw_only=True)
class HostWork:
    """What the host does for one inference, in one of its tasks.

    Attributes:
        macs: multiply-accumulates.
        bytes: read from memory.
    """

    task: str
    macs: float
    bytes: float


@dataclass(frozen=True, kw_only=True)
class EnergyRow:
    """`events` per inference of one kind at one place, times joules each.

    Attributes:
        part: "chip, dynamic", "chip, static" or "host".
        each: joules of one event by constant set; a set that does not price the event has 0,
            because the event is part of another one there.
        basis: the weakest of the constants.
    """

    part: str
    where: str
    kind: str
    events: float
    each: Mapping[str, Interval]
    source: str
    basis: Basis

    @property
    def joules_each(self) -> Interval:
        return span(self.each)

    @property
    def joules(self) -> Interval:
        return self.joules_each.times(self.events)


@dataclass(frozen=True, kw_only=True)
class PackingPoint:
    """Joules of chip per inference, dynamic and static, where `replicas` share a chip."""

    replicas: int
    joules: Interval


@dataclass(frozen=True, kw_only=True)
class EnergyEstimate:
    """Joules per inference (one classified node, all its snapshots), on a chip full of replicas.

    Attributes:
        label: what kind of number this is, printed beside every total, e.g. that a Loihi 2
            estimate uses Loihi 1 constants.
        seconds: of one inference, by constant set.
        steps: hardware steps that it takes.
        snapshots: dynamic joules of the chip, per snapshot and constant set.
        packing: from one replica on a chip to a full one; empty where one needs several chips.
        replicas: that share the chip.
        not_counted: printed under every total.
    """

    profile: str
    label: str
    rows: tuple[EnergyRow, ...]
    seconds: Mapping[str, Interval]
    steps: int
    snapshots: tuple[Mapping[str, Interval], ...]
    packing: tuple[PackingPoint, ...]
    replicas: int
    not_counted: tuple[str, ...]

    @property
    def sets(self) -> tuple[str, ...]:
        """Names of the constant sets; the first one's values are typical."""
        return tuple(self.seconds)

    @property
    def joules(self) -> Interval:
        """Of all parts, over all constant sets."""
        return self.total(*{row.part for row in self.rows})

    def of_set(self, name: str, *parts: str) -> Interval:
        """Joules of these parts by the constants of one set."""
        return total(row.each[name].times(row.events) for row in self.rows if row.part in parts)

    def total(self, *parts: str) -> Interval:
        """Joules of these parts, over all constant sets."""
        return span({name: self.of_set(name, *parts) for name in self.sets})

    def per_snapshot(self, *parts: str) -> Interval:
        """Joules of these parts per node and snapshot."""
        return self.total(*parts).times(1 / len(self.snapshots))

    def delay_product(self, *parts: str) -> Interval:
        """Energy-delay product of these parts, joule seconds."""
        return span({name: self.of_set(name, *parts) * self.seconds[name] for name in self.sets})
