"""The conductor: the only module that knows the order of the steps. Read this first.

graph -> features -> train -> export -> run -> verify -> report; each step reads what the one
before it wrote into the run folder, and writes its own file there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from neurograph import report
from neurograph.chip.check import check
from neurograph.chip.deployment import Deployment
from neurograph.chip.place import place
from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.profiles import load_profile
from neurograph.core.arrays import fingerprint
from neurograph.core.errors import DoesNotFitError, NetworkError
from neurograph.cost.baseline import load_baseline
from neurograph.cost.energy import energy
from neurograph.cost.host import work as host_work
from neurograph.graphs import embed as features
from neurograph.graphs import io as data
from neurograph.graphs import sets
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.metrics import F1, f1
from neurograph.ir import Network, QNetwork
from neurograph.quantization import quantize, readout_on_chip
from neurograph.runtime import host
from neurograph.runtime.backends import Progress, runner
from neurograph.runtime.record import FLOAT, REFERENCE, EventCounts, InferredPart, RunRecord
from neurograph.verify import Agreement, compare
from neurograph.workflow import store
from neurograph.workflow.chunks import Parts
from neurograph.workflow.first_difference import explain
from neurograph.workflow.folder import RunFolder, point_latest
from neurograph.workflow.handover import (
    STREAM,
    Source,
    load_deployment,
    load_records,
    open_source,
    origin,
    read_metrics,
    trained_on,
    write_config,
)
from neurograph.workflow.inference import infer as infer_parts
from neurograph.workflow.inference import kept, measured_spikes
from neurograph.workflow.integer_training import (
    CALIBRATION_NODES,
    SAMPLE_SEED,
    Start,
    check_widths,
    chosen_widths,
    scheme_chooser,
)

if TYPE_CHECKING:
    from neurograph.models import TrainResult, TrainSettings

BUILT_IN = Path("graphs/synthetic")
PARTS = {
    "neighbour sampling": "host",
    "feature rounding to payloads": "host",
    "spiking layers and aggregation": "on-chip",
    "weights and thresholds": "approximate",
}
READOUTS = ("host", "on-chip")  # where the linear readout may run


class Ui(Protocol):
    """Where progress goes: nowhere (`Silent`), or the terminal (`cli.console.RichUi`)."""

    def say(self, text: str, /) -> None: ...
    def task(self, title: str, /) -> AbstractContextManager[Progress]: ...


class Silent:
    def say(self, _text: str) -> None:
        """Drop it."""

    def task(self, _title: str) -> AbstractContextManager[Progress]:
        return nullcontext(lambda _done, _total: None)


SILENT = Silent()


def make_features(
    folder: Path, *, method: str = features.DEFAULT, ui: Ui = SILENT, **settings: Any
) -> FeatureStore:
    """Features of the graph in `folder`, written beside it."""
    graph = data.load_graph(folder)
    with ui.task(f"{method} features, {graph.num_steps} snapshots") as progress:
        return features.make_features(graph, folder, method=method, progress=progress, **settings)


def built_in_graph(ui: Ui = SILENT) -> Path:
    """Folder of the built-in synthetic graph with its features, made on first use."""
    if not (BUILT_IN / "graph.json").exists():
        data.save_graph(sets.synth(seed=0), BUILT_IN)
        ui.say(f"{BUILT_IN}: generated the built-in synthetic graph")
    if not (BUILT_IN / "features").exists():
        make_features(BUILT_IN, ui=ui)
    return BUILT_IN


def train(
    graph_folder: Path,
    settings: TrainSettings,
    run: RunFolder,
    *,
    method: str | None = None,
    start: Start | None = None,
    profile: str = "loihi2",
    resume: bool = False,
    ui: Ui = SILENT,
) -> TrainResult:
    """Train on the graph in `graph_folder`, with its features made by `method`.

    Args:
        start: train that run's model on in integers; the graph and features must be its own.
        profile: with `settings.qat`, the chip whose integers are trained in.
    """
    from neurograph import models as snn

    graph = data.load_graph(graph_folder)
    given = features.load_features(graph_folder, method)
    given.check_matches(graph)
    chip = load_profile(profile) if settings.qat else None
    facts: dict[str, Any] = {"profile": profile} if chip else {}
    if chip:
        check_widths(settings, chip)
    begin = None
    if start:
        start.check_other(run)
        begin, facts["start"] = start.checkpoint(), start.facts()
    with run.held("train"):
        run.clear_results()
        run.note("train", trained_on(graph_folder, graph, given, settings.as_mapping()) | facts)
        write_config(run, settings.as_mapping())
        with ui.task("training, epochs") as progress:
            result = snn.train(
                graph,
                given,
                settings,
                run.path,
                scheme_of=scheme_chooser(open_source(run), settings, chip) if chip else None,
                start=begin,
                resume=resume,
                progress=progress,
            )
        point_latest(run)
    return result


def export(
    run: RunFolder,
    *,
    target: str,
    profile: str,
    weight_bits: int | None = None,
    feature_bits: int | None = None,
    readout: str = READOUTS[0],
    calibrate: int = CALIBRATION_NODES,
    latency: int | None = None,
    copies: int | None = None,
    placer: str = "annealed",
    ui: Ui = SILENT,
) -> Deployment:
    """Quantise the trained network, place copies of it on the chip, and write deployment.h5.

    Args:
        weight_bits, feature_bits: signs included; default 8, or what the model was trained in.
        readout: where the linear readout runs, "host" or "on-chip"; the logits are the same.
        calibrate: training nodes on which scales are chosen, and on whose spikes the placement
            is judged; never validation or test nodes.
        latency: latency steps per snapshot of a model that has them; default, as trained.
        copies: default, as many as one chip takes. placer: "annealed" or "sequential".

    Raises:
        NetworkError: another readout, or one that the chip's accumulators cannot hold; no
            calibration nodes; other widths than those that the model was trained in.
    """
    from neurograph import models as snn

    if readout not in READOUTS:
        raise NetworkError(f"no readout '{readout}'; known: {', '.join(READOUTS)}")
    if calibrate < 1:
        raise NetworkError(f"calibration on {calibrate} nodes; needed at least 1: --calibrate 512")
    chip = load_profile(profile)
    if target != REFERENCE:
        runner(target)  # an unknown target fails before any work
    with run.held("export"):
        checkpoint = snn.load_checkpoint(run.need(run.checkpoint, "neurograph train"))
        source = open_source(run)
        network, tree = snn.capture(checkpoint, latency=latency), checkpoint.config.tree
        widths = chosen_widths(checkpoint, weight_bits, feature_bits)
        on_chip(network, chip)  # what cannot fit need not be quantised
        nodes = source.nodes("train", calibrate)
        ui.say(f"calibrating on {len(nodes):,} training nodes")
        given = host.inputs(source.graph, source.features, tree, nodes, seed=SAMPLE_SEED)
        quantized = quantize(network, chip, {STREAM: given}, **widths, scheme=checkpoint.scheme)
        if readout == "on-chip":
            quantized = readout_on_chip(quantized)
        traffic = measured_spikes(quantized, given, nodes)
        deployment = Deployment(
            network=network,
            quantized=quantized,
            placement=on_chip(quantized, chip, copies=copies, sent=traffic, method=placer),
            profile=chip,
            tree=tree,
            sample_seed=SAMPLE_SEED,
            parts={**PARTS, "linear readout": readout},
            provenance={**origin(run, source), "target": target, **widths, "readout": readout},
        )
        run.clear_results()
        store.save(deployment, run.deployment)
        how = {"target": target, "profile": profile, "readout": readout}
        run.note("export", {**how, "network": quantized.sha256})
    return deployment


def infer(
    run: RunFolder,
    *,
    target: str | None = None,
    part: str = "test",
    limit: int | None = None,
    resume: bool = False,
    options: Mapping[str, Any] | None = None,
    ui: Ui = SILENT,
) -> InferredPart:
    """Run the float network, the integer reference and the target over the same nodes.

    Args:
        target: default: the one exported for. part: whose nodes: train, val, test or all.
        limit: at most so many nodes. resume: go on from where an interrupted run was.
        options: the target's own.
    """
    with run.held("run"):
        deployment = load_deployment(run)
        target = target or str(deployment.provenance["target"])
        source = open_source(run)
        nodes = source.nodes(part, limit)
        chosen = dict(options or {})
        made_from = fingerprint(run.deployment.read_bytes())
        plan = {"deployment": made_from, "target": target, "options": chosen}
        parts = Parts(run.parts, nodes, plan, resume=resume)
        with kept(parts, ui.say):
            with ui.task(f"inference on {target}, targets") as progress:
                infer_parts(deployment, source, parts, target, chosen, progress, ui.say)
            found = parts.joined()
            facts = {"target": target, "nodes": part, "targets": len(nodes), "options": chosen}
            with run.new_results():
                for name, record in found.records.items():
                    store.save(record, run.record(name))
                run.note("run", {**facts, "seconds": found.seconds})
                store.save(found.events, run.events)
        parts.remove()
    return found


def on_chip(network: Network | QNetwork, chip: HardwareProfile, **how: Any) -> Placement:
    """The placement of a network that breaks no rule of the chip; `how` as `place` takes it.

    Raises:
        DoesNotFitError: it breaks some; carries every violation.
    """
    if violations := check(network, chip):
        raise DoesNotFitError(chip.name, violations)
    return place(network, chip, **how)


def score(run: RunFolder, records: Mapping[str, RunRecord]) -> dict[str, F1]:
    """F1 of every record against the labels of its nodes."""
    labels = open_source(run).graph.labels
    return {name: f1(labels[r.nodes], r.predictions) for name, r in records.items()}


def verify(run: RunFolder) -> dict[str, Agreement]:
    """Integers against floats and, where a target ran, the target against the integers."""
    records = load_records(run)
    return _agreements(run, records, load_deployment(run), open_source(run))


def _agreements(
    run: RunFolder, records: Mapping[str, RunRecord], deployment: Deployment, source: Source
) -> dict[str, Agreement]:
    pairs = {"integer_float": (FLOAT, REFERENCE)}
    for name in records.keys() - {FLOAT, REFERENCE}:
        pairs["lava_integer"] = (REFERENCE, name)
    options = run.read_manifest()["run"].get("options", {})
    found = {}
    for pair, (first, second) in pairs.items():
        agreement = compare(
            records[first],
            records[second],
            truth=source.graph.labels[records[first].nodes],
            latency=deployment.quantized.latency,
            layer=deployment.network.readout.source,
            tree=deployment.tree,
        )
        found[pair] = explain(agreement, records, deployment, source, options)
    return found


def past_tolerance(agreements: Mapping[str, Agreement], predictions: float) -> list[str]:
    """What is not as it must be: a target that differs, or too few equal predictions."""
    failures = []
    for name, agreement in agreements.items():
        pair = f"{agreement.second} against {agreement.first}"
        if name == "lava_integer" and not agreement.identical:
            failures.append(f"{pair} must be identical: {agreement.first_difference}")
        elif agreement.predictions < predictions:
            failures.append(
                f"{pair}: {agreement.predictions:.4f} of the predictions are the same, "
                f"needed {predictions:g}"
            )
    return failures


def write_report(run: RunFolder, baselines: Sequence[RunFolder] = ()) -> tuple[Path, Path]:
    """report.html and report.json of the last run of the deployment.

    Args:
        baselines: runs of models without spikes over the same nodes, to set beside it.
    """
    twins = [load_baseline(b.need(b.baseline, "neurograph run on it")) for b in baselines]
    with run.held("report"):
        deployment, records = load_deployment(run), load_records(run)
        source = open_source(run)
        agreements = _agreements(run, records, deployment, source)
        counts = store.load(EventCounts, run.need(run.events, "neurograph run"))
        given = report.ReportInput(
            deployment=deployment,
            records=records,
            truth=source.graph.labels[records[REFERENCE].nodes],
            agreements={name: a.to_json() for name, a in agreements.items()},
            counts=counts,
            energy=energy(
                deployment.quantized,
                deployment.placement,
                deployment.profile,
                counts,
                host_work(deployment.quantized, deployment.tree),
            ),
            training=read_metrics(run),
            baselines=twins,
            seconds=run.read_manifest()["run"]["seconds"],
        )
        return report.write(given, run.path)
