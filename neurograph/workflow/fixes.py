"""Does a network fit a chip, and what is the least that makes it fit: changes, each one tried.

A change is applied to the plan, the network is built anew, checked and placed; only what fits is
suggested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from neurograph.chip.check import check
from neurograph.chip.footprint import AnyNetwork, exceeds, synapses_per_neuron
from neurograph.chip.place import place
from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.profiles import known_profiles, load_profile
from neurograph.core.errors import DoesNotFitError, Violation
from neurograph.models.design import Design

PLACE, EXPORT, RETRAIN, SMALLER, CHIP = range(5)  # what a change costs, cheapest first
COSTS = (
    "another placement",
    "another export",
    "another training of the same size",
    "a smaller model",
    "another chip",
)
SHOWN, TOGETHER = 5, 3  # fixes listed, and changes in one fix, at most
MULTIPLE = 8  # widths that are suggested


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """What is to run on which chip.

    Attributes:
        design: of the model. quantized: its integers where it was exported already; a change of
            the model makes them void.
        copies: for which the largest system must have chips; None for one.
    """

    design: Design
    profile: HardwareProfile
    quantized: AnyNetwork | None = None
    copies: int | None = None

    @property
    def network(self) -> AnyNetwork:
        return self.quantized or self.design.network()

    def violations(self) -> tuple[Violation, ...]:
        """Every limit that is broken; empty if it fits."""
        if found := check(self.network, self.profile):
            return found
        try:
            place(self.network, self.profile, copies=1, method="sequential")
        except DoesNotFitError as error:
            return error.violations
        return self._too_many() if self.copies else ()

    def placement(self, method: str = "sequential") -> Placement:
        """As many copies as a chip takes.

        Raises:
            DoesNotFitError: with every violation.
        """
        return place(self.network, self.profile, method=method)

    def chips(self, placed: Placement) -> int:
        """Chips that the wanted copies need, each filled like the placed one."""
        copies = self.copies or 1
        if placed.copies_per_chip:
            return -(-copies // placed.copies_per_chip)
        return copies * placed.chips

    def most_copies(self) -> int | None:
        """Copies that the largest system takes; None where its size is not known."""
        chips, placed = self.profile.limit("chips_per_system"), self.placement()
        if chips is None:
            return None
        return int(chips) * placed.copies_per_chip or int(chips) // placed.chips

    def _too_many(self) -> tuple[Violation, ...]:
        """Copies that the largest system has no chips for."""
        limit, needed = self.profile.limit("chips_per_system"), self.chips(self.placement())
        remedy = "run fewer copies, one batch of targets after another"
        what = f"{self.copies:,} copies"
        return tuple(exceeds("network", what, needed, limit, "chips", remedy))


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing done otherwise: `option` is what to type for it."""

    what: str
    option: str
    cost: int


@dataclass(frozen=True, kw_only=True)
class Fix:
    """Changes that together make the network fit; tried.

    Attributes:
        cost: of the dearest change, an index into `COSTS`. removed: share of synapses given up.
    """

    changes: tuple[Change, ...]
    cost: int
    removed: float
    cores_per_copy: float
    copies_per_chip: int
    profile: str

    @property
    def options(self) -> str:
        """All of it, as typed."""
        return " ".join(change.option for change in self.changes)

    def __str__(self) -> str:
        what = "; ".join(change.what for change in self.changes)
        size = f"{self.removed:.0%} fewer synapses, " if self.removed > 0 else ""
        return (
            f"{self.options}  ({what}; costs {COSTS[self.cost]}; {size}"
            f"{_cores(self.cores_per_copy)}, {_copies(self.copies_per_chip)})"
        )


def _cores(per_copy: float) -> str:
    return f"{per_copy:.3g} {'core' if per_copy == 1 else 'cores'} per copy"


def _copies(per_chip: int) -> str:
    if not per_chip:
        return "a copy over several chips"
    return f"{per_chip:,} {'copy' if per_chip == 1 else 'copies'} per chip"


@dataclass(frozen=True, kw_only=True)
class Fixes:
    """What helps, cheapest first; where nothing does, the limits that no change meets."""

    fixes: tuple[Fix, ...]
    unmet: tuple[Violation, ...]


Moved = tuple[Change, Plan]
Move = Callable[[Plan], Iterator[Moved]]


def suggest(plan: Plan) -> Fixes:
    """The cheapest fixes of a plan that does not fit, at most `SHOWN`.

    Cheapest first: another placement, another export, another training of the same size, a
    smaller model, another chip; of the same cost, the fewest synapses given up, then the fewest
    cores. A fix that contains a smaller one is left out.
    """
    found: list[Fix] = []
    for many in range(1, TOGETHER + 1):
        for moves in combinations(MOVES, many):
            if many > 1 and other_chips in moves:
                continue  # a chip is changed as the last resort, and alone
            for changes, moved in _applied(plan, moves):
                options = {c.option for c in changes}
                if any(options > {c.option for c in fix.changes} for fix in found):
                    continue
                if len(options) == many and not moved.violations():
                    found.append(_fix(plan, changes, moved))
    of_model = [fix for fix in found if fix.cost < CHIP]
    ranked = sorted(found, key=lambda fix: (fix.cost, fix.removed, fix.cores_per_copy))
    return Fixes(fixes=tuple(ranked[:SHOWN]), unmet=() if of_model else _unmet(plan))


