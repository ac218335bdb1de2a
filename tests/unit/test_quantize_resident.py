"""Networks whose nodes hear each other, in integers: edges in pieces, relays, what is left out."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from neurograph.core.errors import NetworkError
from neurograph.graphs.sets.synthetic import synth
from neurograph.ir import (
    LIF,
    AdaptiveLIF,
    Cause,
    Meetings,
    Projection,
    QRelay,
    Schedule,
    Scheme,
    WeightGrid,
)
from neurograph.ir.passes.relays import with_relays
from neurograph.ir.rounding import (
    check_ranges,
    entry_exponents,
    pieces_of,
    round_network,
    round_projection,
    rounded_entries,
)
from neurograph.models.resident_network import resident_network
from neurograph.models.schedules import label_schedules, mean_schedule
from neurograph.models.tree_network import LayerNumbers, Numbers
from neurograph.quantization import choose_scheme, quantize
from neurograph.quantization.calibration import Calibration, run_floats
from neurograph.quantization.comparator import SpikeComparator
from neurograph.quantization.neighbourhood import Neighbourhood
from neurograph.quantization.report import quantisation_report
from neurograph.quantization.site import relays_along
from neurograph.runtime.reference import run, run_float, run_plain
from neurograph.testing.chips import bare_chip

STEPS, WIDE, HIDDEN, OUT = 5, 12, 16, 5
profile = partial(bare_chip, weight_bits=8, payload_bits=24)
ALIF = AdaptiveLIF(voltage_decay=1.0, threshold=1.0, threshold_decay=0.3, threshold_step=0.2)
STOCK = LIF(voltage_decay=0.5, threshold=1.0)
GRAPH = synth(nodes=40, classes=6, steps=STEPS, seed=3)


def network(
    graph=GRAPH, *, neuron=ALIF, features=WIDE, labels=False, hops=0, afar=0, again=False, seed=0
):
    """Random weights, and its inputs: a network that hears what is asked for."""
    rng = np.random.default_rng(seed)
    classes, nodes, steps = graph.num_classes, graph.num_nodes, graph.num_steps

    def normal(out, wide, gain=1.5):
        return rng.normal(0, gain / np.sqrt(max(wide, 1)), (out, wide))

    def layer(wide, out):
        return LayerNumbers(
            self_weight=normal(out, wide),
            neighbour_weight=normal(out, wide, 2.5),
            bias=rng.normal(0, 0.05, out),
            neuron=neuron,
        )

    seen = rng.random(nodes) < 0.5
    extra = {"labels": normal(HIDDEN, (3 + hops) * classes, 3.0)} if labels else {}
    extra |= {"features": normal(HIDDEN, features, 2.5)} if afar else {}
    extra |= {"recurrence": normal(OUT, OUT)} if again else {}
    numbers = Numbers(
        layers=(layer(0 if afar else features, HIDDEN), layer(HIDDEN, OUT)),
        readout=rng.normal(size=(classes, steps * OUT)),
        readout_bias=np.zeros(classes),
        extra=extra,
    )
    net = resident_network(
        numbers,
        mean_schedule(graph, 0.4),
        steps=steps,
        feature_hops=afar,
        labels=label_schedules(graph, seen) if labels else None,
    )
    inputs = {"x": rng.normal(size=(nodes, steps, 1, features)).astype(np.float32)}
    if labels:
        inputs["y"] = np.zeros((nodes, steps, 1, classes), np.float32)
        inputs["y"][np.flatnonzero(seen), :, 0, graph.labels[seen]] = 1
    return net, {name: x for name, x in inputs.items() if x.shape[3]}


def differ(net, quantized, inputs):
    """Share of spikes, per population, in which the integers are not the floats."""
    nodes = np.arange(net.nodes)
    floats = run_float(net, inputs, nodes)
    integers = run(quantized, quantized.encode(inputs), nodes)
    return {n: np.mean(s != integers.spikes[n]) for n, s in floats.spikes.items()}


def star(leaves, steps=3):
    """A hub that all others meet, each in some snapshot; one node meets nobody."""
    nodes = leaves + 2
    when = np.arange(leaves) % steps
    first = np.argsort(when, kind="stable")
    hub_before = np.concatenate([[0], np.cumsum(np.bincount(when, minlength=steps))])
    indptr = np.concatenate([[0, leaves], leaves + 1 + np.arange(leaves), [2 * leaves]])
    before = np.zeros((steps + 1, nodes), np.int32)
    before[:, 0] = hub_before
    before[1:, 1:-1] = np.arange(steps)[:, None] >= when[None]
    pairs = Meetings(
        indptr=indptr, indices=np.concatenate([1 + first, np.zeros(leaves, int)]), before=before
    )
    of_so_far = 0.4 / (1.0 + before[1:])
    of_new = 0.6 / (1.0 + np.diff(before, axis=0))
    return Schedule(
        so_far=pairs, new=pairs, of_so_far=of_so_far, of_new=of_new, of_self=of_so_far + of_new
    )


CASES = {
    "features": {},
    "labels": {"features": 0, "labels": True},
    "labels of two hops": {"features": 0, "labels": True, "hops": 2},
    "features from afar": {"afar": 2},
    "everything": {"labels": True, "hops": 1, "again": True},
    "everything from afar": {"labels": True, "hops": 1, "afar": 1, "again": True},
    "the fixed neuron": {"neuron": STOCK, "labels": True},
}


@pytest.mark.parametrize("case", CASES)
def test_integers_are_close_to_floats_and_plain_says_the_same(case):
    net, inputs = network(**CASES[case])
    quantized = quantize(net, profile(), inputs)
    check_ranges(quantized)
    shares = differ(net, quantized, inputs)
    assert max(shares.values()) < 0.03, shares
    payloads, nodes = quantized.encode(inputs), np.arange(net.nodes)
    fast, slow = run(quantized, payloads, nodes), run_plain(quantized, payloads, nodes)
    assert all(np.array_equal(s, slow.spikes[name]) for name, s in fast.spikes.items())
    report = quantisation_report(net, quantized)
    assert {w.name for w in report.weights} >= {j.name for j in net.projections}
    assert [layer.name for layer in report.layers] == ["h1", "h2"]


@pytest.mark.parametrize("nodes", [[0], [3, 7, 20]])
@pytest.mark.parametrize("latency", [1, 3])
def test_a_neighbourhood_hears_what_its_rows_hear_in_the_whole_graph(nodes, latency):
    mean = mean_schedule(GRAPH, 0.4)
    around = Neighbourhood.of(np.array(nodes), [mean])
    small = around.schedule(mean, latency)
    for update in range(small.steps):
        whole = mean.at(update // latency).toarray()
        wanted = np.zeros(small.shape)
        wanted[around.rows] = whole[np.ix_(nodes, around.nodes)]
        assert np.allclose(small.at(update).toarray(), wanted)
        assert np.isclose(wanted.sum(), whole[nodes].sum())


@pytest.mark.parametrize("leaves", [3, 40, 600])
def test_every_entry_keeps_at_least_four_bits_whatever_the_degree(leaves):
    mean = star(leaves)
    coarse, fine = entry_exponents(mean, 254.0, 8)
    exponents = (coarse, *fine)
    pieces = list(rounded_entries(mean, 254.0, 8, exponents))
    assert all(p.largest <= 255 for p in pieces)
    for t in range(mean.steps):
        wanted = mean.at(t).toarray()
        held = sum(p.at(t).toarray() * 2.0**e for p, e in zip(pieces, exponents, strict=True))
        assert np.all(np.abs(held / 254 - wanted) <= wanted / 31)
        assert np.array_equal(held > 0, wanted > 0)  # those of a hub, too


def test_a_pair_of_both_kinds_fits_in_one_synapse():
    mean = star(1)
    pieces = list(rounded_entries(mean, 254 / mean.largest, 8, (0,)))
    assert pieces[0].largest <= 255
    crowded = mean.with_values(mean.of_so_far * 0 + 0.06, mean.of_new * 0 + 0.06, mean.of_self)
    coarse, fine = entry_exponents(crowded, 254.0, 8)
    assert all(p.largest <= 255 for p in rounded_entries(crowded, 254.0, 8, (coarse, *fine)))


def test_a_hub_and_a_lonely_node_are_heard_alike():
    """The mean over 600 neighbours that all send the same is what one of them sends."""
    mean = star(600)
    link = Projection(name="j", source="x", target="h", mix=mean, weight=np.eye(1))
    coarse, fine = entry_exponents(mean, 254.0, 8)
    held = round_projection(link, WeightGrid(bits=8, exponent=coarse, fine=fine), np.array([254.0]))
    # no entry is where the third to sixth finer pieces would be
    assert [j.name for j in held.pieces] == ["j", "j.fine", "j.fine2", "j.fine7", "j.fine8"]
    sums = sum(j.mix.at(2).sum(axis=1) * 2.0**j.exponent for j in held.pieces) / 254
    assert np.allclose(sums, 1.0, atol=0.004)  # an entry keeps 7 bits, the last piece aside


def test_counts_of_labels_are_exact_and_limited():
    net, inputs = network(features=0, labels=True)
    quantized = quantize(net, profile(), inputs)
    relay = next(p for p in quantized.populations if p.name == "labels")
    assert isinstance(relay.neuron, QRelay)
    assert relay.neuron.limit == round(4.0 * relay.scale)
    assert relay.neuron.threshold == 0
    for kind in ("so_far", "new"):
        (count,) = pieces_of(quantized.projections, f"y->labels.{kind}")
        assert isinstance(count.mix, Schedule)
        assert set(np.unique(count.mix.of_so_far)) <= {0, 1}
        one = 2.0**count.exponent * count.weight.max()
        assert one == 0.5 * relay.scale == int(one)  # a neighbour is a whole number of units


def test_nothing_is_chosen_by_nodes_that_do_not_judge():
    """Payloads of nodes that no judge hears, and spikes of theirs, change no scale."""
    lonely = star(6)
    net, inputs = network(features=4)
    net = replace(
        net,
        steps=3,
        projections=tuple(
            replace(j, mix=lonely) if isinstance(j.mix, Schedule) else j for j in net.projections
        ),
        readout=replace(net.readout, weight=net.readout.weight[:, : 3 * OUT]),
    )
    x = inputs["x"][: lonely.nodes, :3]
    other = x.copy()
    x[-1] *= 0.5  # it meets nobody, and the largest magnitude is elsewhere
    other[-1] *= 0.4
    judges = np.arange(lonely.nodes - 1)
    first, second = (
        choose_scheme(net, profile(), {"x": given}, judges=judges)[0] for given in (x, other)
    )
    assert first == second


def test_the_comparator_counts_what_a_whole_run_changes():
    net, inputs = network(seed=2)
    scheme, _ = choose_scheme(net, profile(), inputs, weight_bits=4)
    quantized = round_network(net, scheme)
    relayed = with_relays(net, scheme.first)
    measured = Calibration(
        network=relayed,
        inputs=inputs,
        activity=run_floats(net, inputs),
        streams=scheme.streams,
    )
    relays = {r.name for r in relays_along(relayed, "h2")}
    held = [p for p in quantized.populations if p.name in relays]
    # h2 alone, on the spikes of the floats: a network whose h1 is a stream
    into = [j for j in measured.extended.projections if j.target in {"h2", *relays}]
    pieces = {j.name: pieces_of(quantized.projections, j.name) for j in into}
    h2 = next(p for p in quantized.populations if p.name == "h2")
    found = SpikeComparator(measured, "h2").changed(h2, pieces, held)
    assert 0 < found.sum() < 0.2 * measured.activity.spikes["h2"].size


def test_a_relay_leaves_out_what_hardly_changes_a_spike():
    net, inputs = network(again=True)
    quantized = quantize(net, profile(), inputs)
    relay = next(p for p in quantized.populations if p.name == "h2.relay")
    choice = next(c for c in quantized.choices if (c.where, c.what) == ("h2.relay", "cut"))
    assert f"up to {max(np.atleast_1d(relay.neuron.theta))} of" in choice.value
    without = replace(
        quantized,
        populations=tuple(
            replace(p, neuron=replace(p.neuron, threshold=0)) if p is relay else p
            for p in quantized.populations
        ),
    )
    nodes, payloads = np.arange(net.nodes), quantized.encode(inputs)
    cut, whole = (run(q, payloads, nodes).spikes["h2"] for q in (quantized, without))
    assert np.mean(cut != whole) < 0.01


def test_payloads_are_as_wide_as_the_chip_holds_at_most():
    net, inputs = network()
    narrow = quantize(net, profile(payload_bits=10), inputs)
    relays = [p.neuron for p in narrow.populations if isinstance(p.neuron, QRelay)]
    assert relays
    assert all(r.payload_max < 1 << 9 for r in relays)


def test_the_cheaper_order_is_taken_and_told():
    net, inputs = network()
    quantized = quantize(net, profile(), inputs)
    told = {c.where: c.value for c in quantized.choices if c.what == "first"}
    assert told == {"x->h1.neighbours": "aggregate", "h1->h2.neighbours": "transform"}
    assert {p.name for p in quantized.populations} == {"h1", "h2", "h1.heard", "h2.relay"}


def test_a_scheme_is_stored_and_followed():
    net, inputs = network(labels=True, again=True)
    quantized = quantize(net, profile(), inputs)
    scheme, _ = choose_scheme(net, profile(), inputs)
    again = Scheme.from_dict(json.loads(json.dumps(scheme.to_dict())))
    assert again == scheme
    assert quantize(net, profile(), inputs, scheme=again).sha256 == quantized.sha256
    old = {
        **scheme.to_dict(),
        "projections": {
            "x->h1": {"bits": 8, "exponent": 1, "split": False, "cut": None, "large": 0}
        },
    }
    assert Scheme.from_dict(old).projections["x->h1"].fine == ()


def test_what_edges_cost_is_told():
    net, inputs = network()
    quantized = quantize(net, profile(), inputs)
    errors = {(e.where, e.cause): e for e in quantized.errors}
    edges = next(j.name for j in quantized.projections if j.name.endswith(".edges"))
    zeroed = errors[edges, Cause.WEIGHTS_ZEROED]
    assert (zeroed.amount, zeroed.unit) == (0, "entries")
    assert zeroed.total > 0
    assert 0 < errors[edges, Cause.WEIGHTS_ROUNDED].amount < 0.02


def test_a_degree_beyond_all_exponents_is_refused():
    net, inputs = network(features=4)
    vast = mean_schedule(GRAPH, 0.4)
    tiny = vast.with_values(vast.of_so_far * 1e-9, vast.of_new, vast.of_self)
    beyond = replace(
        net,
        projections=tuple(
            replace(j, mix=tiny) if isinstance(j.mix, Schedule) else j for j in net.projections
        ),
    )
    with pytest.raises(NetworkError, match=r"largest entry is .* needed a degree .* leave out"):
        quantize(beyond, profile(), inputs)


@pytest.mark.parametrize("judges", [[], [-1, 2], [GRAPH.num_nodes]])
def test_judges_that_are_no_nodes_are_refused(judges):
    net, inputs = network(features=4)
    with pytest.raises(NetworkError, match="nodes to judge by"):
        quantize(net, profile(), inputs, judges=np.array(judges))


def test_a_static_graph_is_one_snapshot():
    graph = synth(nodes=24, classes=4, steps=4)
    mean = mean_schedule(graph, 1.0)
    last = Schedule(
        so_far=Meetings(
            indptr=mean.so_far.indptr,
            indices=mean.so_far.indices,
            before=mean.so_far.before[[0, -1]],
        ),
        new=Meetings(
            indptr=np.zeros(graph.num_nodes + 1),
            indices=np.zeros(0),
            before=np.zeros((2, graph.num_nodes)),
        ),
        of_so_far=mean.of_so_far[-1:],
        of_new=mean.of_new[-1:] * 0,
        of_self=mean.of_self[-1:],
    )
    net, inputs = network(graph, features=8)
    still = replace(
        net,
        steps=1,
        projections=tuple(
            replace(j, mix=last) if isinstance(j.mix, Schedule) else j for j in net.projections
        ),
        readout=replace(net.readout, weight=net.readout.weight[:, :OUT]),
    )
    given = {"x": inputs["x"][:, :1]}
    quantized = quantize(still, profile(), given)
    assert max(differ(still, quantized, given).values()) < 0.05
