"""Networks whose nodes hear each other: both references, relays, and lines that matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import (
    AdaptiveLIF,
    Network,
    Population,
    Projection,
    QAdaptiveLIF,
    QNetwork,
    QPopulation,
    QProjection,
    QRelay,
    QStream,
    Readout,
    Relay,
    Schedule,
    Stream,
)
from neurograph.ir.passes.cut import cut, cut_payloads, first_snapshots
from neurograph.ir.passes.relays import Order, with_relays
from neurograph.ir.timing import in_time
from neurograph.models.schedules import meetings
from neurograph.runtime.engine import IntegerArithmetic
from neurograph.runtime.engine.alike import Alike
from neurograph.runtime.reference import count_events, plain, run, run_float, run_plain
from neurograph.testing import Mutation
from neurograph.testing.graphs import random_graph
from neurograph.testing.mutation import loaded
from neurograph.testing.records import assert_lively, assert_same_run
from neurograph.testing.resident_corners import resident_corners
from neurograph.testing.resident_networks import meetings_of
from neurograph.verify import compare

GRAPH, _ = random_graph(nodes=24, edges=60)
NODES, STEPS = GRAPH.num_nodes, GRAPH.num_steps
F, H, LAST = 5, 6, 4  # features, channels of the first layer and of the last
ONE = sp.csr_array(np.ones((1, 1), np.int16))


def schedule(rng: np.random.Generator) -> Schedule:
    so_far, new = meetings(GRAPH)
    entries = [rng.integers(0, most, (STEPS, NODES)).astype(np.int16) for most in (40, 30, 50)]
    return Schedule(
        so_far=so_far, new=new, of_so_far=entries[0], of_new=entries[1], of_self=entries[2]
    )


def weights(rng: np.random.Generator, channels: int, below: int) -> Array:
    return rng.integers(-40, 40, (channels, below)) * 2


def adaptive(threshold: int, step: int) -> QAdaptiveLIF:
    return QAdaptiveLIF(
        voltage_decay=4096,
        threshold=threshold,
        threshold_decay=1000,
        threshold_step=step,
        guard_bits=0,
    )


def network(seed: int, *, recurrent: bool, latency: int) -> QNetwork:
    """Two layers with relays before them; the last one hears its neighbours' last layer."""
    rng = np.random.default_rng(seed)
    mix = schedule(rng)

    def population(name: str, channels: int, neuron: QAdaptiveLIF | QRelay) -> QPopulation:
        bias = rng.integers(-9, 9, channels)
        return QPopulation(name=name, rows=1, channels=channels, neuron=neuron, bias_mant=bias)

    def within(source: str, target: str, weight: Array, **more: int) -> QProjection:
        name = f"{source}>{target}"
        return QProjection(name=name, source=source, target=target, mix=ONE, weight=weight, **more)

    def along(source: str, target: str, channels: int, exponent: int) -> QProjection:
        eye = np.eye(channels, dtype=int)
        return QProjection(
            name=f"{source}>{target}",
            source=source,
            target=target,
            mix=mix,
            weight=eye,
            exponent=exponent,
        )

    again = [within("h2", "r2", weights(rng, LAST, LAST))] if recurrent else []
    return QNetwork(
        streams=(QStream(name="x", rows=1, channels=F, bits=4),),
        populations=(
            population("r1", H, QRelay(threshold=40, limit=300)),
            population("h1", H, adaptive(2500, 700)),
            population("r2", LAST, QRelay(threshold=(1, 20, 3, 4), limit=(400, 60, 70, 100))),
            population("h2", LAST, adaptive(900, 300)),
        ),
        projections=(
            within("x", "r1", weights(rng, H, F)),
            along("r1", "h1", H, -3),
            within("x", "h1", weights(rng, H, F), delay=1, exponent=2),
            within("h1", "r2", weights(rng, LAST, H)),
            *again,
            along("r2", "h2", LAST, -2),
            within("h1", "h2", weights(rng, LAST, H), delay=1, exponent=1),
        ),
        readout=Readout(
            source="h2", weight=rng.normal(size=(3, STEPS * LAST)), bias=rng.normal(size=3)
        ),
        steps=STEPS,
        latency=latency,
    )