def _applied(plan: Plan, moves: Sequence[Move]) -> Iterator[tuple[tuple[Change, ...], Plan]]:
    if not moves:
        yield (), plan
        return
    for change, moved in moves[0](plan):
        for changes, last in _applied(moved, moves[1:]):
            yield (change, *changes), last


def _fix(before: Plan, changes: tuple[Change, ...], after: Plan) -> Fix:
    placed = after.placement()
    return Fix(
        changes=changes,
        cost=max(change.cost for change in changes),
        removed=max(0.0, 1.0 - _synapses(after.design) / _synapses(before.design)),
        cores_per_copy=placed.cores_per_copy,
        copies_per_chip=placed.copies_per_chip,
        profile=after.profile.name,
    )


def _synapses(design: Design) -> int:
    return sum(int(synapses_per_neuron(j).sum()) for j in design.network().projections)


def _unmet(plan: Plan) -> tuple[Violation, ...]:
    """Limits that stay broken whatever is changed of the model, its export and its placement."""
    smallest = replace(
        plan.design, hidden=(1,) * len(plan.design.hidden), fanouts=(1,) * len(plan.design.fanouts)
    )
    last = [replace(plan, design=d, quantized=None, copies=None) for d in _lif(smallest)]
    left = [{(v.where, v.what) for v in p.violations()} for p in last]
    always = set.intersection(*left)
    return tuple(v for v in plan.violations() if (v.where, v.what) in always)


def _lif(design: Design) -> tuple[Design, ...]:
    return design, _plain(design)


def _plain(design: Design) -> Design:
    """The same shape with the chip's own neuron, with a membrane that it can leak."""
    spikenet = Design(
        **{name: getattr(design, name) for name in ("features", "classes", "steps")},
        **{name: getattr(design, name) for name in ("hidden", "fanouts", "threshold")},
    )
    return replace(spikenet, neuron="lif", tau=max(design.tau, 2.0))


def fewer_copies(plan: Plan) -> Iterator[Moved]:
    """As many copies as the largest system takes."""
    if plan.copies is None or replace(plan, copies=None).violations():
        return
    most = plan.most_copies()
    if most and most < plan.copies:
        change = Change(what=f"place {most:,} copies", option=f"--copies {most}", cost=PLACE)
        yield change, replace(plan, copies=most)


def export_anew(plan: Plan) -> Iterator[Moved]:
    """Other integers of the same model, with the readout on the host."""
    if plan.quantized is not None:
        option = f"--profile {plan.profile.name} --readout host"
        change = Change(what="export again for this chip", option=option, cost=EXPORT)
        yield change, replace(plan, quantized=None)


def plain_neuron(plan: Plan) -> Iterator[Moved]:
    """The chip's own neuron, with a membrane that it can leak."""
    design = plan.design
    other_model = design.model != "spikenet"
    if not other_model and design.neuron in ("if", "lif") and design.tau > 1:
        return
    plain = _plain(design)
    option = f"--neuron lif --tau {plain.tau:g}"
    change = Change(
        what="train with a plain leaky neuron",
        option=f"--model spikenet {option}" if other_model else option,
        cost=RETRAIN,
    )
    yield change, replace(plan, design=plain, quantized=None)


def fewer_draws(plan: Plan) -> Iterator[Moved]:
    """Fewer sampled neighbours, one hop at a time."""
    fanouts = plan.design.fanouts
    for hop, draws in enumerate(fanouts):
        for fewer in range(draws - 1, 0, -1):
            new = (*fanouts[:hop], fewer, *fanouts[hop + 1 :])
            text = ",".join(map(str, new))
            change = Change(what="sample fewer", option=f"--fanouts {text}", cost=SMALLER)
            yield change, _redesigned(plan, fanouts=new)


def narrower(plan: Plan) -> Iterator[Moved]:
    """The widest first layer that fits, everything else as it is."""
    first, *rest = plan.design.hidden

    def fits(width: int) -> bool:
        return not _redesigned(plan, hidden=(MULTIPLE * width, *rest)).violations()

    if most := _largest((first - 1) // MULTIPLE, fits):
        hidden = (MULTIPLE * most, *rest)
        text = ",".join(map(str, hidden))
        change = Change(what="train a narrower layer", option=f"--hidden {text}", cost=SMALLER)
        yield change, _redesigned(plan, hidden=hidden)


def other_chips(plan: Plan) -> Iterator[Moved]:
    """Every chip that comes with NeuroGraph."""
    for name in known_profiles():
        if (profile := load_profile(name)) != plan.profile:
            change = Change(what="use another chip", option=f"--profile {name}", cost=CHIP)
            yield change, replace(plan, profile=profile, quantized=None)


# those that look for the most that fits come last: they see what the others have changed
MOVES: tuple[Move, ...] = (
    export_anew,
    plain_neuron,
    fewer_draws,
    other_chips,
    narrower,
    fewer_copies,
)


def _redesigned(plan: Plan, **changed: object) -> Plan:
    design = replace(plan.design, **changed)  # type: ignore[arg-type]
    return replace(plan, design=design, quantized=None)


def _largest(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number from 1 to `most` that fits, by halving; 0 if none does."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
