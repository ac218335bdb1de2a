"""Quantise a trained network and place replicas of it on a chip: writes deployment.h5."""

from __future__ import annotations

from typing import Any

from neurograph.chip.check import check
from neurograph.chip.deployment import Deployment
from neurograph.chip.place import place
from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.profiles import load_profile
from neurograph.core.errors import DoesNotFitError, NetworkError
from neurograph.core.nearest import unknown
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import Network, QNetwork
from neurograph.ir.passes.on_chip_readout import readout_on_chip
from neurograph.quantization.network import quantize_by
from neurograph.runtime.backends import default_backend, find_backend
from neurograph.runtime.firing import firing_alarms
from neurograph.workflow.captured import captured
from neurograph.workflow.dataset import SAMPLE_SEED
from neurograph.workflow.earlier import chosen_as, earlier_export
from neurograph.workflow.firing import measured_spikes, of_layers
from neurograph.workflow.integers import CALIBRATION_NODES, calibration_nodes, chosen_widths
from neurograph.workflow.laid_out import laid_out
from neurograph.workflow.provenance import provenance
from neurograph.workflow.results import keep_deployment
from neurograph.workflow.run import Run
from neurograph.workflow.ui import SILENT, Ui

RUNS_WHERE = {
    "feature rounding to payloads": "host",
    "spiking layers and aggregation": "on-chip",
    "weights and thresholds": "approximate",
}
READOUTS = ("host", "on-chip")  # where the linear readout may run


def export(
    run: Run,
    *,
    backend: str | None = None,
    mapping: str | None = None,
    profile: str = "loihi2",
    weight_bits: int | None = None,
    feature_bits: int | None = None,
    readout: str = READOUTS[0],
    calibrate: int | None = None,
    latency: int | None = None,
    replicas: int | None = None,
    placer: str = "annealed",
    ui: Ui = SILENT,
) -> Deployment:
    """Quantise the trained network, place replicas of it on the chip, and write deployment.h5.

    Args:
        backend: what is to run it; by default `default_backend`.
        mapping: how the graph is laid out, "trees" or "resident"; by default, as trained.
        weight_bits, feature_bits: signs included; default 8, or what the model was trained in.
        readout: where the linear readout runs, "host" or "on-chip"; the logits are the same.
        calibrate: training nodes on which scales are chosen, and on whose spikes the placement
            is judged; never validation or test nodes. By default 512, and where the graph has gone
            on since the training, the scales of the export before stay.
        latency: latency steps per snapshot of a model that has them; default, as trained.
        replicas: default, as many as one chip takes.
        placer: "annealed", "sequential" or "layered".

    Raises:
        NetworkError: another readout, or one that the chip's accumulators cannot hold; no
            calibration nodes; other widths than those that the model was trained in.
    """
    if readout not in READOUTS:
        raise NetworkError(unknown("readout", readout, READOUTS))
    wanted = CALIBRATION_NODES if calibrate is None else calibrate
    if wanted < 1:
        raise NetworkError(f"calibration on {wanted} nodes; needed at least 1: --calibrate 512")
    chip = load_profile(profile)
    backend = backend or default_backend()
    find_backend(backend)  # an unknown one fails before any work
    with run.folder.lock("export"):
        checkpoint, dataset = run.checkpoint, run.dataset
        network, tree = captured(run, mapping=mapping, latency=latency)
        widths = chosen_widths(checkpoint, weight_bits, feature_bits)
        on_chip(network, chip)  # what cannot fit need not be quantised
        nodes = calibration_nodes(dataset, tree, wanted)
        before = None if calibrate else earlier_export(run, network, tree, widths, chip)
        fewer = len(nodes) < min(wanted, len(dataset.split.train))
        what = ", whose inputs are 1 GB" if fewer else ""
        stays = "the graph has gone on, and the scales stay (--calibrate chooses anew): measuring"
        ui.say(f"{stays if before else 'calibrating'} on {len(nodes):,} training nodes{what}")
        layout = laid_out(dataset, nodes, tree)
        given = layout.inputs(slice(0, len(layout)))
        judges = nodes if tree is None else None
        scheme = before.scheme if before else checkpoint.scheme
        quantized, scheme = quantize_by(
            network, chip, given, **widths, scheme=scheme, judges=judges
        )
        quantized = chosen_as(before, quantized)
        if readout == "on-chip":
            quantized = readout_on_chip(quantized)
        traffic, rates = measured_spikes(quantized, given, layout.rows)
        for alarm in firing_alarms(of_layers(network, rates)):
            ui.say(f"warning: {alarm}")
        deployment = Deployment(
            network=network,
            quantized=quantized,
            placement=on_chip(quantized, chip, replicas=replicas, sent=traffic, method=placer),
            profile=chip,
            tree=tree,
            sample_seed=SAMPLE_SEED,
            runs_where={**runs_where(tree), checkpoint.config.reads_out: readout},
            provenance={**provenance(run), "backend": backend, **widths, "readout": readout},
            scheme=scheme,
        )
        facts = {"backend": backend, "profile": profile, "readout": readout}
        made = {"network": quantized.sha256, "floats": network.sha256}
        keep_deployment(run, deployment, {**facts, **made}, ui)
    return deployment


def runs_where(tree: TreeSpec | None) -> dict[str, str]:
    """Where each part runs, without the readout."""
    neighbours = {"neighbour sampling": "host"} if tree else {"neighbours of all nodes": "on-chip"}
    return {**neighbours, **RUNS_WHERE}


def on_chip(network: Network | QNetwork, chip: HardwareProfile, **how: Any) -> Placement:
    """The placement of a network that breaks no rule of the chip; `how` as `place` takes it.

    Raises:
        DoesNotFitError: it breaks some; carries every violation.
    """
    if violations := check(network, chip):
        raise DoesNotFitError(chip.name, violations)
    return place(network, chip, **how)
