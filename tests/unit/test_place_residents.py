"""A graph on cores is legal or refused, as a checker sees it that writes every synapse out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from neurograph.chip.check import check
from neurograph.chip.place import METHODS, place
from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.profiles import load_profile
from neurograph.core.errors import DoesNotFitError, NetworkError
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.edges import import_edges
from neurograph.ir import LIF, QNetwork, QPopulation, QProjection, QRelay, QStream, Schedule
from neurograph.models.resident_network import resident_network
from neurograph.models.schedules import mean_schedule
from neurograph.models.tree_network import LayerNumbers, Numbers
from neurograph.testing.builders import PLAIN_LIF
from neurograph.testing.chips import in_bits, with_limits
from neurograph.testing.graphs import random_graph
from neurograph.testing.placement_checker import illegal
from neurograph.testing.resident_networks import ONE, meetings_of, random_resident
from neurograph.workflow.store import load, save

chip = partial(with_limits, in_bits(load_profile("loihi2")))


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


@settings(max_examples=25, deadline=None, derandomize=True)
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


def rings(nodes: int, steps: int = 2, wide: int = 4) -> QNetwork:
    """Rings of four nodes that hear each other, numbered round the rings."""
    number = np.arange(nodes)
    many = nodes // 4
    met = np.zeros((steps, nodes, nodes), bool)
    for step in (many, 3 * many):
        met[:, number, (number + step) % nodes] = True
    lists = meetings_of(met[:1]), meetings_of(met)
    so_far = replace(lists[0], before=np.concatenate([lists[0].before, lists[0].before[-1:]]))
    ones = np.ones((steps, nodes), np.int16)
    mix = Schedule(so_far=so_far, new=lists[1], of_so_far=ones * 9, of_new=ones, of_self=ones * 3)
    return relayed(mix, wide)


def relayed(mix: Schedule, wide: int) -> QNetwork:
    """A relay and a layer of so many channels, which hears the relays by the schedule."""
    bias, eye = np.zeros(wide, int), np.eye(wide, dtype=int)
    return QNetwork(
        streams=(QStream(name="x", rows=1, channels=wide, bits=4),),
        populations=(
            QPopulation(name="r", rows=1, channels=wide, neuron=QRelay(), bias_mant=bias),
            QPopulation(name="h", rows=1, channels=wide, neuron=PLAIN_LIF, bias_mant=bias),
        ),
        projections=(
            QProjection(name="x>r", source="x", target="r", mix=ONE, weight=eye + 2),
            QProjection(name="r>h", source="r", target="h", mix=mix, weight=eye),
        ),
        readout=None,
        steps=mix.steps,
    )


def test_those_that_hear_each_other_share_a_core_where_it_is_partitioned() -> None:
    net, profile = rings(64), chip(neurons_per_core=32)
    placed, simple = (place(net, profile, method=m) for m in ("annealed", "sequential"))
    assert placed.cores == simple.cores == 16
    assert placed.inferences == 64
    best, in_order, other = placed.residents.orders
    assert (best.name, best.messages, best.hops) == ("partitioned", 0, 0)
    assert in_order == simple.residents.orders[0]
    # each of 4 channels goes to the two cores of the node's neighbours, in every snapshot
    assert (in_order.name, in_order.messages) == ("in order", 8)
    assert in_order.hops > 0
    assert other.messages is None


def test_memory_is_told_by_either_rule() -> None:
    net = rings(64)
    weights, pairs, bits = 16, 3, 8  # a node's, its entries with its own, of a number
    own, each = pairs * 64 * bits, weights * bits
    for shared in (False, True):
        profile = replace(chip(neurons_per_core=32), shared_synapses=shared)
        placed = place(net, profile)
        told = {o.synapses: o.synapse_bits for o in placed.residents.orders}
        assert told == {"copied": 64 * each + 4 * own, "shared": 16 * each + own}
        assert sum(u.synapse_bits for u in placed.uses) == told["shared" if shared else "copied"]


def test_shared_weights_leave_room_for_more_nodes() -> None:
    net = rings(64)
    copied = chip(synapse_bits_per_core=8 * (16 + 3 * 4))
    shared = replace(copied, shared_synapses=True)
    assert place(net, copied).cores == 64
    assert place(net, shared).cores == 16  # 16 weights, and 3 entries of each of 4 nodes
    one = {o.synapses: o.cores for o in place(net, copied).residents.orders}
    assert one == {"copied": 64, "shared": 16}


def star(leaves: int) -> Schedule:
    """A hub that hears all others, each of which hears the hub."""
    met = np.zeros((1, leaves + 1, leaves + 1), bool)
    met[0, 0, 1:] = met[0, 1:, 0] = True
    lists, ones = meetings_of(met), np.ones((1, leaves + 1), np.int16)
    return Schedule(so_far=lists, new=lists, of_so_far=ones, of_new=ones, of_self=ones * 0)


def fans(degrees: Sequence[int]) -> Schedule:
    """A hub for each of these numbers, which hears so many of the others."""
    hubs = len(degrees)
    nodes = hubs + max(degrees)
    met = np.zeros((1, nodes, nodes), bool)
    for hub, degree in enumerate(degrees):
        met[0, hub, hubs : hubs + degree] = True
    lists, ones = meetings_of(met), np.ones((1, nodes), np.int16)
    return Schedule(so_far=lists, new=lists, of_so_far=ones, of_new=ones, of_self=ones * 0)


def test_a_hub_that_no_core_holds_is_cut_and_the_others_are_not() -> None:
    net = relayed(star(40), 4)
    profile = chip(synapse_bits_per_core=8 * 100)
    placed = place(net, profile)
    assert illegal(net, profile, placed) == []
    pieces = placed.residents
    assert np.bincount(pieces.node).tolist() == [2, *[1] * 40]  # 16 + 4 * 40 synapses
    assert len(np.unique(pieces.core[pieces.node == 0])) == 2
    assert not np.isin(pieces.core[pieces.node > 0], pieces.core[pieces.node == 0]).any()


def test_nodes_are_cut_for_all_alike_where_cores_then_are_fuller() -> None:
    """One node of 8 neurons on a core of 15, or thirds of five."""
    net, profile = rings(32), chip(neurons_per_core=15)
    placed = place(net, profile)
    assert illegal(net, profile, placed) == []
    assert placed.cores == 3 * 7


def test_large_nodes_are_cut_at_few_different_places() -> None:
    """Hubs of all sizes: as every pair of sections that hear each other is looked at."""
    net = relayed(fans(range(60, 120)), 16)
    profile = chip(synapse_bits_per_core=8 * 1000)
    placed = place(net, profile)
    assert illegal(net, profile, placed) == []
    pieces = placed.residents
    cut = np.bincount(pieces.node)
    assert (cut > 1).sum() == 60
    assert len({(a, b) for a, b in zip(pieces.start, pieces.stop, strict=True)}) <= 1 + 2 + 3 + 4


def test_weights_that_no_core_holds_are_cut_for_all_nodes_alike() -> None:
    """Shared weights of half a node, and many nodes on each core."""
    net = rings(64, wide=8)  # 64 weights and 3 entries of each node
    profile = replace(chip(synapse_bits_per_core=8 * 56), shared_synapses=True)
    placed = place(net, profile)
    assert illegal(net, profile, placed) == []
    pieces = placed.residents
    assert np.bincount(pieces.node).tolist() == [2] * 64
    assert len({(a, b) for a, b in zip(pieces.start, pieces.stop, strict=True)}) == 2
    assert placed.cores < 64


@pytest.mark.parametrize(
    ("limits", "match"),
    [
        ({"synapse_bits_per_core": 8 * 39}, r"h of node 0: a neuron's input needs 320 bit"),
        ({"axons_in_per_core": 39}, r"h of node 0: a neuron's input needs 40 of a core's input"),
        (
            {
                "cores_per_chip": 2,
                "chips_per_system": 1,
                "neurons_per_core": 9,
                "cores_per_tile": 1,
            },
            r"a graph of 41 nodes needs 328 neurons, limit 18; .* at most 2 of its nodes",
        ),
        (
            {
                "cores_per_chip": 40,
                "chips_per_system": 1,
                "neurons_per_core": 9,  # a node of 8, in one piece or in several, and no room left
                "cores_per_tile": 2,
            },
            r"a graph of 41 nodes needs 41 cores, limit 40; .* its first 40 nodes fit",
        ),
        (
            {"axons_out_per_core": 30, "neurons_per_core": 8},
            r"core \d+: output needs 40 of a core's output axons, limit 30",
        ),
    ],
)
def test_a_graph_that_cannot_be_held_is_refused(limits: dict[str, float], match: str) -> None:
    profile = chip(**limits)
    with pytest.raises(DoesNotFitError, match=match):
        place(relayed(star(40), 4), profile)


def test_too_much_memory_says_how_many_nodes_it_is_enough_for() -> None:
    """A leaf has 16 weights and 4 synapses along its edge: 160 bits."""
    profile = chip(cores_per_chip=2, chips_per_system=1, synapse_bits_per_core=2000)
    with pytest.raises(DoesNotFitError, match=r"memory, limit 4,000; .* at most 25 of its nodes"):
        place(relayed(star(40), 4), profile)


def test_a_graph_is_placed_once() -> None:
    with pytest.raises(NetworkError, match="2 replicas of a graph; its nodes are placed once"):
        place(rings(8), chip(), replicas=2)


def test_the_same_seed_places_alike() -> None:
    net = random_resident(np.random.default_rng(5), nodes=40)
    profile = chip(neurons_per_core=40)
    first, again = (place(net, profile, seed=3).residents for _ in range(2))
    assert np.array_equal(first.core, again.core)
    assert first.orders == again.orders


def test_floats_are_placed_with_the_relays_that_they_need() -> None:
    graph, _ = random_graph(nodes=24, edges=60)
    numbers = Numbers(
        layers=(
            LayerNumbers(
                self_weight=np.ones((6, 5)),
                neighbour_weight=np.ones((6, 5)),
                bias=np.zeros(6),
                neuron=LIF(voltage_decay=0.5, threshold=1.0),
            ),
        ),
        readout=np.ones((3, 6 * graph.num_steps)),
        readout_bias=np.zeros(3),
        extra={},
    )
    net = resident_network(numbers, mean_schedule(graph, 0.4), steps=graph.num_steps)
    assert [u.neurons for u in place(net, chip()).uses] == [24 * 12]
    (broken,) = (v for v in check(net, load_profile("loihi1")) if "Relay" in v.unit)
    assert "hear labels alone, over synapses without relays" in broken.remedy


def test_a_placed_graph_is_stored(tmp_path: Path) -> None:
    placed = place(rings(16), chip(neurons_per_core=24))
    save(placed, tmp_path / "placed.h5")
    again = load(Placement, tmp_path / "placed.h5")
    assert again.uses == placed.uses
    assert again.residents.orders == placed.residents.orders
    assert all(
        np.array_equal(getattr(again.residents, n), getattr(placed.residents, n))
        for n in ("node", "start", "stop", "core")
    )


def test_dblp_takes_as_few_cores_as_its_neurons_and_half_the_messages(data_dir: Path) -> None:
    graph = import_edges(data_dir / "dblp" / "dblp.npz", name="dblp")
    profile = in_bits(load_profile("loihi2-shared"))
    profile = with_limits(profile, axons_in_per_core=None, neurons_per_core=8192)
    net = relayed_mean(graph, 128)
    placed = place(net, profile)
    nodes_per_core = int(profile.limit("neurons_per_core")) // (2 * 128)
    assert placed.cores == -(-graph.num_nodes // nodes_per_core)
    best, in_order, copied = placed.residents.orders
    assert (best.name, copied.synapses) == ("partitioned", "copied")
    assert best.messages < 0.6 * in_order.messages
    assert best.hops < 0.4 * in_order.hops
    assert copied.cores > 2 * placed.cores


def relayed_mean(graph: TemporalGraph, wide: int) -> QNetwork:
    """`relayed` along the edges of a graph, whose entries are halved with every degree doubled."""
    mean = mean_schedule(graph, 0.4)
    values = (np.rint(100 * getattr(mean, n)).astype(np.int16) + 1 for n in ENTRIES)
    net = relayed(mean.with_values(*values), wide)
    weight = np.ones((wide, wide), int)
    within, along = net.projections
    return replace(net, projections=(replace(within, weight=weight), along))


ENTRIES = ("of_so_far", "of_new", "of_self")
