"""One replica of a placement, by the core of each neuron: what a simulator of a chip is told."""

from __future__ import annotations

import numpy as np

from neurograph.chip.alone import first_replica
from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.ir import QNetwork
from neurograph.runtime.sites import Sites


def sites_of(network: QNetwork, placement: Placement, profile: HardwareProfile) -> Sites | None:
    """Where the first replica lies; None of a network whose nodes hear each other."""
    if placement.residents is not None:
        return None
    core = {p.name: np.zeros(p.rows * p.channels, np.int64) for p in network.populations}
    alone = first_replica(placement)
    for s in alone.slices:
        core[s.population][s.start : s.stop] = s.core
    wide = int(profile.limit("mesh_columns") or 1)
    return Sites(
        core=core,
        column=np.array([u.chip * wide + u.column for u in alone.uses], np.int64),
        row=np.array([u.row for u in alone.uses], np.int64),
    )
