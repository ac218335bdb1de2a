"""Energy and time of a run as a simulator of the chip tells them, beside ours, event by event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from neurograph.chip.alone import first_replica
from neurograph.chip.footprint import AnyNetwork
from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.cost.energy import energy
from neurograph.cost.energy.estimate import DYNAMIC, KINDS
from neurograph.cost.energy.prices import interval
from neurograph.cost.estimate import EnergyEstimate
from neurograph.runtime.record import EventCounts
from neurograph.runtime.tally import Tally

NEAR = 0.1  # a share of ours; what differs by no more is told without a cause
HOP, WORK, BARRIER = "hop", "work", "barrier"
TERMS: Mapping[str, str] = {
    **{kind: name for kind, name in KINDS.items() if not kind.startswith(HOP)},
    HOP: "hop between tiles",
    BARRIER: "barrier",
    WORK: "slowest core of a step",
}


@dataclass(frozen=True, kw_only=True)
class Term:
    """One kind of event, per inference: joules or seconds.

    Attributes:
        kind: a key of `TERMS`.
        our_events, its_events: how many; None where they are not counted apart.
    """

    kind: str
    ours: float
    its: float
    our_events: float | None = None
    its_events: float | None = None


@dataclass(frozen=True, kw_only=True)
class Sum:
    """Terms, and what they come to."""

    terms: tuple[Term, ...]

    @property
    def ours(self) -> float:
        return sum(t.ours for t in self.terms)

    @property
    def its(self) -> float:
        return sum(t.its for t in self.terms)

    @property
    def difference(self) -> float | None:
        """How much more the simulator tells, as a share of ours; None where ours is nothing."""
        return self.its / self.ours - 1 if self.ours else None

    @property
    def cause(self) -> str | None:
        """The kind that differs most, where the sums are further apart than `NEAR`."""
        if self.difference is not None and abs(self.difference) <= NEAR:
            return None
        return max(self.terms, key=lambda t: abs(t.its - t.ours)).kind


@dataclass(frozen=True, kw_only=True)
class Witness:
    """A tally beside our estimate of the same replica on the same cores, with the same prices.

    Attributes:
        constants: the constant set at whose prices ours is told.
        notes: how the simulator counts a kind of event otherwise.
    """

    source: str
    constants: str
    inferences: int
    joules: Sum
    seconds: Sum
    notes: Mapping[str, str]


def witness(
    tally: Tally,
    network: AnyNetwork,
    placement: Placement,
    profile: HardwareProfile,
    counts: EventCounts,
) -> Witness:
    """What the first replica takes, alone on its cores; static power and host are in neither.

    Ours is told at the tally's constant set, or at the profile's first where it lacks that.
    """
    ours = energy(network, first_replica(placement), profile, counts)
    name = tally.constants if tally.constants in profile.energy else next(iter(profile.energy))
    barrier = ours.steps * interval(profile.time[name]["barrier"]).typical
    seconds = {BARRIER: barrier, WORK: ours.seconds[name].typical - barrier}
    return Witness(
        source=tally.source,
        constants=name,
        inferences=tally.inferences,
        joules=Sum(terms=tuple(_joules(tally, ours, name))),
        seconds=Sum(terms=tuple(_term(tally, k, s, tally.seconds) for k, s in seconds.items())),
        notes=dict(tally.notes),
    )


def _joules(tally: Tally, ours: EnergyEstimate, name: str) -> Sequence[Term]:
    rows = [row for row in ours.rows if row.part == DYNAMIC]
    terms = []
    for kind in (*tally.events, HOP):
        labels = [
            label for key, label in KINDS.items() if key == kind or key.startswith(f"{kind}_")
        ]
        own = [row for row in rows if row.kind in labels]
        joules = sum(row.events * row.each[name].typical for row in own)
        events = sum(row.events for row in own) if kind in tally.events else None
        terms.append(_term(tally, kind, joules, tally.joules, events))
    return terms


def _term(
    tally: Tally, kind: str, ours: float, its: Mapping[str, float], events: float | None = None
) -> Term:
    counted = tally.events.get(kind)
    return Term(
        kind=kind,
        ours=ours,
        its=its.get(kind, 0.0) / tally.inferences,
        our_events=events,
        its_events=None if counted is None else counted / tally.inferences,
    )
