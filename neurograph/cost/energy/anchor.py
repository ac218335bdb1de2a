"""Prices of a chip from one measurement: those of another chip, all scaled alike.

One measured number fixes one factor. How weak that is, is an interval of it: from an operation's
price if all other events cost what the dearest known set says, to its price if they cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from neurograph.chip.profile import HardwareProfile
from neurograph.core.errors import ProfileError
from neurograph.cost.energy.duration import in_a_row
from neurograph.cost.energy.events import Events
from neurograph.cost.energy.prices import interval, prices
from neurograph.cost.estimate import Interval

OPERATION = "synaptic_op"
Total = Callable[[Mapping[str, float]], float]  # of a price for every event


def joule_scale(
    profile: HardwareProfile, events: Sequence[Events], joules: float, sets: Sequence[str]
) -> Interval:
    """Factor on the energies of the first set, at which an inference takes so many joules.

    Args:
        joules: measured, dynamic, of one inference.
        sets: the set whose ratios are kept, then others that tell how dear events may be.
    """
    kinds = [e for e in events if e.kind in profile.energy[sets[0]]]

    def total(each: Mapping[str, float]) -> float:
        return sum(e.per_inference * each[e.kind] for e in kinds)

    return _scale(profile, "energy", {e.kind for e in kinds}, joules, sets, total)


def second_scale(
    profile: HardwareProfile,
    events: Sequence[Events],
    seconds: float,
    updates: int,
    sets: Sequence[str],
) -> Interval:
    """Factor on the times of the first set, at which an inference takes so many seconds.

    Args:
        seconds: measured, of one inference among many without a pause.
        updates: hardware steps of an inference.
        sets: as of `joule_scale`.
    """
    kinds = {e.kind for e in events if e.load is not None} | {"barrier"}

    def total(each: Mapping[str, float]) -> float:
        return in_a_row(events, updates, each)

    return _scale(profile, "time", kinds, seconds, sets, total)


def _scale(
    profile: HardwareProfile,
    table: str,
    kinds: set[str],
    measured: float,
    sets: Sequence[str],
    total: Total,
) -> Interval:
    known = {kind: prices(profile, table, kind) for kind in sorted(kinds)}
    each = {n: {k: interval(c[n]).typical for k, c in known.items()} for n in sets}
    first = each[sets[0]]

    def operation(others: Mapping[str, float]) -> float:
        """Price of an operation that leaves the measured number, where others cost these."""
        low, high = 0.0, measured
        for _ in range(200):
            middle = (low + high) / 2
            above = total({**others, OPERATION: middle}) > measured
            low, high = (low, middle) if above else (middle, high)
        return low

    dearest = min(operation(each[n]) for n in sets)
    alone = operation(dict.fromkeys(first, 0.0))
    typical = measured / total(first)
    if not 0 < dearest <= typical * first[OPERATION] <= alone:
        raise ProfileError(
            f"profile '{profile.name}': {table} sets {', '.join(sets)} make {dearest:.3g} to "
            f"{alone:.3g} of an operation; the measured number has no room for them"
        )
    return Interval(
        low=dearest / first[OPERATION], typical=float(typical), high=alone / first[OPERATION]
    )
