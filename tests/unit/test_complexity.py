"""Operations by NeuroBench's definitions, worked by hand and against the package itself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurograph.core.errors import StoreError
from neurograph.cost.baseline import Baseline, load_baseline
from neurograph.cost.complexity import Complexity, Operations, break_even, of_network
from neurograph.ir import LIF, QNetwork
from neurograph.runtime.activity import synaptic_ops
from neurograph.runtime.record import EventCounts
from neurograph.testing.builders import (
    constant_readout,
    float_layer,
    float_link,
    float_network,
    integer_layer,
    integer_link,
    integer_network,
)
from neurograph.testing.records import event_counts


def two_layers(bits: int) -> tuple[QNetwork, EventCounts]:
    """x [2 slots, 3] -> a [2, 2] -> b [1, 2], two steps; one weight of a>b is 0; two targets."""
    network = integer_network(
        [integer_layer("a", 2, 2), integer_layer("b", 1, 2)],
        [
            integer_link("x", "a", np.full((2, 3), 2), mix=np.eye(2, dtype=int), name="x>a"),
            integer_link("a", "b", [[2, 0], [2, 2]], mix=[[1, 1]], name="a>b"),
        ],
        bits=bits,
        steps=2,
        readout=constant_readout("b", 4, weight=1.0, classes=3),
    )
    sent = {
        "x": [[[2, 2, 0], [2, 2, 2]], [[0, 0, 0], [2, 1, 0]]],
        "a": [[[2, 1], [0, 0]], [[0, 0], [0, 2]]],
        "b": [[[0, 1]], [[2, 0]]],
    }
    active = {name: sent[name] for name in ("a", "b")}
    return network, event_counts(network, sent, active, targets=2, host_macs=24)


def test_a_graded_input_costs_multiply_accumulates_and_spikes_accumulates() -> None:
    network, counts = two_layers(bits=8)
    found = of_network(network, counts)
    a, b, readout = found.layers
    # of two targets: 13 payloads of x, two synapses each
    assert (a.macs, a.acs, a.dense) == (13 * 2 / 2, 0, 2 * 2 * 6)
    # channel 0 of a fires twice into two synapses, channel 1 three times into one
    assert (b.macs, b.acs, b.dense) == (0, (2 * 2 + 3 * 1) / 2, 2 * 2 * 4)
    assert (readout.macs, readout.acs, readout.dense) == (0, 3 * 3 / 2, 12)
    assert (a.spiking, b.spiking, readout.spiking) == (0, b.dense, readout.dense)
    metrics = found.neurobench()
    assert metrics["SynapticOperations"] == {
        "Effective_MACs": 13.0,
        "Effective_ACs": 3.5 + 4.5,
        "Dense": 24 + 16 + 12,
    }
    assert metrics["ConnectionSparsity"] == 1 / (6 + 4 + 12)
    assert metrics["ActivationSparsity"] == pytest.approx(1 - (8 / 2) / (2 * (4 + 2)))
    # mantissas 10, biases and readout (12 + 3) at 2 bytes, thresholds of 4 channels at 4
    assert metrics["Footprint"] == 10 + 2 * (4 + 15) + 4 * 4
    assert metrics["ParameterCount"] == 10 + 4 + 15 + 4


def in_parts(
    network: QNetwork, counts: EventCounts, *, delay: int = 0
) -> tuple[QNetwork, EventCounts]:
    """The same, with a>b in two projections whose weights are apart, the second one late."""
    whole = network.projections[1]
    first = np.array([[True, True], [False, False]])
    parts = tuple(
        replace(
            whole,
            name=f"{whole.name}{sign}",
            weight=np.where(own, whole.weight, 0),
            delay=late,
        )
        for sign, own, late in (("+", first, 0), ("-", ~first, delay))
    )
    split = replace(network, projections=(network.projections[0], *parts))
    ops = {j.name: int(synaptic_ops(split, j, counts.sent).sum()) for j in split.projections}
    return split, replace(counts, network_sha256=split.sha256, synaptic_ops=ops)


def test_a_connection_counts_once_in_however_many_parts_it_is_stored() -> None:
    whole, split = two_layers(bits=8), in_parts(*two_layers(bits=8))
    assert len(split[0].projections) == 3
    assert of_network(*split) == of_network(*whole)


def test_what_arrives_too_late_is_no_operation_and_not_in_dense() -> None:
    """The second channel of b hears a one step later than the first."""
    network, counts = in_parts(*two_layers(bits=8), delay=1)
    b = of_network(network, counts).layers[1]
    assert b.dense == b.spiking == 2 * (2 * 4) + 1 * (2 * 4)  # two steps of one, one of the other
    # into channel 0 channel 0 of a fires twice, into channel 1 all that a fires in step 1: 2 and 1
    assert b.acs == (2 + 2 + 1) / 2


def test_a_plain_input_costs_accumulates_alone() -> None:
    network, counts = two_layers(bits=1)
    found = of_network(network, counts)
    assert (found.macs, found.acs) == (0, 13 + 3.5 + 4.5)


def test_energy_is_operations_times_their_price() -> None:
    network, counts = two_layers(bits=8)
    assert of_network(network, counts).joules(4.6, 0.9) == pytest.approx(13 * 4.6 + 8 * 0.9)


def model(macs: float, acs: float, dense: float) -> Complexity:
    return Complexity(
        layers=(
            Operations(name="h1", macs=macs, acs=0.0, dense=macs),
            Operations(name="h2", macs=0.0, acs=acs, dense=dense, spiking=dense),
        ),
        activations=1.0,
        silent=0.0,
        weights=1,
        absent=0,
        parameters=1,
        footprint=1,
    )


def test_at_the_break_even_rate_both_cost_the_same() -> None:
    spiking, baseline = model(100, 5, 400), model(110, 20, 20)
    found = break_even(spiking, baseline, mac=4.6, ac=0.9)
    assert found.rate == pytest.approx((110 * 4.6 + 20 * 0.9 - 100 * 4.6) / (400 * 0.9))
    at_rate = model(100, found.rate * 400, 400)
    assert at_rate.joules(4.6, 0.9) == pytest.approx(baseline.joules(4.6, 0.9))


def test_additions_of_means_are_fixed_and_layers_of_both_kinds_count_their_spikes() -> None:
    mixed = replace(
        model(0, 0, 0),
        layers=(
            Operations(name="h1", macs=10, acs=30, dense=10),  # means of real-valued input
            Operations(name="h2", macs=5, acs=2, dense=45, spiking=40),
        ),
    )
    baseline = model(20, 20, 20)
    found = break_even(mixed, baseline, mac=4.0, ac=1.0)
    assert found.rate == pytest.approx((20 * 4 + 20 * 1 - 15 * 4 - 30 * 1) / 40)


@pytest.mark.parametrize(
    ("spiking", "baseline", "why"),
    [
        (model(200, 5, 400), model(110, 20, 20), "no firing rate is low enough"),
        (model(100, 5, 4), model(110, 20, 20), "even at a rate of 100 %"),
        (model(100, 5, 0), model(110, 20, 20), "no layer has spikes for input"),
    ],
)
def test_where_there_is_no_break_even_the_reason_is_said(
    spiking: Complexity, baseline: Complexity, why: str
) -> None:
    found = break_even(spiking, baseline, mac=4.6, ac=0.9)
    assert found.rate is None
    assert why in found.why


def test_where_an_accumulate_costs_nothing_no_rate_breaks_even() -> None:
    found = break_even(model(100, 5, 400), model(110, 20, 20), mac=4.6, ac=0.0)
    assert found.rate is None
    assert "spikes do not change the sum" in found.why


BASELINE = Baseline(
    model="sage",
    nodes="test",
    count=3,
    nodes_sha256="a",
    graph_sha256="b",
    features_sha256="c",
    split="s",
    hidden=(4, 2),
    fanouts=(5, 2),
    seed=1,
    task="node-classification",
    scores={"micro_f1": 0.5, "macro_f1": 0.25},
    complexity=model(1, 2, 3),
    seconds=0.5,
    versions={"numpy": "1"},
)


def test_a_baseline_is_read_back_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(json.dumps(BASELINE.to_dict()))
    assert load_baseline(file) == BASELINE
    assert load_baseline(file) != replace(BASELINE, seed=2)


@pytest.mark.parametrize("wrong", [{"macs": -1.0}, {"spiking": 5.0}, {"acs": float("nan")}])
def test_operations_below_zero_or_beyond_all_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(StoreError, match="operations of 'h'"):
        Operations(**{"name": "h", "macs": 1.0, "acs": 1.0, "dense": 4.0, **wrong})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tree: {**tree, "kind": "recipe"}, "not a neurograph baseline"),
        (lambda tree: {**tree, "schema_version": 9}, "schema 9, this neurograph reads 1"),
        (lambda tree: {k: v for k, v in tree.items() if k != "seed"}, "damaged baseline"),
        (lambda tree: {**tree, "mood": 1}, "damaged baseline"),
        (lambda tree: {**tree, "complexity": {"layers": [{}]}}, "damaged baseline"),
        (lambda tree: [tree], "not a neurograph baseline"),
        (lambda tree: {**tree, "model": "spikenet"}, "no model without spikes 'spikenet'"),
        (lambda tree: {**tree, "scores": {"micro_f1": 50.0}}, "'micro_f1': 50.0"),
        (lambda tree: {**tree, "scores": {"micro_f1": "much"}}, "damaged baseline"),
        (lambda tree: {**tree, "complexity": {**tree["complexity"], "silent": 2}}, "2 of 1.0"),
        (lambda tree: {**tree, "complexity": [1]}, "damaged baseline"),
    ],
)
def test_a_foreign_or_damaged_baseline_is_refused(tmp_path: Path, change, message: str) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(json.dumps(change(BASELINE.to_dict())))
    with pytest.raises(StoreError, match=message):
        load_baseline(file, ("sage", "sage-gru"))


def test_a_truncated_or_missing_baseline_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    with pytest.raises(
        StoreError, match="no such file; run first: neurograph run on the model without spikes"
    ):
        load_baseline(file)
    file.write_text(json.dumps(BASELINE.to_dict())[:100])
    with pytest.raises(StoreError, match="damaged or not a baseline"):
        load_baseline(file)


def test_weights_that_two_projections_hold_are_parameters_once() -> None:
    """Means over 2 and over 5 neighbours read by the same weights, in units of their own."""
    rng = np.random.default_rng(3)
    weight = rng.normal(size=(2, 3))
    rows, size = np.ones((1, 1), dtype=int), 2 * 3
    names = ("self", "two", "five")
    integers = integer_network(
        [integer_layer("a", 1, 2)],
        [
            integer_link("x", "a", rng.integers(1, 9, (2, 3)) * 2, mix=rows * n, name=name)
            for n, name in enumerate(names, 1)
        ],
        steps=1,
        readout=constant_readout("a", 2, weight=1.0, classes=3),
    )
    floats = float_network(
        [float_layer("a", 1, 2, LIF(current_decay=1.0, voltage_decay=1.0, threshold=1.0))],
        [
            float_link("x", "a", of, mix=rows * n, name=name)
            for n, (name, of) in enumerate(
                zip(names, (rng.normal(size=(2, 3)), weight / 2, weight / 5), strict=True), 1
            )
        ],
        steps=1,
    )
    counts = event_counts(
        integers, {"x": [[[0, 0, 0]]], "a": [[[0, 0]]]}, {"a": [[[0, 0]]]}, targets=1, host_macs=0
    )
    alone, told = of_network(integers, counts), of_network(integers, counts, floats)
    assert alone.parameters - told.parameters == size
    assert (alone.footprint, alone.weights) == (told.footprint, told.weights), "both are held"
