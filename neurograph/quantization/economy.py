"""What relays can do without: bits of a payload, and small payloads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from neurograph.quantization.outlet import LEAST_BITS, Outlet
from neurograph.quantization.population import Candidate, ScaleSearch

BITS_COST = 1e-4  # a narrower payload may change as large a share of the spikes more
CUT_COST = 2e-4  # likewise, what is left out


@dataclass(frozen=True, eq=False, kw_only=True)
class Economy:
    """A candidate of narrow payloads and of few.

    Attributes:
        wide: as it was given.
        narrow: with payloads of as few bits as change hardly more spikes.
        best: which leaves out small ones, too.
    """

    wide: Candidate
    narrow: Candidate
    best: Candidate


def economised(search: ScaleSearch, wide: Candidate) -> Economy:
    """The narrowest payloads and the largest cut that `BITS_COST` and `CUT_COST` allow."""
    if not wide.outlets:
        return Economy(wide=wide, narrow=wide, best=wide)
    compared = search.comparator.compared
    narrow = _narrowed(search, wide, wide.total + BITS_COST * compared)
    best = _cut(search, narrow, narrow.total + CUT_COST * compared)
    return Economy(wide=wide, narrow=narrow, best=best)


def _narrowed(search: ScaleSearch, wide: Candidate, allowed: float) -> Candidate:
    for bits in range(LEAST_BITS, max(o.bits for o in wide.outlets)):
        found = _again(search, wide, [o.narrowed(min(bits, o.bits)) for o in wide.outlets])
        if found is not None and found.total <= allowed:
            return found
    return wide


def _cut(search: ScaleSearch, whole: Candidate, allowed: float) -> Candidate:
    """Cuts are tried from the smallest on, each twice the one before."""
    best = whole
    for cut in _doubling(min(o.payload_max for o in whole.outlets)):
        found = _again(search, whole, [o.cutting(cut) for o in whole.outlets])
        if found is None or found.total > allowed:
            return best
        best = found
    return best


def _doubling(limit: int) -> Iterator[int]:
    cut = 1
    while cut < limit:
        yield cut
        cut *= 2


def _again(
    search: ScaleSearch, like: Candidate, outlets: Sequence[Outlet | None]
) -> Candidate | None:
    known = [o for o in outlets if o is not None]
    return search.again(like, known) if len(known) == len(outlets) else None
