"""The cheapest changes that together make a candidate fit, and the limits that none meets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from neurograph.chip.footprint import synapses_per_node
from neurograph.core.errors import Violation
from neurograph.workflow.fixes.candidate import Candidate
from neurograph.workflow.fixes.change import CHIP, COSTS, Change, Move
from neurograph.workflow.fixes.changes import MOVES, other_chips, variants
from neurograph.workflow.fixes.whole_graph import part

SHOWN, TOGETHER = 5, 3  # fixes listed, and changes in one fix, at most


@dataclass(frozen=True, kw_only=True)
class Fix:
    """Changes that together make the network fit; tried.

    Attributes:
        cost: of the dearest change, an index into `COSTS`.
        removed: share of synapses given up.
    """

    changes: tuple[Change, ...]
    cost: int
    removed: float
    cores_per_replica: float
    replicas_per_chip: int
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
            f"{_cores(self.cores_per_replica)}, {_replicas(self.replicas_per_chip)})"
        )


def _cores(per_replica: float) -> str:
    return f"{per_replica:.3g} {'core' if per_replica == 1 else 'cores'} per replica"


def _replicas(per_chip: int) -> str:
    if not per_chip:
        return "a replica over several chips"
    return f"{per_chip:,} {'replica' if per_chip == 1 else 'replicas'} per chip"


@dataclass(frozen=True, kw_only=True)
class Fixes:
    """What helps, cheapest first; where nothing does, the limits that no change meets."""

    fixes: tuple[Fix, ...]
    unmet: tuple[Violation, ...]


def suggest(candidate: Candidate) -> Fixes:
    """The cheapest fixes of a candidate that does not fit, at most `SHOWN`.

    Cheapest first: another placement, another export, another training of the same size, a
    smaller model, a part of the graph, another chip; of the same cost, the fewest synapses given
    up, then the fewest cores. A fix that contains a smaller one is left out.
    """
    candidate, found = candidate.with_graph(), list[Fix]()
    for many in range(1, TOGETHER + 1):
        for moves in combinations(MOVES, many):
            if many > 1 and {other_chips, part} & {*moves}:
                continue  # a chip or a graph is changed as the last resort, and alone
            for changes, changed in _applied(candidate, moves):
                options = {c.option for c in changes}
                if any(options > {c.option for c in fix.changes} for fix in found):
                    continue
                if len(options) == many and not changed.violations():
                    found.append(_fix(candidate, changes, changed))
    of_model = [fix for fix in found if fix.cost < CHIP]
    ranked = sorted(found, key=lambda fix: (fix.cost, fix.removed, fix.cores_per_replica))
    return Fixes(fixes=tuple(ranked[:SHOWN]), unmet=() if of_model else _unmet(candidate))


def _applied(
    candidate: Candidate, moves: Sequence[Move]
) -> Iterator[tuple[tuple[Change, ...], Candidate]]:
    if not moves:
        yield (), candidate
        return
    for change, changed in moves[0](candidate):
        for changes, last in _applied(changed, moves[1:]):
            yield (change, *changes), last


def _fix(before: Candidate, changes: tuple[Change, ...], after: Candidate) -> Fix:
    placed = after.placement()
    return Fix(
        changes=changes,
        cost=max(change.cost for change in changes),
        removed=_removed(before, after),
        cores_per_replica=placed.cores_per_replica,
        replicas_per_chip=placed.replicas_per_chip,
        profile=after.profile.name,
    )


def _removed(before: Candidate, after: Candidate) -> float:
    """Share of synapses given up: per node, times the nodes where these hear each other in both."""
    old, new = (replace(of, quantized=None).network for of in (before, after))
    each = [sum(synapses_per_node(j) for j in of.projections) for of in (old, new)]
    kept = (new.nodes / old.nodes) if new.nodes and old.nodes else 1.0
    return max(0.0, 1.0 - kept * each[1] / each[0])


def _unmet(candidate: Candidate) -> tuple[Violation, ...]:
    """Limits that stay broken whatever is changed of the model, its export and its placement."""
    config = candidate.config
    ones = (1,) * len(config.hidden)
    smallest = replace(config, hidden=ones, fanouts=ones)
    least = (smallest, *(variant.config for variant in variants(smallest)))
    last = [replace(candidate, config=c, quantized=None, replicas=None) for c in least]
    left = [{(v.where, v.what) for v in one.violations()} for one in last]
    always = set.intersection(*left)
    return tuple(v for v in candidate.violations() if (v.where, v.what) in always)
