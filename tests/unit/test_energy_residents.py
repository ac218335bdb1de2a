"""Energy of a graph whose nodes hear each other, against a count of every synapse by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from neurograph.chip.place import place
from neurograph.chip.placement import Placement
from neurograph.chip.profiles import load_profile
from neurograph.chip.residents.rewriting import changed_entries, rewritten_bytes
from neurograph.core.errors import NetworkError
from neurograph.cost.complexity import of_network
from neurograph.cost.energy import energy
from neurograph.cost.energy.resident_events import messages_between, resident_events
from neurograph.cost.host import work
from neurograph.ir import QNetwork, Schedule
from neurograph.runtime.engine import Chunk, IntegerArithmetic
from neurograph.runtime.record import EventCounts
from neurograph.runtime.reference import count_events, run
from neurograph.testing.builders import integer_chain
from neurograph.testing.chips import with_limits
from neurograph.testing.placement_checker import homes, hops_between, synapses
from neurograph.testing.records import event_counts
from neurograph.testing.resident_networks import random_payloads, random_resident

LOIHI2 = load_profile("loihi2")
chip = partial(with_limits, LOIHI2)
KINDS = ("message", "hop_east_west", "hop_north_south")


def counted(net: QNetwork, seed: int) -> tuple[EventCounts, dict[str, np.ndarray]]:
    """Events of a run, and what every neuron sends ``(nodes, updates, channels)``."""
    payloads = random_payloads(np.random.default_rng(seed), net)
    record = run(net, payloads, np.arange(net.nodes))
    chunk = Chunk(net, IntegerArithmetic(net), payloads, record.spikes)
    sent = {p.name: chunk.sent(p.name)[:, :, 0] for p in net.populations}
    sent |= {n: np.repeat(x[:, :, 0], net.latency, axis=1) for n, x in payloads.items()}
    return count_events(net, payloads, record), sent


def by_hand(net: QNetwork, placed: Placement, sent: dict[str, np.ndarray]) -> dict[str, Counter]:
    """Operations, messages and hops of every emission: kind -> (where, update) -> events."""
    home, found = homes(net, placed), {k: Counter() for k in ("synaptic_op", *KINDS)}
    columns = int(LOIHI2.limit("mesh_columns"))
    lag = net.wiring.lag
    for step in range(net.steps):
        joined: dict[tuple, list] = {}
        for name, source, target in synapses(net, range(net.nodes), step):
            joined.setdefault(source, []).append((name, target))
        for (u, layer, c), ends in joined.items():
            for update in np.flatnonzero(sent[layer][u, :, c]).tolist():
                heard = set()
                for name, target in ends:
                    arrival = update + lag[name]
                    if arrival < net.updates and arrival // net.latency == step:
                        found["synaptic_op"][name, arrival] += 1
                    if min(arrival // net.latency, net.steps - 1) == step:
                        heard.add((target[1], home[target]))
                for population, core in heard:
                    at = f"{layer} to {population}", update
                    found["message"][at] += 1
                    if (u, layer, c) in home:
                        east, north = hops_between(placed, columns, home[u, layer, c], core)
                        found["hop_east_west"][at] += east
                        found["hop_north_south"][at] += north
    return found


def by_snapshot(counted: Counter, where: str, net: QNetwork) -> list[float]:
    """Of one node."""
    total = np.zeros(net.steps)
    for (at, update), events in counted.items():
        if at == where:
            total[update // net.latency] += events
    return (total / net.nodes).tolist()


def graph(seed: int, *, latency: int = 1) -> QNetwork:
    return random_resident(np.random.default_rng(seed), nodes=14, latency=latency)


@pytest.mark.parametrize("latency", [1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_operations_messages_and_hops_are_those_of_every_synapse(seed: int, latency: int) -> None:
    rng = np.random.default_rng(seed)
    net = random_resident(rng, nodes=14, latency=latency, direct=False)
    size = sum(p.channels for p in net.populations)
    profile = chip(neurons_per_core=3 * size, cores_per_tile=1)
    counts, sent = counted(net, seed)
    placed = place(net, profile)
    assert placed.cores == 5
    wanted = by_hand(net, placed, sent)
    events = resident_events(net, placed, counts, (8, 4))
    seen: Counter = Counter()
    for e in events:
        if e.kind in wanted and not e.where.endswith("host"):
            assert e.per_snapshot == pytest.approx(by_snapshot(wanted[e.kind], e.where, net))
            seen[e.kind] += e.per_inference * net.nodes
    for kind, all_of in wanted.items():
        assert seen[kind] == pytest.approx(all_of.total()), kind
        assert all_of.total() > 0


@pytest.mark.parametrize(("seed", "latency"), [(0, 1), (2, 2), (3, 1), (5, 2)])
def test_messages_between_cores_are_those_that_nodes_sent(seed: int, latency: int) -> None:
    """Exactly so where all channels of a layer take the same way, as in these."""
    rng = np.random.default_rng(seed)
    net = random_resident(rng, nodes=14, latency=latency, direct=False)
    size = sum(p.channels for p in net.populations)
    counts, sent = counted(net, seed)
    placed = place(net, chip(neurons_per_core=3 * size))
    home, wanted = homes(net, placed), np.zeros((placed.cores, placed.cores))
    for step in range(net.steps):
        joined: dict[tuple, set] = {}
        for name, source, target in synapses(net, range(net.nodes), step):
            if source in home:
                heard = (net.wiring.lag[name], target[1], home[target])
                joined.setdefault(source, set()).add(heard)
        for (u, layer, c), ends in joined.items():
            for update in np.flatnonzero(sent[layer][u, :, c]).tolist():
                now = {
                    (population, core)
                    for lag, population, core in ends
                    if min((update + lag) // latency, net.steps - 1) == step
                }
                for _, core in now:
                    wanted[home[u, layer, c], core] += 1
    found = messages_between(net, placed, counts).toarray()
    assert found == pytest.approx(wanted / net.nodes)
    assert (wanted > 0).sum() > placed.cores, "one flow per core proves little"


def test_operations_over_edges_of_different_weights_are_all_counted() -> None:
    net = graph(1)
    counts, sent = counted(net, 1)
    placed = place(net, LOIHI2)
    wanted = by_hand(net, placed, sent)["synaptic_op"]
    for e in resident_events(net, placed, counts, (8, 4)):
        if e.kind == "synaptic_op":
            assert e.per_inference == pytest.approx(sum(by_snapshot(wanted, e.where, net)))


@pytest.mark.parametrize("seed", range(3))
def test_the_load_of_cores_is_all_that_happens_on_them(seed: int) -> None:
    """Of what is counted node by node, load and total say the same, on every core by hand."""
    net = graph(seed)
    size = sum(p.channels for p in net.populations)
    counts, sent = counted(net, seed)
    placed = place(net, chip(neurons_per_core=3 * size))
    home = homes(net, placed)
    for e in resident_events(net, placed, counts, (8, 4)):
        if e.load is None or e.where.endswith("host"):
            continue
        if e.kind == "message_in":  # the last ones arrive when the run is over
            early = e.load[: net.wiring.start[e.where.split()[0]] + net.updates]
            assert early.sum() <= e.load.sum() <= e.per_inference * net.nodes * (1 + 1e-9)
        elif e.kind != "message" or not e.where.startswith(("x ", "y ")):  # those have no core
            assert e.load.sum() == pytest.approx(e.per_inference * net.nodes)
        if e.kind == "spike":
            start, on_core = net.wiring.start[e.where], np.zeros(placed.cores)
            for (u, layer, c), core in home.items():
                if layer == e.where:
                    on_core[core] += np.count_nonzero(sent[layer][u, 0, c])
            assert e.load[start] == pytest.approx(on_core)


def test_nodes_in_pieces_cost_the_same_operations_and_updates() -> None:
    net = graph(1)
    counts, _ = counted(net, 1)
    whole, cut = (place(net, chip(neurons_per_core=n)) for n in (None, 3))
    assert len(cut.residents.node) > net.nodes
    for kind in ("synaptic_op", "update_active", "update_inactive", "spike"):
        one, other = (
            {e.where: e for e in resident_events(net, p, counts, (8, 4)) if e.kind == kind}
            for p in (whole, cut)
        )
        for where, e in one.items():
            assert other[where].per_snapshot == pytest.approx(e.per_snapshot)
            assert other[where].load.sum() == pytest.approx(e.load.sum())


def test_messages_of_nodes_in_pieces_are_those_of_every_synapse_where_all_send_alike() -> None:
    net = graph(2)
    sent = {
        x.name: np.ones((net.nodes, net.updates, x.channels), int)
        for x in (*net.streams, *net.populations)
    }
    counts = replace(
        counted(net, 2)[0],
        sent={n: x.sum(axis=0)[:, None] for n, x in sent.items()},
        sent_by_node={n: x.sum(axis=2).T for n, x in sent.items()},
    )
    placed = place(net, chip(neurons_per_core=3, cores_per_tile=1))
    wanted = by_hand(net, placed, sent)
    for e in resident_events(net, placed, counts, (8, 4)):
        if e.kind in KINDS and not e.where.endswith("host"):
            assert e.per_snapshot == pytest.approx(by_snapshot(wanted[e.kind], e.where, net))


def test_energy_is_of_one_node_and_per_snapshot() -> None:
    net = graph(3)
    counts, _ = counted(net, 3)
    placed = place(net, LOIHI2)
    estimate = energy(net, placed, LOIHI2, counts, work(net, None))
    ops = sum(counts.synaptic_ops.values()) / net.nodes
    rows = [r for r in estimate.rows if r.kind == "synaptic operation"]
    assert sum(r.events for r in rows) == pytest.approx(ops)
    dynamic = estimate.total("chip, dynamic")
    assert estimate.per_snapshot("chip, dynamic").typical == dynamic.typical / net.steps
    davies = [by["davies2018"].typical for by in estimate.snapshots]
    assert sum(davies) == pytest.approx(estimate.of_set("davies2018", "chip, dynamic").typical)
    (static,) = (r for r in estimate.rows if r.part == "chip, static")
    assert static.where == f"1/{net.nodes} of a chip"
    seconds = estimate.seconds["davies2018"].typical
    power = LOIHI2.static["power_per_chip"].value
    each = static.each["davies2018"].typical * static.events
    assert each == pytest.approx(power * seconds / net.nodes)
    assert f"a graph of {net.nodes} nodes on one Intel Loihi 2 chip" in estimate.label
    assert any("bytes of edges per node, between 3 snapshots" in x for x in estimate.not_counted)
    assert not any("neighbour draws" in x for x in estimate.not_counted)


def test_two_runs_cost_what_one_does() -> None:
    net = graph(3)
    counts, _ = counted(net, 3)
    placed = place(net, LOIHI2)
    one, two = (energy(net, placed, LOIHI2, c) for c in (counts, counts + counts))
    assert two.joules.typical == pytest.approx(one.joules.typical)
    assert two.seconds == pytest.approx(one.seconds) or all(
        two.seconds[n].typical == pytest.approx(one.seconds[n].typical) for n in one.seconds
    )


def test_events_of_another_kind_of_network_are_refused() -> None:
    net = graph(3)
    counts, _ = counted(net, 3)
    placed = place(net, LOIHI2)
    with pytest.raises(NetworkError, match="node by node; run again"):
        energy(net, placed, LOIHI2, replace(counts, sent_by_node={}))
    with pytest.raises(NetworkError, match="15 inferences; needed of all 14 nodes"):
        energy(net, placed, LOIHI2, replace(counts, inferences=15))
    tree = integer_chain(("x", 1, 1), ("h", 1, 3))
    seen = event_counts(tree, {"x": 1, "h": 0}, {"h": 1})
    with pytest.raises(NetworkError, match="placement of 14 nodes that hear each other"):
        energy(tree, placed, LOIHI2, seen)


def schedules(net: QNetwork) -> list[Schedule]:
    return [j.mix for j in net.projections if isinstance(j.mix, Schedule)]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_rewritten_are_the_entries_that_differ(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = random_resident(rng, nodes=9, steps=int(rng.integers(1, 6)))
    for mix in schedules(net):
        tables = [mix.at(t).toarray() for t in range(mix.steps)]
        differ = [np.count_nonzero(b != a) for a, b in pairwise(tables)]
        assert changed_entries(mix).tolist() == [0, *differ]


def test_what_changes_is_counted_once(monkeypatch) -> None:
    (mix, *_) = schedules(graph(0))
    first = changed_entries(mix)
    monkeypatch.setattr("neurograph.chip.residents.rewriting._changed_entries", lambda _: 1 / 0)
    assert changed_entries(mix) is first
    with pytest.raises(ZeroDivisionError):
        changed_entries(replace(mix))


def test_bytes_to_rewrite_follow_the_rule_of_the_profile() -> None:
    net = graph(0)
    changed = {
        j.name: changed_entries(j.mix) for j in net.projections if isinstance(j.mix, Schedule)
    }
    numbers = {j.name: np.count_nonzero(j.weight) for j in net.projections if j.name in changed}
    copied = sum(changed[n] * numbers[n] for n in changed)
    assert rewritten_bytes(net, LOIHI2).tolist() == copied.tolist()
    shared = rewritten_bytes(net, load_profile("loihi2-shared"))
    assert shared.tolist() == sum(changed.values()).tolist()
    assert copied.sum() > shared.sum() > 0


def test_a_graph_that_does_not_change_rewrites_nothing() -> None:
    net = graph(0)
    still = replace(
        net,
        projections=tuple(
            replace(j, mix=_kept(j.mix)) if isinstance(j.mix, Schedule) else j
            for j in net.projections
        ),
    )
    assert rewritten_bytes(still, LOIHI2).tolist() == [0] * net.steps
    assert "edges to synapses" not in {w.task for w in work(still, None)}
    (edges,) = (w for w in work(net, None) if w.task == "edges to synapses")
    assert edges.bytes > 0


def _kept(mix: Schedule) -> Schedule:
    """As it is in the first snapshot."""
    later = np.ones_like(mix.so_far.before)
    later[0] = 0
    before = mix.so_far.before[1] * later
    node = mix.so_far.owner
    first = mix.so_far.indices[mix.so_far.step == 0]
    counts = np.bincount(node[mix.so_far.step == 0], minlength=mix.nodes)
    pairs = replace(
        mix.so_far, indptr=np.concatenate([[0], np.cumsum(counts)]), indices=first, before=before
    )
    values = (np.repeat(getattr(mix, n)[:1], mix.steps, axis=0) for n in ("of_so_far", "of_self"))
    so_far, itself = values
    return Schedule(so_far=pairs, new=pairs, of_so_far=so_far, of_new=so_far * 0, of_self=itself)


def test_products_along_edges_are_counted_by_pairs() -> None:
    net = graph(1)
    counts, _ = counted(net, 1)
    found = {layer.name: layer for layer in of_network(net, counts).layers}
    pairs = {
        j.name: sum(np.count_nonzero(j.mix.at(t).toarray()) for t in range(net.steps))
        for j in net.projections
        if j.name == "r2>h2"
    }
    o = next(p.channels for p in net.populations if p.name == "h2")
    assert found["h2"].dense == pytest.approx(pairs["r2>h2"] * o / net.nodes)
    assert found["h2"].macs == pytest.approx(counts.synaptic_ops["r2>h2"] / net.nodes)
    assert found["h2"].acs == 0
    assert found["r2"].macs == 0  # spikes into a relay
