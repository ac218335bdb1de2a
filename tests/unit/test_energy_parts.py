"""Energy by part, and what sampled trees of the same model would cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.chip.place import place
from neurograph.chip.profiles import load_profile
from neurograph.cost.beside_trees import of_trees, tree_counts
from neurograph.cost.energy import energy
from neurograph.cost.energy.parts import (
    EDGES,
    HOST,
    MESSAGES,
    NEIGHBOURS,
    NEURONS,
    OWN,
    POWER,
    READOUT,
    RELAYS,
    by_part,
)
from neurograph.cost.host import work
from neurograph.ir import Schedule
from neurograph.models.spikenet.config import SpikeNetConfig
from neurograph.runtime.record import EventCounts
from neurograph.testing.chips import with_limits
from neurograph.testing.resident_networks import random_resident
from tests.unit.test_energy_residents import counted

LOIHI2 = load_profile("loihi2")
CONFIG = SpikeNetConfig(
    features=3, classes=2, steps=2, hidden=(4, 5), fanouts=(3, 2), cumulative_share=0.34
)
NODES = 10


@pytest.mark.parametrize("seed", range(3))
def test_parts_are_all_of_the_energy_and_none_twice(seed: int) -> None:
    net = random_resident(np.random.default_rng(seed), nodes=14)
    counts, _ = counted(net, seed)
    estimate = energy(net, place(net, LOIHI2), LOIHI2, counts, work(net, None))
    parts = by_part(net, estimate, [p.name for p in net.spiking])
    whole = estimate.per_snapshot("chip, dynamic", "chip, static", "host")
    assert sum(p.typical for p in parts.values()) == pytest.approx(whole.typical)
    operation = LOIHI2.energy["loihi2-measured"]["synaptic_op"].value
    along = [j.name for j in net.projections if isinstance(j.mix, Schedule)]
    ops = sum(counts.synaptic_ops[name] for name in along) / net.nodes / net.steps
    assert parts[EDGES].typical == pytest.approx(ops * operation)
    power = estimate.per_snapshot("chip, static").typical
    assert parts[POWER].typical == pytest.approx(power)
    graded = {p.name for p in net.populations if p.neuron.graded}
    rows = [r for r in estimate.rows if r.where in graded]
    relays = sum(r.each["loihi2-measured"].typical * r.events for r in rows) / net.steps
    assert parts[RELAYS].typical == pytest.approx(relays)
    assert min(parts[name].typical for name in (OWN, NEIGHBOURS, NEURONS, MESSAGES)) > 0
    assert parts[HOST + "features to payloads"].typical > 0


def test_a_readout_on_the_chip_is_a_part_of_its_own() -> None:
    net = random_resident(np.random.default_rng(0), nodes=14)
    counts, _ = counted(net, 0)
    estimate = energy(net, place(net, LOIHI2), LOIHI2, counts)
    *trained, last = [p.name for p in net.spiking]
    whole, apart = (by_part(net, estimate, names) for names in ([*trained, last], trained))
    moved = apart[READOUT].typical - whole[READOUT].typical
    assert moved > 0
    lost = sum(
        whole[n].typical - apart[n].typical for n in (OWN, NEIGHBOURS, NEURONS, MESSAGES, EDGES)
    )
    assert moved == pytest.approx(lost)


def ran() -> EventCounts:
    """Ten nodes: of each layer's channels some sent in the first update, none in the second."""
    sent = {"x": [10, 5, 0], "h1": [4, 0, 0, 2], "h2": [1, 0, 0, 0, 0]}
    both = {name: np.array([[of], [[0] * len(of)]]) for name, of in sent.items()}
    active = {name: both[name] for name in ("h1", "h2")}
    return EventCounts(
        network_sha256="",
        inferences=NODES,
        sent=both,
        active=active,
        synaptic_ops={},
        host_macs=20,
        bytes_in=0,
        bytes_out=0,
    )


def test_trees_by_hand() -> None:
    """1 + 3 + 6 slots; 4 rows of h1, of which one hears three draws and three hear two."""
    network = CONFIG.network()
    counted_trees = tree_counts(network, ran())
    assert counted_trees.sent["x"].shape == (2, 10, 3)
    assert counted_trees.sent["h1"].sum(axis=(1, 2)).tolist() == [4 * 6, 0]
    ops = {"self": 0, "neighbours": 0}
    for name, many in counted_trees.synaptic_ops.items():
        if name.startswith("x"):
            ops["self" if name.endswith("self") else "neighbours"] += many
    # payloads per row of ten runs: 15, each into 4 channels; 4 rows hear themselves, and 9 draws
    assert ops == {"self": 4 * 15 * 4, "neighbours": 9 * 15 * 4}
    found = of_trees(network, CONFIG.tree, LOIHI2, ran())
    operation = LOIHI2.energy["loihi2-measured"]["synaptic_op"].value
    own = (4 * 15 * 4 + 6 * 5) / NODES / 2  # of h2, one row hears itself in 5 channels
    heard = (9 * 15 * 4 + 3 * 6 * 5) / NODES / 2
    assert found.parts[OWN].typical == pytest.approx(own * operation)
    assert found.parts[NEIGHBOURS].typical == pytest.approx(heard * operation)
    assert found.parts[EDGES].typical == found.parts[RELAYS].typical == 0
    assert found.fanouts == (3, 2)
    features = 10 * 3 * 4 * LOIHI2.host["memory_byte"].value
    macs = 10 * 3 * LOIHI2.host["mac_fp32"].value
    assert found.parts[HOST + "features to payloads"].typical == pytest.approx(features + macs)


def test_trees_that_do_not_fit_or_whose_layers_did_not_run_are_not_told() -> None:
    network = CONFIG.network()
    assert of_trees(network, CONFIG.tree, with_limits(LOIHI2, neurons_per_core=0), ran()) is None
    wider = replace(CONFIG, hidden=(4, 6)).network()
    assert of_trees(wider, CONFIG.tree, LOIHI2, ran()) is None
    longer = replace(CONFIG, steps=3).network()
    assert of_trees(longer, CONFIG.tree, LOIHI2, ran()) is None
