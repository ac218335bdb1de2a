"""Which column is what where no name says so: by its place, and by how it looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from neurograph.graphs.io.columns.evidence import FEW, Look, alike, outside, shared

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """A reading of columns without names.

    Attributes:
        doubt: what speaks against it, or could be meant as well; empty where it is plain.
        column: the one that is in doubt.
    """

    source: str
    target: str
    time: str | None = None
    weight: str | None = None
    doubt: str = ""
    column: str = ""


def arrange(looks: Mapping[str, Look]) -> Arrangement | None:
    """Read columns in the order of a file; None where no two of them can be ids."""
    if len(looks) > 3 and next(iter(looks.values())).rows >= FEW:  # a first that counts is an index
        first = next(iter(looks))
        looks = {name: one for name, one in looks.items() if name != first or not one.counts}
    clocks = [name for name, one in looks.items() if one.clock]
    ids = [name for name, one in looks.items() if one.can_be_id and name not in clocks]
    if clocks and len(ids) >= 2:
        return _between(looks, _with_clock(looks, clocks, ids), ids)
    ids = [name for name, one in looks.items() if one.can_be_id]
    if len(ids) < 2:
        return None
    rest = [name for name in looks if name not in ids[:2]]
    by_place = Arrangement(source=ids[0], target=ids[1])
    if not rest:
        return by_place
    early = _time_first(looks, ids)
    rising = next((name for name in rest if looks[name].rises), None)
    if rising is not None:
        found = replace(by_place, time=rising)
        found = _between(looks, found, [name for name in ids if name != rising])
        if found.doubt:
            return found
        if looks[rising].kind == "decimal" and looks[rising].rows < FEW:  # as chance may have it
            told = f"{place(rising)} ({looks[rising]}) rises along the file"
            return replace(found, column=rising, doubt=f"{told}: a time, or a weight?")
        if early is None or early.doubt or looks[rising].rows < FEW:
            return found
        return replace(found, doubt=f"both {place(ids[0])} and {place(rising)} rise")
    if early is not None:
        return early
    return _neither_rises(looks, by_place, rest[0])


def _with_clock(looks: Mapping[str, Look], clocks: list[str], ids: list[str]) -> Arrangement:
    found = Arrangement(source=ids[0], target=ids[1], time=clocks[0])
    if len(clocks) == 1:
        one = looks[clocks[0]]
        if one.kind == "date" or one.rises or clocks[0] not in list(looks)[:2]:
            return found
        doubt = f"{place(clocks[0])} could be times or ids ({one})"
        return replace(found, doubt=doubt)
    best = next((name for name in clocks if looks[name].rises), clocks[0])
    told = " and ".join(place(name) for name in clocks)
    return replace(found, time=best, doubt=f"{told} look like times")


def _time_first(looks: Mapping[str, Look], ids: list[str]) -> Arrangement | None:
    """Time, source, target: where the first column rises and the next two are of one kind."""
    if len(ids) < 3 or not looks[ids[0]].rises or ids[0] != next(iter(looks)):
        return None
    time, source, target = (looks[name] for name in ids[:3])
    common = shared(source, target)
    found = Arrangement(source=ids[1], target=ids[2], time=ids[0])
    if source.kind == target.kind == "text":
        return found
    if common < 0.2 or common < 1.5 * shared(time, source):
        if min(len(source.values), len(target.values)) <= FEW or not alike(source, target):
            return None
        if alike(time, source) or outside(time, source, target) < 0.9:
            return None
    if common >= 0.4 and outside(time, source, target) >= 0.5:
        return found
    return replace(
        found,
        column=ids[0],
        doubt=(
            f"{place(ids[0])} rises along the file ({time}), and "
            f"{place(ids[1])} and {place(ids[2])} hold values of one range"
        ),
    )


def _neither_rises(looks: Mapping[str, Look], found: Arrangement, name: str) -> Arrangement:
    """What a third column is that does not rise: one value, a weight, a relation, or a time."""
    one = looks[name]
    what = f"{place(name)} ({one})"
    if one.kind == "decimal" and len(one.values) == 1 and one.values[0] > 0:
        return replace(found, weight=name)
    if one.nearly_numbers or (len(one.values) == 1 and one.kind != "text"):
        return replace(found, time=name)  # of the first, its bad rows are named when it is read
    if one.kind == "text":
        if shared(looks[found.source], one) > shared(looks[found.source], looks[found.target]):
            doubt = f"{place(found.target)} lies between two columns of the same values"
            return replace(found, target=name, doubt=doubt)
        return replace(found, doubt=f"{what} is no time and no weight")
    does_not = f"{what} does not rise along the file: a weight, or an unsorted time?"
    positive = one.values[0] > 0
    found = replace(found, doubt=does_not, column=name)
    steps = one.kind == "integer" and not positive and _contiguous(one)
    if one.kind == "decimal" or (len(one.values) <= FEW and not steps):
        return replace(found, weight=name if positive else None)
    return replace(found, time=name)


def _between(looks: Mapping[str, Look], found: Arrangement, ids: list[str]) -> Arrangement:
    """Where the second column is a relation: the third has the values of the first."""
    if found.doubt or len(ids) < 3 or [found.source, found.target] != ids[:2]:
        return found
    first, second, third = (looks[name] for name in ids[:3])
    if shared(first, third) <= max(0.3, 2 * shared(first, second)):
        return found
    doubt = f"{place(ids[1])} lies between two columns of the same values: a relation?"
    return replace(found, target=ids[2], doubt=doubt)


def _contiguous(one: Look) -> bool:
    """Whether these are all the whole numbers from 0 to some other."""
    return bool(one.values[0] == 0 and one.values[-1] == len(one.values) - 1 > 0)


def place(name: str) -> str:
    """In words: the third column, or column 'x' where it has a name."""
    if not name.isdecimal():
        return f"column '{name}'"
    number = int(name)
    return f"the {ORDINALS[number]} column" if number < len(ORDINALS) else f"column {name}"
