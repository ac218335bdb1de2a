"""report.json: valid against its schema, and equal to what other code computes."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from sklearn.metrics import f1_score

from neurograph.core.errors import RunError
from neurograph.cost.beside_trees import Trees
from neurograph.cost.estimate import Interval
from neurograph.report import ReportInput, build, write

SCHEMA = json.loads(files("neurograph.report").joinpath("schema.json").read_text("utf-8"))


def problems(report: dict[str, Any]) -> list[str]:
    found = Draft202012Validator(SCHEMA).iter_errors(report)
    return [f"{error.json_path}: {error.message}" for error in found]


@pytest.fixture(scope="module")
def run(make_run) -> ReportInput:
    return make_run()


@pytest.fixture(scope="module")
def report(run: ReportInput) -> dict[str, Any]:
    return build(run)


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"backends": ()},
        {"backends": ("loihi-sim", "plain")},
        {"latency": 3},
        {"steps": 1},
        {"generated": False},
    ],
)
def test_every_kind_of_run_is_valid(make_run, settings) -> None:
    assert problems(build(make_run(**settings))) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("scores", "float", "micro_f1"), "much"),
        (("energy", "dynamic_j", "low"), None),
        (("placement", "cores"), -1),
        (("spike_rate", "h1"), []),
        (("provenance", "graph", "generated"), "yes"),
        (("schema_version",), 1),
        (("surplus",), 1),
    ],
)
def test_the_schema_refuses(run, path, value) -> None:
    report = build(run)
    at = report
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    assert problems(report)


def test_the_tree_is_strict_json_and_survives_it(report) -> None:
    assert json.loads(json.dumps(report, allow_nan=False)) == report


@pytest.mark.parametrize("result", ["float", "reference", "loihi-sim"])
def test_f1_is_that_of_scikit_learn(run, report, result) -> None:
    known = run.truth >= 0
    truth, predicted = run.truth[known], run.records[result].logits.argmax(axis=1)[known]
    for average in ("micro", "macro"):
        expected = f1_score(truth, predicted, average=average)
        assert report["scores"][result][f"{average}_f1"] == pytest.approx(expected, abs=1e-12)
    assert report["nodes"] == {"run": len(known), "scored": int(known.sum())}
    assert known.sum() < len(known), "a node without a class must be left out"


def test_macro_f1_where_a_class_is_never_predicted_or_never_true(make_run) -> None:
    run = make_run(targets=30)
    logits = run.reference.logits.copy()
    logits[:, 0] = -99  # never predicted
    record = replace(run.reference, logits=logits)
    truth = np.where(run.truth == 1, 2, run.truth)  # class 1 never true
    report = build(replace(run, truth=truth, records={"reference": record}))
    known = truth >= 0
    expected = f1_score(truth[known], logits.argmax(axis=1)[known], average="macro")
    assert report["scores"]["reference"]["macro_f1"] == pytest.approx(expected, abs=1e-12)


def test_no_known_class_is_null_and_not_zero(make_run) -> None:
    run = make_run(targets=5)
    report = build(replace(run, truth=np.full(5, -1)))
    assert report["scores"]["reference"] == {"micro_f1": None, "macro_f1": None}
    assert problems(report) == []


def test_spike_rates_are_shares_per_layer_and_snapshot(make_run) -> None:
    run = make_run(steps=4, latency=3)
    report = build(run)
    for name, spikes in run.reference.spikes.items():
        for step in range(4):
            expected = spikes[:, 3 * step : 3 * step + 3].mean()
            assert report["spike_rate"][name][step] == pytest.approx(expected, abs=1e-12)
    fired = np.concatenate([s.ravel() for s in run.reference.spikes.values()])
    assert report["spike_rate_overall"] == pytest.approx(fired.mean(), abs=1e-12)
    rates = report["spike_rate_by_result"]
    assert rates["reference"] == report["spike_rate"] == rates["loihi-sim"] != rates["float"]


def test_energy_is_the_sum_of_its_rows_by_part_and_constant_set(run, report) -> None:
    energy = report["energy"]
    parts = {"dynamic_j": "chip, dynamic", "static_j": "chip, static", "host_j": "host"}
    for end in ("low", "typical", "high"):
        for name in run.energy.sets:
            of = energy["by_set"][name]
            for key, part in parts.items():
                terms = [r for r in run.energy.rows if r.part == part]
                expected = sum(r.events * getattr(r.each[name], end) for r in terms)
                assert of[key][end] == pytest.approx(expected, rel=1e-12)
            assert of["total_j"][end] == pytest.approx(sum(of[key][end] for key in parts))
    ends = {"low": min, "high": max}
    for key in (*parts, "total_j", "seconds", "energy_delay_js"):
        for end, outer in ends.items():
            found = [energy["by_set"][name][key][end] for name in run.energy.sets]
            assert energy[key][end] == pytest.approx(outer(found), rel=1e-12)
        first = energy["by_set"][run.energy.sets[0]][key]["typical"]
        assert energy[key]["typical"] == pytest.approx(first, rel=1e-12)
    assert energy["label"] == "Loihi 2 estimate with Loihi 1 constants"
    assert energy["not_counted"] == ["off-chip links", "random numbers on the host"]
    assert energy["assumed"] == ["h2, inactive update"]


def test_energy_per_snapshot_packing_and_rate_of_inferences(run, report) -> None:
    energy, steps = report["energy"], run.deployment.quantized.steps
    assert len(energy["per_snapshot"]["dynamic_j"]) == steps
    mean = energy["per_snapshot"]["mean_total_j"]["typical"]
    assert mean * steps == pytest.approx(energy["total_j"]["typical"])
    assert [p["replicas"] for p in energy["packing"]] == [1, 2]
    assert energy["inferences_per_second"] * energy["seconds"]["typical"] == pytest.approx(2)
    assert energy["step_seconds"]["high"] * energy["steps"] == pytest.approx(
        energy["seconds"]["high"]
    )


def test_events_per_inference_are_the_counts_over_the_targets(run, report) -> None:
    counts, events = run.counts, report["events"]
    assert events["synaptic_ops"] == dict(counts.synaptic_ops)
    per_inference = events["per_inference"]
    assert per_inference["spikes"] * counts.inferences == pytest.approx(sum(counts.spikes.values()))
    assert per_inference["host_macs"] == counts.host_macs / counts.inferences


def test_placement_and_synapses(run, report) -> None:
    placed = report["placement"]
    assert (placed["cores"], placed["replicas"], placed["cores_per_replica"]) == (4, 2, 2)
    assert placed["chips"] == 1
    assert report["placement"]["limits"]["cores_per_chip"] == {
        "value": 128,
        "source": "made_up",
        "basis": "assumed",
    }
    for entry, p in zip(
        report["network"]["projections"], run.deployment.quantized.projections, strict=True
    ):
        assert entry["synapses"] == np.count_nonzero(np.kron(p.mix.toarray(), p.weight))


def test_events_of_another_network_are_refused(run) -> None:
    counts = replace(run.counts, network_sha256="e" * 64)
    with pytest.raises(RunError, match="report: events of network eeeeeeeeeeee, the deployment"):
        replace(run, counts=counts)


def test_a_twin_stands_beside_the_spikes_by_the_same_rules(run, twin) -> None:
    report = build(replace(run, baselines=[twin]))
    assert problems(report) == []
    comparison = report["comparison"]
    (found,) = comparison["baselines"]
    assert (found["model"], found["scores"]["micro_f1"]) == ("sage", 0.625)
    assert found["neurobench"]["SynapticOperations"]["Effective_MACs"] == 50_100
    assert found["neurobench"]["ActivationSparsity"] == 0.25
    assert found["arithmetic_j"]["fp32"] == pytest.approx(50_100 * 4e-12 + 900 * 1e-12)
    spiking = comparison["spiking"]["neurobench"]["SynapticOperations"]
    assert spiking["Effective_MACs"] == 120_000  # two projections of a graded input
    # 120,000 products alone cost more than all of the twin; averaged first, they cost its 50,000
    for precision, (mac, ac) in {"fp32": (4e-12, 1e-12), "int8": (2e-13, 1e-13)}.items():
        even = found["break_even"][precision]
        assert even["as_deployed"]["rate"] is None
        assert "no firing rate is low enough" in even["as_deployed"]["why"]
        spiked = sum(layer["spiking"] for layer in comparison["spiking"]["layers"])
        rate = 100 * mac / (spiked * ac)  # the additions of the means are on both sides
        assert even["mean_first"]["rate"] == pytest.approx(rate)


@pytest.mark.parametrize("names", [["ac_int8"], ["mac_int8"], ["mac_int8", "ac_int8"]])
def test_a_price_that_the_profile_does_not_know_is_no_price_of_zero(run, twin, names) -> None:
    profile = run.deployment.profile
    unknown = {n: replace(profile.host[n], value=None, low=None, high=None) for n in names}
    other = replace(profile, host={**profile.host, **unknown})
    deployment = replace(run.deployment, profile=other)
    report = build(replace(run, deployment=deployment, baselines=[twin]))
    assert problems(report) == []
    (found,) = report["comparison"]["baselines"]
    for of in (found, report["comparison"]["spiking"]):
        assert of["arithmetic_j"]["int8"] is None
        assert of["arithmetic_j"]["fp32"] > 0
    for even in found["break_even"]["int8"].values():
        assert even["rate"] is None
        assert "the profile does not know" in even["why"]
    assert found["break_even"]["fp32"]["mean_first"]["rate"] > 0


def test_a_twin_of_other_nodes_or_another_graph_is_refused(run, twin) -> None:
    other = replace(twin, nodes_sha256="0" * 64, graph_sha256="1" * 64)
    with pytest.raises(RunError, match="baseline sage is of other nodes, graph; train it on"):
        replace(run, baselines=[other])


def test_traffic_is_every_message_by_how_far_it_goes(run, report) -> None:
    """h1 and h2 of the first copy lie in different tiles, those of the second, too."""
    traffic = report["placement"]["traffic"]
    per_inference = run.counts.spikes["h1"] / run.counts.inferences
    assert traffic["between_tiles"] == pytest.approx(per_inference)
    assert traffic["within_core"] == traffic["within_tile"] == traffic["between_chips"] == 0
    assert [(f["from"], f["to"]) for f in traffic["flows"]] == [
        ([0, 0, 0], [0, 1, 0]),
        ([0, 1, 0], [0, 0, 0]),
    ]
    assert sum(f["messages"] for f in traffic["flows"]) == pytest.approx(per_inference)


def test_settings_of_neurons_have_one_number_or_one_per_channel(run) -> None:
    quantized = run.deployment.quantized
    h1, *others = quantized.populations
    neuron = replace(h1.neuron, threshold=tuple(range(1, h1.channels + 1)), guard_bits=3)
    own = replace(quantized, populations=(replace(h1, neuron=neuron), *others))
    records = {
        name: r if name == "float" else replace(r, network_sha256=own.sha256)
        for name, r in run.records.items()
    }
    deployment = replace(run.deployment, quantized=own)
    counts = replace(run.counts, network_sha256=own.sha256)
    report = build(replace(run, deployment=deployment, records=records, counts=counts))
    assert problems(report) == []
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    first, second, *_ = report["network"]["populations"]
    assert first["settings"]["threshold"] == list(range(1, h1.channels + 1))
    assert second["settings"]["threshold"] == others[0].neuron.threshold
    assert [p["settings"]["guard_bits"] for p in (first, second)] == [3, 6]


def test_provenance_names_split_seed_hashes_and_the_generated_graph(run, report) -> None:
    provenance = report["provenance"]
    assert provenance["graph"]["generated"] is True
    assert provenance["split"]["name"] == "stratified, 40 % training"
    assert provenance["hashes"] == {
        "graph": "a1" * 32,
        "features": "b2" * 32,
        "checkpoint": "c3" * 32,
        "integers": run.deployment.quantized.sha256,
    }
    assert report["runs"]["loihi-sim"]["versions"] == {"lava-nc": "0.10.0"}


def test_bare_provenance_is_enough(run) -> None:
    bare = replace(run.deployment, provenance={"split": "given"})
    report = build(replace(run, deployment=bare))
    assert report["provenance"]["split"] == {"name": "given"}
    assert report["provenance"]["hashes"]["graph"] is None
    assert problems(report) == []


def test_without_floats_their_fields_are_null(run) -> None:
    records = {name: record for name, record in run.records.items() if name != "float"}
    report = build(replace(run, records=records, agreements={}))
    assert report["scores"]["float"] == {"micro_f1": None, "macro_f1": None}
    assert report["agreement"]["float->reference"]["spikes"] is None
    assert report["agreement"]["float->reference"]["identical"] is None
    assert report["runs"]["float"] is None
    assert report["spike_rate_by_result"]["float"] is None
    assert problems(report) == []


@pytest.mark.parametrize("backends", [(), ("loihi-sim",), ("loihi-sim", "plain")])
def test_every_backend_that_ran_is_there_by_name_and_no_other(make_run, backends) -> None:
    report = build(make_run(backends=backends))
    names = {"float", "reference", *backends}
    for section in ("scores", "runs", "spike_rate_by_result"):
        assert set(report[section]) == names
    pairs = {("float", "reference"), *(("reference", name) for name in backends)}
    agreed = report["agreement"]
    assert set(agreed) == {"->".join(pair) for pair in pairs}
    assert {(pair["first"], pair["second"]) for pair in agreed.values()} == pairs
    assert all(agreed[f"reference->{name}"]["identical"] for name in backends)


def test_a_backend_has_a_title_or_its_name(make_run) -> None:
    runs = build(make_run(backends=("loihi-sim", "plain")))["runs"]
    assert runs["loihi-sim"]["title"] == "simulator of a chip"
    assert runs["plain"]["title"] == "plain"


def test_numbers_that_json_cannot_hold_become_null(make_run) -> None:
    run = make_run()
    rows = [{"epoch": 1, "loss": float("inf"), "val_micro_f1": np.float32("nan"), "seconds": 1.0}]
    training = build(replace(run, training=rows))["training"]
    assert training["curve"] == [
        {"epoch": 1, "loss": None, "val_micro_f1": None, "seconds": 1.0},
    ]
    assert training["best_epoch"] is None


def test_best_epoch_is_the_first_of_the_highest(run) -> None:
    rows = [{"epoch": e, "val_micro_f1": f} for e, f in [(1, 0.2), (2, 0.7), (3, 0.7), (4, 0.1)]]
    assert build(replace(run, training=rows))["training"]["best_epoch"] == 2


def test_a_loss_of_nothing_has_no_share(report) -> None:
    shares = [error["share"] for error in report["quantisation"]["errors"]]
    assert shares == [pytest.approx(212 / 3072), pytest.approx(0.0004), None]


class TestRefusals:
    def test_no_reference(self, run) -> None:
        with pytest.raises(
            RunError, match=r"no record of the reference; run first: neurograph run"
        ):
            replace(run, records={"float": run.records["float"]})

    def test_other_nodes(self, run) -> None:
        moved = replace(run.records["float"], nodes=run.reference.nodes + 1)
        with pytest.raises(
            RunError, match=r"records 'reference' and 'float' are of different nodes"
        ):
            replace(run, records={**run.records, "float": moved})

    def test_a_record_of_an_earlier_export(self, run) -> None:
        stale = replace(run.records["loihi-sim"], network_sha256="0123456789abcdef")
        with pytest.raises(RunError, match=r"record 'loihi-sim' was made by network 0123456789ab,"):
            replace(run, records={**run.records, "loihi-sim": stale})

    def test_labels_of_another_length(self, run) -> None:
        with pytest.raises(RunError, match="report: 3 labels for 40 nodes in the record"):
            replace(run, truth=run.truth[:3])


@pytest.fixture(scope="module")
def beside(run, make_yardsticks) -> ReportInput:
    return replace(run, yardsticks=make_yardsticks(run, right=(0.1, 1.0, 0.95)))


class TestYardsticks:
    def test_they_are_scored_over_the_nodes_of_the_records(self, beside) -> None:
        report, known = build(beside), beside.truth >= 0
        assert problems(report) == []
        for one, shown in zip(
            beside.yardsticks.measured, report["yardsticks"]["measured"], strict=True
        ):
            answers = one.outputs[beside.reference.nodes].argmax(axis=1)
            expected = f1_score(beside.truth[known], answers[known], average="micro")
            assert shown["scores"]["micro_f1"] == pytest.approx(expected, abs=1e-12)
            assert shown["val_scores"] == one.scores["val"]
        assert (report["yardsticks"]["train"], report["yardsticks"]["val"]) == (30, 5)

    def test_those_above_the_integers_are_named_best_first(self, beside) -> None:
        report = build(beside)
        found = report["yardsticks"]
        limit = report["scores"]["reference"]["micro_f1"]
        by_name = {one["name"]: one["scores"]["micro_f1"] for one in found["measured"]}
        assert by_name["method-0"] < limit < by_name["method-1"]
        above = sorted((n for n in by_name if by_name[n] > limit), key=lambda n: -by_name[n])
        assert found["above"] == above
        assert above[0] == "method-1"

    def test_none_measured_is_null(self, report) -> None:
        assert report["yardsticks"] is None

    def test_without_a_known_class_nothing_is_above(self, beside) -> None:
        report = build(replace(beside, truth=np.full(len(beside.truth), -1)))
        assert report["yardsticks"]["above"] == []
        assert report["yardsticks"]["measured"][1]["scores"]["micro_f1"] is None
        assert problems(report) == []

    @pytest.mark.parametrize(
        "other", [{"graph_sha256": "e" * 64}, {"features_sha256": ""}, {"split": "by time"}]
    )
    def test_those_of_another_graph_features_or_split_are_refused(self, beside, other) -> None:
        with pytest.raises(RunError, match=r"another (graph|features|split); run: .* baseline"):
            replace(beside, yardsticks=replace(beside.yardsticks, **other))


def test_energy_by_part_is_all_of_it(run) -> None:
    found = build(run)["energy"]["by_part"]
    assert found["fanouts"] is None
    whole = sum(row["joules"]["typical"] for row in found["rows"])
    assert whole == pytest.approx(found["total"]["joules"]["typical"])
    assert {row["trees_j"] for row in found["rows"]} == {None}


def test_sampled_trees_stand_beside_the_parts(run) -> None:
    own = "products with a node's own input"
    joules = Interval(low=1e-9, typical=2e-9, high=3e-9)
    trees = Trees(fanouts=(5, 2), parts={own: joules, "new": joules}, estimate=run.energy)
    report = build(replace(run, trees=trees))
    assert problems(report) == []
    found = {row["part"]: row for row in report["energy"]["by_part"]["rows"]}
    assert found[own]["of_trees"] == found[own]["joules"]["typical"] / 2e-9
    assert (found["new"]["joules"]["typical"], found["new"]["of_trees"]) == (0, 0)
    assert report["energy"]["by_part"]["total"]["of_trees"] == 1
    assert report["energy"]["by_part"]["dynamic"]["of_trees"] == 1


def test_a_long_report_is_written_without_a_line_per_value(
    run, monkeypatch, tmp_path: Path
) -> None:
    _, data = write(run, tmp_path)
    whole = data.read_text()
    assert whole.count("\n") > 1000
    monkeypatch.setattr(import_module("neurograph.report.render"), "LONG", 100)
    _, data = write(run, tmp_path)
    assert data.read_text().count("\n") == 1
    assert len(data.read_text()) < 0.7 * len(whole)
    assert json.loads(data.read_text()) == json.loads(whole)
    for snapshot in json.loads(whole)["energy"]["per_snapshot"]["dynamic_j"]:
        assert all(value == float(f"{value:.6g}") for value in snapshot.values())
