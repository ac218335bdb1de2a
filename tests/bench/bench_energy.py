"""Will it fit, and what will it cost: examples by hand, DBLP's figures, placers, twins."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from bench_dblp import BUILD, SEEDS, graph_folder, run_folder, train
from energy_by_hand import by_hand
from table import Row, row, seconds

from neurograph import models as snn
from neurograph.chip.deployment import Deployment
from neurograph.chip.place import METHODS, place
from neurograph.chip.placement import Placement
from neurograph.chip.profiles import load_profile
from neurograph.cost.baseline import Baseline
from neurograph.cost.complexity import Complexity, break_even, of_network
from neurograph.cost.energy import energy
from neurograph.cost.estimate import EnergyEstimate
from neurograph.cost.host import work as host_work
from neurograph.graphs import embed as features
from neurograph.runtime import reference
from neurograph.runtime.record import EventCounts, RunRecord
from neurograph.testing.large_networks import layers, resident_graph
from neurograph.workflow.baseline import infer_baseline
from neurograph.workflow.export import export as export_run
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.run import Run
from neurograph.workflow.train import train as train_run

NODES, REPLICAS, WIDE, MILLION = 1000, 16, 512, 1_000_000
HOP_BAR, LARGE_BAR_S, CHECK_BAR_S, DERIVED = -20.0, 10.0, 2.0, 1e-6
TWINS = ("sage", "sage-gru")
DYNAMIC, STATIC, HOST, DAVIES = "chip, dynamic", "chip, static", "host", "davies2018"
MICRO, PICO, NANO = 1e6, 1e-12, 1e-9


def rows(data_dir: Path) -> list[Row]:
    """Everything that `make bench-energy` prints."""
    folder = graph_folder(data_dir, features.DEFAULT)
    return [
        *by_hand(),
        *_dblp(folder),
        *_placers(folder),
        *_large(),
        *_checks(),
    ]


# --- SpikeNet on DBLP -----------------------------------------------------------------------------


def _dblp(folder: Path) -> Iterator[Row]:
    train(folder, features.DEFAULT, SEEDS[0])
    run = run_folder(features.DEFAULT, SEEDS[0])
    deployment = export_run(Run(run), backend="loihi-sim", profile="loihi2")
    record, counts = _events(run, deployment, NODES)
    network = deployment.quantized
    work = host_work(network, deployment.tree)
    estimate = energy(network, deployment.placement, deployment.profile, counts, work)
    yield from _totals(estimate)
    yield from _derived(estimate, deployment, counts)
    yield from _twins(folder, of_network(network, counts), record, run)


def _events(run: RunFolder, deployment: Deployment, limit: int) -> tuple[RunRecord, EventCounts]:
    dataset = Run(run).dataset
    nodes = dataset.nodes("test", limit)
    given = dataset.inputs(nodes, deployment.tree, seed=deployment.sample_seed)
    integers = deployment.quantized.encode(given)
    record = reference.run(deployment.quantized, integers, nodes)
    return record, reference.count_events(deployment.quantized, integers, record)


def _totals(estimate: EnergyEstimate) -> Iterator[Row]:
    for part in (DYNAMIC, STATIC, HOST):
        total = estimate.total(part)
        for end in ("low", "typical", "high"):
            yield row(f"DBLP, {part}, {end}", getattr(total, end) * MICRO, "uJ/inference")
    for name in estimate.sets:
        chip = estimate.of_set(name, DYNAMIC, STATIC).typical
        yield row(f"DBLP, chip, {name}", chip * MICRO, "uJ/inference")
        yield row(f"DBLP, time, {name}", estimate.seconds[name].typical * 1e3, "ms/inference")
    product = estimate.delay_product(DYNAMIC, STATIC)
    yield row("DBLP, energy-delay product of the chip, typical", product.typical * 1e9, "nJ s")
    for point in estimate.packing:
        name = f"DBLP, chip, {point.replicas} replicas on it"
        yield row(name, point.joules.typical * MICRO, "uJ/inference")


def _derived(
    estimate: EnergyEstimate, deployment: Deployment, counts: EventCounts
) -> Iterator[Row]:
    """The figures that follow from papers for a rate of 25 %, from counts and at our rate."""
    network = deployment.quantized
    rates = {p.name: counts.sent[p.name].mean() / counts.inferences for p in network.populations}
    behind = {
        j.name: counts.synaptic_ops[j.name] / counts.inferences
        for j in network.projections
        if j.source == "h1"
    }
    steps, layer_1, layer_2 = network.steps, 6 * 128, 10
    updates = steps * (layer_1 + layer_2)
    for active, each in ((False, 52.0), (True, 81.0)):
        text = "active" if active else "inactive"
        at_25 = (steps * 1920 * 23.6 + updates * each) * PICO
        ours = (sum(behind.values()) * 23.6 + updates * each) * PICO
        yield row(f"spiking part at a rate of 25 %, all updates {text}", at_25 * MICRO, "uJ")
        yield row(f"... at ours, {100 * rates['h1']:.1f} %", ours * MICRO, "uJ")
    counted = [
        r for r in estimate.rows if r.part == DYNAMIC and (r.where in behind or "update" in r.kind)
    ]
    ours = sum(r.each[DAVIES].typical * r.events for r in counted)
    active = sum(counts.active_updates.values()) / counts.inferences
    by_formula = (sum(behind.values()) * 23.6 + active * 81.0 + (updates - active) * 52.0) * PICO
    yield row("... as the estimate has it", ours * MICRO, "uJ")
    off = abs(ours / by_formula - 1)
    yield row("... its relative difference from the formula", off, "", DERIVED)
    dense = 12 * 128 * 128
    whole = dense + 2 * 128 * 10  # neighbours are averaged first, in both layers
    yield row(
        "layer 1, share of all multiply-accumulates, neighbours averaged first",
        100 * dense / whole,
        "%",
    )
    yield row("layer 1 on the host, FP32", steps * dense * 4.6 * PICO * MICRO, "uJ")
    yield row("layer 1 on the host, INT8", steps * dense * 0.23 * PICO * MICRO, "uJ")
    joules = sum(
        r.each[DAVIES].typical * r.events
        for r in estimate.rows
        if r.kind == "synaptic operation" and r.where.startswith("x")
    )
    yield row(
        "layer 1 on the chip, Davies: summed after the product, zeros left out",
        joules * MICRO,
        "uJ",
    )
    yield row("... payloads that are not 0", 100 * counts.sent["x"].mean() / counts.inferences, "%")
    step = (1920 * 3.5 + layer_1 * 8.4) * NANO
    power = 3.34 / 32
    yield row(
        "static, a chip to itself, layer 1 on the host, derived", power * steps * step * MICRO, "uJ"
    )
    alone = power * estimate.seconds[DAVIES].typical
    yield row(
        "... ours with layer 1 on the chip, whose operations take the time", alone * MICRO, "uJ"
    )
    yield row("... shared by the replicas of a full chip", alone / estimate.replicas * MICRO, "uJ")


def _twins(folder: Path, spiking: Complexity, record: RunRecord, run: RunFolder) -> Iterator[Row]:
    scores = Run(run).dataset.score(record.logits, record.nodes)
    yield row("micro-F1, integers, 1,000 nodes", 100 * (scores["micro_f1"] or 0.0), "%")
    metrics = spiking.neurobench()
    yield from _operations("spiking", spiking)
    yield row("spiking, footprint", float(metrics["Footprint"]), "bytes")
    chip = load_profile("loihi2").host
    for model in TWINS:
        runs = [_trained_twin(folder, model, seed) for seed in SEEDS]
        scores = [_infer(twin, None) for twin in runs]
        for name in ("micro_f1", "macro_f1"):
            mean = float(np.mean([100 * (s.scores[name] or 0.0) for s in scores]))
            title = name.replace("_f1", "-F1")
            yield row(f"{model}, {title}, all test nodes, mean of {len(SEEDS)}", mean, "%")
        twin = _infer(runs[0], NODES).complexity
        yield from _operations(model, twin)
        yield row(f"{model}, footprint", float(twin.footprint), "bytes")
        for precision in ("fp32", "int8"):
            prices = [chip[f"{kind}_{precision}"].value or 0.0 for kind in ("mac", "ac")]
            yield from _beside(spiking, twin, f"{model}, {precision}", prices)


def _beside(
    spiking: Complexity, twin: Complexity, where: str, prices: list[float]
) -> Iterator[Row]:
    yield row(f"spiking against {where}: arithmetic", spiking.joules(*prices) * MICRO, "uJ")
    yield row("... of the twin", twin.joules(*prices) * MICRO, "uJ")
    mean_first = replace(spiking, layers=(twin.layers[0], *spiking.layers[1:]))
    for name, complexity in (("as on the chip", spiking), ("mean first", mean_first)):
        found = break_even(complexity, twin, *prices)
        rate = "none" if found.rate is None else 100 * found.rate
        yield row(f"... break-even firing rate, {name}", rate, "%")


def _infer(run: RunFolder, limit: int | None) -> Baseline:
    return infer_baseline(Run(run), part="test", limit=limit, progress=lambda *_: None)


def _operations(name: str, of: Complexity) -> Iterator[Row]:
    operations = of.neurobench()["SynapticOperations"]
    for kind in ("Dense", "Effective_MACs", "Effective_ACs"):
        yield row(f"{name}, {kind}", float(operations[kind]), "/inference")


def _trained_twin(folder: Path, model: str, seed: int) -> RunFolder:
    run = RunFolder(BUILD / "runs" / f"{model}-{seed}")
    given = {**snn.PRESETS["dblp"].to_dict(), "model": model, "seed": seed}
    settings = snn.TrainSettings.from_dict(given)
    train_run(folder, settings, run, method=features.DEFAULT, resume=True)
    return run


# --- placers --------------------------------------------------------------------------------------


def _placers(folder: Path) -> Iterator[Row]:
    """The wide SpikeNet after ten epochs on DBLP: placed by calibration nodes, priced on others."""
    run = RunFolder(BUILD / "runs" / "wide-2022")
    given = {**snn.PRESETS["dblp"].to_dict(), "hidden": (WIDE, 10), "epochs": 10}
    settings = snn.TrainSettings.from_dict({**given, "cumulative_share": 1.0})
    train_run(folder, settings, run, method=features.DEFAULT, resume=True)
    joules = {}
    for method in METHODS:
        export_run(
            Run(run), backend="loihi-sim", profile="loihi2", replicas=REPLICAS, placer=method
        )
        deployment = Run(run).deployment
        _, counts = _events(run, deployment, NODES)
        joules[method] = _hop_joules(deployment, deployment.placement, counts)
        yield row(f"H = 512, 16 replicas, {method}, cores", deployment.placement.cores, "cores")
        yield row("... hop energy on test nodes", joules[method] / PICO, "pJ/inference")
    saved = 100 * (joules["annealed"] / joules["sequential"] - 1)
    yield row("... annealed against sequential", saved, "%", HOP_BAR)


def _hop_joules(deployment: Deployment, placed: Placement, counts: EventCounts) -> float:
    estimate = energy(deployment.quantized, placed, deployment.profile, counts)
    hops = [r for r in estimate.rows if r.kind.startswith("hop")]
    return sum(r.each[DAVIES].typical * r.events for r in hops)


def _large() -> Iterator[Row]:
    profile = load_profile("loihi2")
    for build in (resident_graph, layers):
        network = build(MILLION)
        for method in METHODS:
            work = partial(place, network, profile, replicas=1, method=method)
            name = f"placement of a million neurons, {build.__name__}, {method}"
            yield row(name, seconds(work), "s", LARGE_BAR_S)


def _checks() -> Iterator[Row]:
    for name, arguments in (
        ("a model that fits", ("--model", "spikenet")),
        ("one that does not, with its fixes", ("--model", "spikenet", "--profile", "loihi1")),
    ):
        command = [sys.executable, "-m", "neurograph", "check", *arguments]
        work = partial(subprocess.run, command, capture_output=True, check=False)
        work()
        yield row(f"neurograph check, {name}", seconds(work), "s", CHECK_BAR_S)
