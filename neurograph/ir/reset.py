"""Neurons that begin anew from time to time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from neurograph.ir.values import integer, plain_numbers


@dataclass(frozen=True, kw_only=True)
class PeriodicReset:
    """All states of a population return to what they were at first, every so many updates.

    It acts before an update, which then goes on from there: on u, v and, where a kind has others,
    on these as well. What a network streams through, one example after the other, keeps nothing of
    the example before.

    Attributes:
        interval: updates from one reset to the next, at least 1.
        offset: the update, 0 to interval - 1, before which the first one acts. Before update 0 it
            changes nothing.

    Source: `LIFReset` of Lava 0.10.0, whose time steps count from 1, so that its `reset_offset`
    is this offset plus 1, modulo the interval.
    """

    interval: int
    offset: int = 0

    def __post_init__(self) -> None:
        plain_numbers(self)
        integer("reset", "interval", self.interval, 1)
        integer("reset", "offset", self.offset, 0, self.interval - 1)

    def acts_before(self, update: int) -> bool:
        """Whether states begin anew in this update."""
        return update % self.interval == self.offset

    def pieces(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """The updates `first` to `last`, one past the end, cut where it acts."""
        begin = first
        for update in range(first + 1, last):
            if self.acts_before(update):
                yield begin, update
                begin = update
        if begin < last:
            yield begin, last

    def since(self, update: int) -> PeriodicReset:
        """The same resets on a clock that begins with an update of this one."""
        offset = (self.offset - update) % self.interval
        return PeriodicReset(interval=self.interval, offset=offset)
