"""A graph on cores is legal or refused, as a checker sees it that writes every synapse out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st

from neurograph.chip.place import METHODS, place
from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.profiles import load_profile
from neurograph.core.errors import DoesNotFitError
from neurograph.ir import QNetwork
from neurograph.testing.chips import with_limits
from neurograph.testing.placement_checker import illegal
from neurograph.testing.resident_networks import random_resident

chip = partial(with_limits, load_profile("loihi2"))


@st.composite
def networks(draw: st.DrawFn) -> QNetwork:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    nodes, steps = draw(st.integers(2, 14)), draw(st.integers(1, 3))
    return random_resident(rng, nodes=nodes, steps=steps, direct=draw(st.booleans()))


def attempt(net: QNetwork, profile: HardwareProfile, method: str) -> Placement | DoesNotFitError:
    try:
        return place(net, profile, method=method)
    except DoesNotFitError as refusal:
        return refusal


limits = st.fixed_dictionaries(
    {
        "neurons_per_core": st.one_of(st.none(), st.integers(1, 60)),
        "synapse_bits_per_core": st.one_of(st.none(), st.integers(150, 3000)),
        "axons_in_per_core": st.one_of(st.none(), st.integers(8, 90)),
        "axons_out_per_core": st.one_of(st.none(), st.integers(8, 90)),
        "cores_per_chip": st.integers(1, 12),
        "cores_per_tile": st.one_of(st.none(), st.integers(1, 4)),
        "mesh_columns": st.integers(1, 3),
        "mesh_rows": st.integers(1, 3),
        "chips_per_system": st.one_of(st.none(), st.integers(1, 60)),
        "synapse_overhead_bits": st.one_of(st.none(), st.just(1)),
    }
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(networks(), limits, st.booleans())
def test_a_graph_is_placed_within_every_limit_or_refused(
    net: QNetwork, given_limits: dict[str, int | None], shared: bool
) -> None:
    profile = replace(chip(**given_limits), shared_synapses=shared)
    found = {m: attempt(net, profile, m) for m in METHODS}
    refused = [p for p in found.values() if isinstance(p, DoesNotFitError)]
    if refused:
        event("refused")
        assert all(v.needed > v.limit for p in refused for v in p.violations)
        assert all(p.violations for p in refused)
        return
    for method, placed in found.items():
        assert illegal(net, profile, placed) == [], method
        assert placed.replicas == 1
    pieces = found["annealed"].residents
    event("nodes cut" if len(pieces.node) > net.nodes else "nodes whole")
    event(f"placed on {min(found['annealed'].cores, 5)} cores")
    assert found["annealed"].chips <= found["sequential"].chips
