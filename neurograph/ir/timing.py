"""Delays at which everything arrives when it is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from neurograph.core.errors import NetworkError
from neurograph.ir.network import Projection

# how many updates late a projection arrives on its target's clock; None: as soon as it can
Lagging = tuple[Projection, int | None]


def in_time(
    streams: Iterable[str], populations: Sequence[str], joined: Iterable[Lagging]
) -> tuple[Projection, ...]:
    """The projections with the delays that give them these lags (`Wiring.lag`).

    A population starts when the last of those with lag 0 can reach it; the others wait for it.

    Raises:
        NetworkError: a lag that would have to arrive before it was sent.
    """
    given = tuple(joined)
    start = dict.fromkeys(streams, 0)
    for _ in populations:
        for name in populations:
            arrivals = [
                start[j.source] + 1
                for j, lag in given
                if j.target == name and lag == 0 and j.source in start
            ]
            start[name] = max(arrivals, default=0)
    return tuple(_delayed(j, lag, start) for j, lag in given)


def _delayed(j: Projection, lag: int | None, start: dict[str, int]) -> Projection:
    soonest = start[j.source] + 1 - start[j.target]
    delay = 0 if lag is None else lag - soonest
    if delay < 0:
        raise NetworkError(
            f"{j.name}: wanted {lag} updates late, and it needs {soonest} to arrive; needed at "
            f"least {soonest}"
        )
    return replace(j, delay=delay)
