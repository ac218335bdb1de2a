"""One replica of a placement alone, to compare with what knows of one."""

from __future__ import annotations

from dataclasses import replace

from neurograph.chip.placement import Placement


def first_replica(placement: Placement) -> Placement:
    """The first replica alone on its cores, which lie where they lay; what others held is gone."""
    own = [s for s in placement.slices if s.replica == 0]
    number = {core: n for n, core in enumerate(sorted({s.core for s in own}))}
    return replace(
        placement,
        replicas=1,
        slices=tuple(replace(s, core=number[s.core]) for s in own),
        uses=tuple(replace(placement.uses[core], core=n) for core, n in number.items()),
    )
