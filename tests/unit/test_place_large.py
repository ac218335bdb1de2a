"""The better placer on SpikeNet's wide layers, and a million neurons."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse as sp

from neurograph.chip.place import METHODS, place
from neurograph.chip.placement import Placement
from neurograph.chip.profiles import load_profile
from neurograph.chip.traffic import between_cores, hops
from neurograph.ir import Network
from neurograph.testing.large_networks import layers, resident_graph, spikenet

LOIHI2 = load_profile("loihi2")
MILLION = 1_000_000


def hop_joules(network: Network, placed: Placement, sent: dict[str, np.ndarray]) -> float:
    flow = sp.coo_array(between_cores(network, placed.slices, sent))
    east, north = hops(placed.uses, (8, 4), flow.row, flow.col)
    costs = LOIHI2.energy["davies2018"]
    each = [costs[kind].value or 0.0 for kind in ("hop_east_west", "hop_north_south")]
    return float(flow.data @ (east * each[0] + north * each[1]))


def even(network: Network) -> dict[str, np.ndarray]:
    return {p.name: np.ones((p.rows, p.channels)) for p in network.populations}


def skewed(network: Network) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {p.name: rng.gamma(0.5, 1.0, (p.rows, p.channels)) for p in network.populations}


@pytest.mark.parametrize("rates", [even, skewed])
def test_annealing_saves_a_fifth_of_the_hop_energy_of_the_wide_spikenet(
    rates: Callable[[Network], dict[str, np.ndarray]],
) -> None:
    network = spikenet(512)
    sent = rates(network)
    found = {m: place(network, LOIHI2, replicas=16, sent=sent, method=m) for m in METHODS}
    assert found["annealed"].cores <= found["sequential"].cores
    joules = {method: hop_joules(network, placed, sent) for method, placed in found.items()}
    assert joules["annealed"] <= 0.8 * joules["sequential"]


def test_the_same_seed_gives_the_same_placement() -> None:
    network = spikenet(128)
    first, second = (place(network, LOIHI2, replicas=9, seed=3) for _ in range(2))
    assert first == second


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("build", [resident_graph, layers])
def test_a_million_neurons_are_placed(build: Callable[[int], Network], method: str) -> None:
    network = build(MILLION)
    placed = place(network, LOIHI2, replicas=1, method=method)
    held = np.zeros(placed.cores, np.int64)
    for s in placed.slices:
        held[s.core] += s.stop - s.start
    assert held.sum() == sum(p.rows * p.channels for p in network.populations)
    assert held.max() <= LOIHI2.limit("neurons_per_core")
    assert held.tolist() == [u.neurons for u in placed.uses]
    assert max(u.synapse_words for u in placed.uses) <= LOIHI2.limit("synapse_words_per_core")
    sites = [(u.chip, u.column, u.row) for u in placed.uses]
    assert max(sites.count(site) for site in set(sites)) <= 4
