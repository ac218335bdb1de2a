"""What a backend that simulates a chip says of the energy and time of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Events, joules and seconds of one replica on its cores, summed over the inferences of a run.

    Attributes:
        inferences: how many ran, one after the other.
        events: by kind, as a profile calls them: "synaptic_op", "update_active",
            "update_inactive", "spike", "message".
        joules: of the same, and of "hop", in all directions.
        seconds: "barrier", and "work", what the slowest core takes in each step.
        constants: the constant set of a profile whose prices are these.
        source: what says so, with its version and the file of its constants.
        notes: how it counts a kind otherwise than we do, in a sentence each.
    """

    inferences: int
    events: Mapping[str, float]
    joules: Mapping[str, float]
    seconds: Mapping[str, float]
    constants: str
    source: str
    notes: Mapping[str, str] = field(default_factory=dict)


def together(tallies: Iterable[Tally | None]) -> Tally | None:
    """The sum of parts of one run; None unless all have one, from the same source."""
    given = list(tallies)
    first = given[0]
    if first is None:
        return None
    found = [t for t in given if t is not None and t.source == first.source]
    if len(found) < len(given):
        return None
    return Tally(
        inferences=sum(t.inferences for t in found),
        events=_summed(t.events for t in found),
        joules=_summed(t.joules for t in found),
        seconds=_summed(t.seconds for t in found),
        constants=first.constants,
        source=first.source,
        notes=first.notes,
    )


def _summed(tables: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for table in tables:
        for kind, value in table.items():
            total[kind] = total.get(kind, 0.0) + value
    return total