def payloads(seed: int) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    return {"x": rng.integers(-7, 8, (NODES, STEPS, 1, F)).astype(np.int8)}


CASES = {
    f"{'recurrent' if recurrent else 'layers'}, latency {latency}, seed {seed}": (
        network(seed, recurrent=recurrent, latency=latency),
        payloads(seed),
    )
    for recurrent in (False, True)
    for latency in (1, 2)
    for seed in (0, 1)
}
EVERYBODY = np.arange(NODES)
CORNERS = resident_corners()


@pytest.mark.parametrize("name", CASES)
def test_the_fast_reference_is_the_plain_one(name: str) -> None:
    of, inputs = CASES[name]
    record = run(of, inputs, EVERYBODY)
    assert_same_run(record, run_plain(of, inputs, EVERYBODY))
    assert set(record.spikes) == {"h1", "h2"}
    assert all(0.02 < spikes.mean() < 0.9 for spikes in record.spikes.values())
    assert record.logits.shape == (NODES, 3)


@pytest.mark.parametrize("name", CORNERS)
def test_the_fast_reference_is_the_plain_one_at_the_corners(name: str) -> None:
    want = run_plain(*CORNERS[name])
    assert_lively(want)
    assert_same_run(want, run(*CORNERS[name]))


@pytest.mark.parametrize("name", CASES)
def test_events_along_edges_are_those_of_the_edges_one_by_one(name: str) -> None:
    of, inputs = CASES[name]
    record = run(of, inputs, EVERYBODY)
    events = count_events(of, inputs, record)
    sent = relayed(of, inputs, record.spikes)
    for j in of.projections:
        if not isinstance(j.mix, Schedule):
            continue
        assert of.wiring.lag[j.name] == 0
        told = (sent[j.source] != 0).sum(axis=-1)  # (updates, nodes): channels that are sent
        heard = [(j.mix.at(k // of.latency).toarray() != 0) @ told[k] for k in range(of.updates)]
        assert events.synaptic_ops[j.name] == np.sum(heard)
        assert events.spikes[j.source] == np.count_nonzero(sent[j.source])


def relayed(
    of: QNetwork, inputs: Mapping[str, Array], spikes: Mapping[str, Array]
) -> dict[str, Array]:
    """What relays send ``(updates, nodes, channels)``, from the network's own definition."""
    emitted = {"x": np.repeat(inputs["x"], of.latency, axis=1), **spikes}
    found = {}
    for p in of.populations:
        if not isinstance(p.neuron, QRelay):
            continue
        total = np.zeros((of.updates, NODES, p.channels), np.int64) + p.bias
        for j in of.projections:
            if j.target == p.name:
                lag = of.wiring.lag[j.name]
                given = emitted[j.source][:, : of.updates - lag, 0].astype(np.int64)
                total[lag:] += (given @ j.weight.T.astype(np.int64)).transpose(1, 0, 2)
        limit = np.asarray(p.neuron.limit)
        cut = np.clip(total, -limit, limit)
        found[p.name] = np.where(np.abs(cut) > np.asarray(p.neuron.threshold), cut, 0)
    return found


MUTANTS = {
    "the snapshot before": Mutation("s = k // n._l", "s = max(k // n._l - 1, 0)"),
    "a snapshot per update": Mutation("s = k // n._l", "s = min(k, n.steps - 1)"),
    "the last snapshot": Mutation("s = k // n._l", "s = n.steps - 1"),
    "edges the other way": Mutation("p._m.at(s)", "p._m.at(s).T"),
    "a relay without limit": Mutation("p = np.clip(v, -L, L)", "p = v"),
    "a relay that sends at its threshold": Mutation("np.abs(p) > X", "np.abs(p) >= X"),
    "a relay that sends all": Mutation("np.abs(p) > X", "np.abs(p) >= 0"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_each_line_of_schedules_and_relays_matters(name: str) -> None:
    changed = loaded(plain, MUTANTS[name])
    assert not all(
        compare(changed.run_plain(*case, EVERYBODY), run(*case, EVERYBODY)).identical
        for case in CASES.values()
    )


def test_a_run_takes_all_nodes() -> None:
    of, inputs = CASES["layers, latency 1, seed 0"]
    some = {name: x[:10] for name, x in inputs.items()}
    with pytest.raises(NetworkError, match="a run over 10 nodes of a network whose 24 nodes hear"):
        run(of, some, EVERYBODY[:10])


def test_schedules_of_other_snapshots_are_refused() -> None:
    of, _ = CASES["layers, latency 1, seed 0"]
    with pytest.raises(NetworkError, match="a schedule of 24 nodes and 4 snapshots, needed 24"):
        QNetwork(
            streams=of.streams,
            populations=of.populations,
            projections=of.projections,
            readout=None,
            steps=STEPS + 1,
        )


# Relays between floats


def direct(rng: np.random.Generator, latency: int) -> Network:
    """A network along edges without relays, its last layer heard two updates late."""
    mix = schedule(rng)
    mean = mix.with_values(mix.of_so_far / 60, mix.of_new / 60, mix.of_self / 60)

    def joined(name: str, source: str, target: str, along: bool, size: tuple[int, int]):
        weight = rng.normal(0, 0.5, size)
        within = mean if along else ONE
        return Projection(name=name, source=source, target=target, mix=within, weight=weight)

    neuron = AdaptiveLIF(voltage_decay=1.0, threshold=1.0, threshold_decay=0.3, threshold_step=0.2)
    lagging = [
        (joined("x.self", "x", "h1", False, (H, F)), 0),
        (joined("x.edges", "x", "h1", True, (H, F)), 0),
        (joined("h1.self", "h1", "h2", False, (LAST, H)), 0),
        (joined("h1.edges", "h1", "h2", True, (LAST, H)), 0),
        (joined("h2.again", "h2", "h2", True, (LAST, LAST)), 2),
    ]
    return Network(
        streams=(Stream(name="x", rows=1, channels=F),),
        populations=tuple(
            Population(name=n, rows=1, channels=c, neuron=neuron)
            for n, c in (("h1", H), ("h2", LAST))
        ),
        projections=in_time(["x"], ["h1", "h2"], lagging),
        readout=Readout(source="h2", weight=np.ones((3, STEPS * LAST)), bias=np.zeros(3)),
        steps=STEPS,
        latency=latency,
    )


@pytest.mark.parametrize("latency", [1, 2])
@pytest.mark.parametrize("aggregated", [(), ("x.edges",), ("x.edges", "h1.edges")])
def test_relays_change_no_spike(aggregated: tuple[str, ...], latency: int) -> None:
    rng = np.random.default_rng(3)
    of = direct(rng, latency)
    first: dict[str, Order] = dict.fromkeys(aggregated, "aggregate")
    relayed = with_relays(of, first)
    inputs = {"x": rng.normal(0, 2, (NODES, STEPS, 1, F)).astype(np.float32)}
    want, got = run_float(of, inputs, EVERYBODY), run_float(relayed, inputs, EVERYBODY)
    for name, spikes in want.spikes.items():
        assert spikes.any()
        assert np.array_equal(spikes, got.spikes[name])
    assert [p.name for p in relayed.spiking] == ["h1", "h2"]
    assert all(relayed.wiring.lag[j.name] in (0, 2) for j in relayed.projections)
    assert with_relays(relayed).sha256 == relayed.sha256


def test_a_relay_is_shared_by_what_goes_along_the_same_edges() -> None:
    relayed = with_relays(direct(np.random.default_rng(3), 1))
    relays = [p.name for p in relayed.populations if isinstance(p.neuron, Relay)]
    assert relays == ["h1.relay", "h2.relay"]
    assert {j.source for j in relayed.projections if j.target == "h2.relay"} == {"h1", "h2"}


def test_what_would_arrive_before_it_was_sent_is_refused() -> None:
    of = direct(np.random.default_rng(3), 1)
    early = [(j, of.wiring.lag[j.name]) for j in of.projections if j.name != "h2.again"]
    again = next(j for j in of.projections if j.name == "h2.again")
    with pytest.raises(NetworkError, match=r"h2\.again: wanted 0 updates late, and it needs"):
        in_time(["x"], ["h1", "h2"], [*early, (again, 0)])


@pytest.mark.parametrize("latency", [1, 2])
def test_the_first_snapshots_spike_as_in_the_whole(latency: int) -> None:
    whole = network(3, recurrent=True, latency=latency)
    given = payloads(3)
    nodes = np.arange(NODES)
    every = run(whole, given, nodes)
    short = first_snapshots(whole, 2)
    assert isinstance(short, QNetwork)
    some = run(short, {name: x[:, :2] for name, x in given.items()}, nodes)
    for name, spikes in some.spikes.items():
        assert spikes.any()
        np.testing.assert_array_equal(spikes, every.spikes[name][:, : 2 * latency])


def test_a_network_cut_at_an_update_ends_in_its_states_there() -> None:
    whole = network(3, recurrent=True, latency=1)
    given = payloads(3)
    nodes = np.arange(NODES)
    short = cut(whole, 2)
    some = run(short, cut_payloads(whole, given, 2), nodes)
    every = run(whole, given, nodes)
    for name, spikes in some.spikes.items():
        np.testing.assert_array_equal(spikes, every.spikes[name][:, :2])
    with pytest.raises(NetworkError, match="cannot be cut between two of them"):
        cut(network(3, recurrent=True, latency=2), 1)


@pytest.mark.parametrize("runner", [run, run_plain])
def test_a_network_of_relays_alone_is_refused(runner) -> None:
    of, inputs = CASES["layers, latency 1, seed 0"]
    alone = replace(
        of,
        populations=of.populations[:1],
        projections=of.projections[:1],
        readout=None,
    )
    with pytest.raises(NetworkError, match=r"a run of relays alone \(r1\): none of them fires"):
        runner(alone, inputs, EVERYBODY)


# Nodes that go the same way


def few(rng: np.random.Generator, channels: int, below: int) -> Array:
    """Weights that an entry of an edge leaves room for."""
    return weights(rng, channels, below) // 4 * 2


def grown(seed: int, lag: int = 0) -> tuple[QNetwork, dict[str, Array]]:
    """A graph that grows, whose nodes are alike until they meet somebody; one way of some pairs."""
    rng = np.random.default_rng(seed)
    nodes, steps = 40, 5
    met = np.zeros((steps, nodes, nodes), bool)
    for step in range(steps):
        known = 6 * step  # nodes that have met somebody by then; the last ones never do
        met[step, :known, :known] = rng.random((known, known)) < 0.2
    met[:, np.arange(nodes), np.arange(nodes)] = False
    met[3, 2, 35] = True  # 35 is heard, and hears nobody
    first = met & (np.cumsum(met, axis=0) == 1)
    so_far, new = meetings_of(first), meetings_of(met)
    held = [rng.integers(0, 3, (steps, nodes)).astype(np.int16) for _ in range(2)]
    own = np.repeat(rng.integers(1, 3, (steps, 1)), nodes, axis=1).astype(np.int16)
    mix = Schedule(so_far=so_far, new=new, of_so_far=held[0], of_new=held[1], of_self=own)
    labels = mix.with_values(held[0], held[1], np.zeros_like(own))
    one = [
        QProjection(name="x", source="x", target="h1", mix=ONE, weight=weights(rng, H, F)),
        QProjection(name="x.edges", source="x", target="h1", mix=mix, weight=few(rng, H, F)),
        QProjection(name="y", source="y", target="h1", mix=labels, weight=few(rng, H, 3)),
        QProjection(name="h", source="h1", target="h2", mix=ONE, weight=weights(rng, LAST, H)),
        QProjection(
            name="late",
            source="h1",
            target="h2",
            mix=mix,
            weight=few(rng, LAST, H),
            delay=lag,
        ),
    ]
    bias = np.zeros(H, int), np.zeros(LAST, int)
    network = QNetwork(
        streams=(
            QStream(name="x", rows=1, channels=F, bits=4),
            QStream(name="y", rows=1, channels=3, bits=1),
        ),
        populations=(
            QPopulation(name="h1", rows=1, channels=H, neuron=adaptive(900, 70), bias_mant=bias[0]),
            QPopulation(
                name="h2", rows=1, channels=LAST, neuron=adaptive(900, 70), bias_mant=bias[1]
            ),
        ),
        projections=tuple(one),
        readout=None,
        steps=steps,
        latency=2,
    )
    x = np.repeat(rng.integers(-7, 8, (1, steps, 1, F)), nodes, axis=0).astype(np.int8)
    x[:12] = rng.integers(-7, 8, (12, steps, 1, F))
    y = (rng.random((nodes, 1, 1, 3)) < 0.4).repeat(steps, axis=1).astype(np.int8)
    return network, {"x": x, "y": y}


@pytest.mark.parametrize("lag", [0, 1, 3])
@pytest.mark.parametrize("seed", [0, 1])
def test_nodes_that_are_alike_are_computed_once(seed: int, lag: int) -> None:
    of, inputs = grown(seed, lag)
    alike = Alike.of(of, inputs)
    # row 0, the 12 with features of their own, those who met somebody, and whoever is heard
    assert alike.counts == [13, 13, 13, 20, 26]
    assert alike.first[35] == 3
    assert_same_run(run(of, inputs, np.arange(40)), run_plain(of, inputs, np.arange(40)))


def test_a_node_is_set_apart_by_its_inputs_and_its_entries() -> None:
    of, inputs = grown(0)
    inputs["x"][38, 2] += 1
    assert Alike.of(of, inputs).first[38] == 2
    inputs["y"][39] = 1 - inputs["y"][39]  # only its neighbours hear it, and it has none
    assert Alike.of(of, inputs).first[39] == 5
    nodes = np.arange(40)
    assert_same_run(run(of, inputs, nodes), run_plain(of, inputs, nodes))
    mix = of.projections[1].mix
    assert isinstance(mix, Schedule)
    own = mix.of_self.copy()
    own[1, 37] += 1
    changed = mix.with_values(mix.of_so_far, mix.of_new, own)
    edges = [replace(j, mix=changed) if j.name == "x.edges" else j for j in of.projections]
    other = replace(of, projections=tuple(edges))
    assert Alike.of(other, inputs).first[37] == 1
    assert_same_run(run(other, inputs, nodes), run_plain(other, inputs, nodes))


@pytest.mark.parametrize("block", [16, 1 << 17])
def test_blocks_of_rows_do_not_show(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurograph.runtime.engine.whole._BLOCK", block)
    monkeypatch.setattr("neurograph.runtime.engine.whole._NODES", block)
    of, inputs = grown(2, 1)
    assert_same_run(run(of, inputs, np.arange(40)), run_plain(of, inputs, np.arange(40)))


def twins(weight: int, exponent: int, *, wide: int = 1 << 8) -> tuple[QNetwork, dict[str, Array]]:
    """A layer of a graph that hears one stream by two projections of the same shift."""
    of, _ = grown(0)
    given = {"source": "x", "target": "h1", "mix": ONE, "exponent": exponent}
    signed = np.full((2, wide), weight)
    neuron = adaptive((1 << 23) - 1, 0)
    network = replace(
        of,
        streams=(QStream(name="x", rows=1, channels=wide, bits=8),),
        populations=(
            QPopulation(name="h1", rows=1, channels=2, neuron=neuron, bias_mant=np.zeros(2, int)),
        ),
        projections=(
            QProjection(name="x+", weight=signed, **given),
            QProjection(name="x-", weight=-(signed // 4 * 2), **given),
            replace(of.projections[1], weight=np.zeros((2, wide), int)),
        ),
    )
    x = np.full((40, 5, 1, wide), 127, np.int8)
    x[:12] = np.random.default_rng(0).integers(-127, 128, (12, 5, 1, wide))
    return network, {"x": x}


@pytest.mark.parametrize("exponent", [-3, 0, 1])
def test_projections_of_one_shift_are_added_as_one(exponent: int) -> None:
    of, inputs = twins(254, exponent)
    assert IntegerArithmetic(of).joined(("x+", "x-")).weight.dtype == np.float32
    assert_same_run(run(of, inputs, np.arange(40)), run_plain(of, inputs, np.arange(40)))


def test_joined_sums_that_floats_of_32_bits_do_not_hold_are_of_64() -> None:
    """Each of the two alone is within 2^24, both together are not."""
    of, inputs = twins(254, 0, wide=516)
    arithmetic = IntegerArithmetic(of)
    each = [arithmetic.synapses(name).weight.dtype for name in ("x+", "x-")]
    assert each == [np.float32, np.float32]
    assert arithmetic.joined(("x+", "x-")).weight.dtype == np.float64
    assert_same_run(run(of, inputs, np.arange(40)), run_plain(of, inputs, np.arange(40)))
