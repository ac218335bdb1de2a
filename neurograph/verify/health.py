"""Channels that carry no information: dead, saturated, or copies of another one.

Weights are shared over rows, so health is counted in channels: a channel is one neuron in every
row, and is dead only if it is dead in all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array

SATURATED = 99  # percent of its updates in which a saturated channel fires, or more
_NAMED = 5  # channels that an alarm names
_BLOCK = 256  # nodes compared at once


@dataclass(frozen=True, kw_only=True)
class Activity:
    """What the channels of one population did in one run, over all rows, nodes and updates.

    Attributes:
        rate: share of neuron updates that fire.
        dead: channels that never fire.
        saturated: channels that fire in at least 99 %.
        duplicates: ``(channel, of)``: a channel whose every spike is also a spike of channel
            `of`, and the reverse; `of` is the lowest of them. Dead channels are not counted.
    """

    rate: float
    dead: tuple[int, ...]
    saturated: tuple[int, ...]
    duplicates: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Channels of a population that fail in the second run and did not in the first.

    Attributes:
        first: what ran first.
        second: what is held against it.
        population: its name.
        kind: "dead", "saturated" or "duplicate".
        channels: those that fail.
        of: how many channels the population has.
    """

    first: str
    second: str
    population: str
    kind: str
    channels: tuple[int, ...]
    of: int

    def __str__(self) -> str:
        many = len(self.channels)
        one = many == 1
        what = {
            "dead": "never fires" if one else "never fire",
            "saturated": f"{'fires' if one else 'fire'} in at least {SATURATED} % of updates",
            "duplicate": "repeats another one" if one else "repeat another one",
        }[self.kind]
        named = ", ".join(map(str, self.channels[:_NAMED]))
        more = f" and {many - _NAMED:,} more" if many > _NAMED else ""
        return (
            f"{self.population}: {many:,} of {self.of:,} channels {what} on {self.second} and not "
            f"on {self.first}: {named}{more}"
        )


def activity(spikes: Array, fired: Array) -> Activity:
    """Rates and health of one population.

    Args:
        spikes: bool ``(nodes, updates, rows, channels)``.
        fired: int64 ``(rows, channels)``, their sum over nodes and updates.
    """
    by_channel = fired.sum(axis=0)
    updates = spikes.size // len(by_channel)
    return Activity(
        rate=int(by_channel.sum()) / spikes.size,
        dead=_numbers(by_channel == 0),
        saturated=_numbers(100 * by_channel >= SATURATED * updates),
        duplicates=tuple(sorted(_duplicates(spikes, fired))),
    )


def alarms(
    population: str, channels: int, first: tuple[str, Activity], second: tuple[str, Activity]
) -> Iterator[Alarm]:
    """What the second of two named runs has and the first has not; nothing if nothing."""
    (name, before), (other, after) = first, second
    copies = {**{c: c for c in range(channels)}, **dict(before.duplicates)}
    found = {
        "dead": [c for c in after.dead if c not in before.dead],
        "saturated": [c for c in after.saturated if c not in before.saturated],
        "duplicate": [c for c, of in after.duplicates if copies[c] != copies[of]],
    }
    for kind, which in found.items():
        if which:
            yield Alarm(
                first=name,
                second=other,
                population=population,
                kind=kind,
                channels=tuple(which),
                of=channels,
            )


def _duplicates(spikes: Array, fired: Array) -> Iterator[tuple[int, int]]:
    """Channels of equal counts in every row are the only ones that can be equal, and are few."""
    groups: dict[bytes, list[int]] = defaultdict(list)
    for channel, counts in enumerate(np.ascontiguousarray(fired.T)):
        if counts.any():
            groups[counts.tobytes()].append(channel)
    for group in groups.values():
        different: list[int] = []
        for channel in group:
            of = next((one for one in different if _equal(spikes, one, channel)), None)
            if of is None:
                different.append(channel)
            else:
                yield channel, of


def _equal(spikes: Array, one: int, other: int) -> bool:
    """Whether two channels fire together; a block at a time, because most differ in the first."""
    blocks = (spikes[start : start + _BLOCK] for start in range(0, len(spikes), _BLOCK))
    return all(np.array_equal(b[..., one], b[..., other]) for b in blocks)


def _numbers(which: Array) -> tuple[int, ...]:
    return tuple(np.flatnonzero(which).tolist())
