"""A made-up run of a SpikeNet-shaped network, built from nouns alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from neurograph.chip.deployment import Deployment
from neurograph.chip.placement import CoreUse, Placement, Slice
from neurograph.chip.profile import Constant, HardwareProfile
from neurograph.core.arrays import fingerprint
from neurograph.cost.baseline import Baseline
from neurograph.cost.complexity import Complexity, Operations
from neurograph.cost.estimate import EnergyEstimate, EnergyRow, Interval, PackingPoint
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import (
    AdaptiveLIF,
    Network,
    Population,
    Projection,
    QAdaptiveLIF,
    QNetwork,
    QPopulation,
    QProjection,
    QStream,
    QuantisationError,
    Readout,
    Stream,
)
from neurograph.report import ReportInput
from neurograph.runtime.record import EventCounts, RunRecord
from neurograph.tasks.yardsticks import Yardstick
from neurograph.tasks.yardsticks.measured import Measured, Yardsticks
from neurograph.verify import compare

TREE = TreeSpec(fanouts=(5, 2))
CLASSES, FEATURES, OUT = 4, 24, 10
SETS = ("davies2018", "sanafe")
Spikes = dict[str, npt.NDArray[np.bool_]]
MakeRun = Callable[..., ReportInput]


@pytest.fixture(scope="session")
def make_run() -> MakeRun:
    """Build a ReportInput; `backends` are names of those that ran, all equal to the reference."""
    return _make_run


def _make_run(
    *,
    targets: int = 40,
    steps: int = 9,
    latency: int = 1,
    hidden: int = 16,
    backends: tuple[str, ...] = ("loihi-sim",),
    name: str = "drifting communities",
    generated: bool = True,
) -> ReportInput:
    rng = np.random.default_rng(7)
    deployment = _deployment(rng, steps, latency, hidden, name, generated)
    truth = rng.integers(0, CLASSES, targets)
    truth[::9] = -1
    spikes = _spikes(rng, targets, steps, latency, hidden)
    changed = {n: s ^ (rng.random(s.shape, np.float32) < 0.014) for n, s in spikes.items()}
    logits = rng.normal(size=(targets, CLASSES)) + 2.2 * np.eye(CLASSES)[truth]
    sha = deployment.quantized.sha256
    reference = RunRecord(
        backend="reference",
        nodes=np.arange(targets) * 3 + 5,
        spikes=spikes,
        final={},
        logits=logits,
        network_sha256=sha,
        versions={"numpy": "2.3.5"},
    )
    noisy = logits + rng.normal(scale=0.3, size=logits.shape)
    records = {
        "float": replace(
            reference, backend="float", spikes=changed, logits=noisy, network_sha256="f" * 64
        ),
        "reference": reference,
    }
    agreements = {"float->reference": _compare(records["float"], reference, truth, latency)}
    for backend in backends:
        records[backend] = replace(reference, backend=backend, versions={"lava-nc": "0.10.0"})
        agreed = _compare(reference, records[backend], truth, latency)
        agreements[f"reference->{backend}"] = agreed
    return ReportInput(
        deployment=deployment,
        records=records,
        truth=truth,
        agreements=agreements,
        counts=_counts(deployment.quantized, targets, spikes),
        energy=_energy(steps),
        training=_training(rng),
        seconds={"float": 2.5, "reference": 3.42, **dict.fromkeys(backends, 71.0)},
        titles={"loihi-sim": "simulator of a chip"},
    )


def _spikes(
    rng: np.random.Generator, targets: int, steps: int, latency: int, hidden: int
) -> Spikes:
    """Silent at first, then rising, as in SpikeNet; some channels fire more than others."""
    updates = steps * latency
    rise = 0.01 + 0.3 / (1 + np.exp(-(np.arange(updates) - updates / 2) * 6 / updates))
    shapes = {"h1": (targets, updates, TREE.rows(1), hidden), "h2": (targets, updates, 1, OUT)}
    return {
        name: rng.random(shape, np.float32)
        < np.float32(rise)[:, None, None] * rng.gamma(2.0, 0.5, shape[-1]).astype(np.float32)
        for name, shape in shapes.items()
    }


def _compare(
    first: RunRecord, second: RunRecord, truth: npt.NDArray[np.int64], latency: int
) -> dict[str, object]:
    return compare(first, second, truth=truth, latency=latency, layer="h2", tree=TREE).to_dict()


def _deployment(
    rng: np.random.Generator, steps: int, latency: int, hidden: int, name: str, generated: bool
) -> Deployment:
    shapes = {
        "x->h1.self": ("x", "h1", TREE.self_mix(1), (hidden, FEATURES)),
        "x->h1.neighbours": ("x", "h1", TREE.neighbour_mix(1), (hidden, FEATURES)),
        "h1->h2.self": ("h1", "h2", TREE.self_mix(2), (OUT, hidden)),
        "h1->h2.neighbours": ("h1", "h2", TREE.neighbour_mix(2), (OUT, hidden)),
    }
    readout = Readout(
        source="h2", weight=rng.normal(size=(CLASSES, steps * OUT)), bias=np.zeros(CLASSES)
    )
    cells = {"h1": (TREE.rows(1), hidden), "h2": (1, OUT)}
    adaptive = {"voltage_decay": 1.0, "threshold": 1.0, "threshold_decay": 0.3}
    network = Network(
        streams=(Stream(name="x", rows=TREE.slots, channels=FEATURES),),
        populations=tuple(
            Population(
                name=n, rows=r, channels=c, neuron=AdaptiveLIF(**adaptive, threshold_step=0.2)
            )
            for n, (r, c) in cells.items()
        ),
        projections=tuple(
            Projection(name=n, source=s, target=t, mix=m, weight=rng.normal(size=w))
            for n, (s, t, m, w) in shapes.items()
        ),
        readout=readout,
        steps=steps,
        latency=latency,
    )
    neuron = QAdaptiveLIF(
        voltage_decay=4096, threshold=65536, threshold_decay=1229, threshold_step=13107
    )
    quantized = QNetwork(
        streams=(QStream(name="x", rows=TREE.slots, channels=FEATURES, bits=8, scale=20.0),),
        populations=tuple(
            QPopulation(name=n, rows=r, channels=c, neuron=neuron, bias_mant=np.zeros(c, np.int64))
            for n, (r, c) in cells.items()
        ),
        projections=tuple(
            QProjection(
                name=n,
                source=s,
                target=t,
                mix=m,
                weight=rng.integers(-120, 120, w) * 2,
                exponent=-2,
            )
            for n, (s, t, m, w) in shapes.items()
        ),
        readout=readout,
        steps=steps,
        latency=latency,
        errors=(
            QuantisationError(
                where="x->h1.self",
                what="weights rounded to zero",
                amount=212,
                total=3072,
                unit="weights",
            ),
            QuantisationError(
                where="x", what="input values clipped", amount=0.0004, total=1.0, unit="share"
            ),
            QuantisationError(
                where="h1", what="bias rounding", amount=0.0, total=0.0, unit="bias units"
            ),
        ),
    )
    return Deployment(
        network=network,
        quantized=quantized,
        placement=_placement(hidden),
        profile=_profile(),
        tree=TREE,
        sample_seed=11,
        runs_where={
            "neighbour sampling": "host",
            "feature quantisation": "host",
            "layers h1, h2": "on-chip",
            "readout": "host",
        },
        provenance={
            "graph": {
                "name": name,
                "generated": generated,
                "sha256": "a1" * 32,
                "classes": [f"class {n}" for n in range(CLASSES)],
            },
            "features": {"method": "spectral", "sha256": "b2" * 32, "path": "graph/features.npy"},
            "checkpoint": {"model": "SpikeNet", "sha256": "c3" * 32, "metrics": {"epoch": 31}},
            "split": {"name": "stratified, 40 % training", "seed": 42},
            "versions": {"neurograph": "0.1.0", "numpy": "2.3.5", "torch": "2.13.0"},
            "seed": 1,
            "command": "neurograph train --seed 1",
        },
    )


def _placement(hidden: int) -> Placement:
    """Two replicas over four cores of two tiles."""
    neurons = TREE.rows(1) * hidden

    def use(core: int, neurons: int, synapses: int) -> CoreUse:
        return CoreUse(
            core=core,
            neurons=neurons,
            synapses=synapses,
            synapse_bits=synapses * 12,
            axons_in=2048,
            axons_out=neurons,
            chip=0,
            column=core // 2,
            row=0,
        )

    return Placement(
        profile="loihi2",
        method="annealed",
        replicas=2,
        slices=tuple(
            Slice(population=name, start=0, stop=stop, core=core, replica=copy)
            for copy, cores in enumerate(((0, 2), (3, 1)))
            for name, stop, core in (("h1", neurons, cores[0]), ("h2", OUT, cores[1]))
        ),
        uses=(
            use(0, neurons, 86_016),
            use(1, OUT, 7_680),
            use(2, OUT, 7_680),
            use(3, neurons, 86_016),
        ),
        chips=1,
        replicas_per_chip=2,
        unchecked=("axons_in_per_core", "axons_out_per_core"),
    )


def _profile() -> HardwareProfile:
    def limit(value: float, unit: str) -> Constant:
        return Constant(
            value=value, low=value, high=value, unit=unit, source="made_up", basis="assumed"
        )

    return HardwareProfile(
        name="loihi2",
        title="Loihi 2",
        limits={
            "cores_per_chip": limit(128, "core"),
            "cores_per_tile": limit(2, "core"),
            "mesh_columns": limit(8, "tile"),
            "mesh_rows": limit(8, "tile"),
            "neurons_per_core": limit(8192, "neuron"),
            "synapse_bits_per_core": limit(192 * 8192, "bit"),
        },
        neurons=("LIF", "AdaptiveLIF"),
        energy={},
        time={},
        static={},
        host={
            name: Constant(
                value=v, low=v, high=v, unit="J", source="horowitz2014", basis="published"
            )
            for name, v in (
                ("mac_fp32", 4e-12),
                ("ac_fp32", 1e-12),
                ("mac_int8", 2e-13),
                ("ac_int8", 1e-13),
                ("memory_byte", 1e-10),
            )
        },
        sources={"davies2018": "M. Davies et al., IEEE Micro 38(1), 2018, Table 2"},
        notes=("No energy per operation of Loihi 2 has been published.",),
    )


def _counts(network: QNetwork, targets: int, spikes: Spikes) -> EventCounts:
    fired = {name: np.count_nonzero(s, axis=0) for name, s in spikes.items()}
    updates = network.updates
    sent = {"x": np.full((updates, TREE.slots, FEATURES), targets), **fired}
    return EventCounts(
        network_sha256=network.sha256,
        inferences=targets,
        sent=sent,
        active={name: np.full(s.shape[1:], targets) for name, s in spikes.items()},
        synaptic_ops={j.name: 60_000 * targets for j in network.projections},
        host_macs=OUT * updates * CLASSES * targets,
        bytes_in=10_000 * targets,
        bytes_out=updates * targets,
    )


def _energy(steps: int) -> EnergyEstimate:
    def pico(low: float, typical: float, high: float) -> Interval:
        return Interval(low=low * 1e-12, typical=typical * 1e-12, high=high * 1e-12)

    def row(part: str, where: str, kind: str, events: float, *ends: float) -> EnergyRow:
        each = pico(*ends)
        return EnergyRow(
            part=part,
            where=where,
            kind=kind,
            events=events,
            each={"davies2018": each, "sanafe": each.times(1.5)},
            source="davies2018, sanafe",
            basis="assumed" if where == "h2" else "published",
        )

    chip = "chip, dynamic"
    seconds = Interval(low=4e-7, typical=9e-7, high=1.9e-6).times(steps + 2)
    return EnergyEstimate(
        profile="loihi2",
        label="Loihi 2 estimate with Loihi 1 constants",
        rows=(
            row(chip, "x->h1.self", "synaptic operation", 61_440.0, 23.6, 23.6, 35.5),
            row(chip, "h1->h2.self", "synaptic operation", 4_410.5, 23.6, 23.6, 35.5),
            row(chip, "h1", "active update", 17_000.0, 72.8, 81.0, 142.1),
            row(chip, "h2", "inactive update", 120.25, 51.2, 52.0, 72.8),
            row("chip, static", "1/2 of a chip", "hardware step", steps + 2, 4e4, 8e4, 1.6e5),
            row("host", "readout", "multiply-accumulate", 1_080.0, 0.23, 4.6, 8600.0),
        ),
        seconds={"davies2018": seconds, "sanafe": seconds.times(2)},
        steps=steps + 2,
        snapshots=tuple(
            {name: pico(1e5 * (n + 1), 2e5 * (n + 1), 3e5 * (n + 1)) for name in SETS}
            for n in range(steps)
        ),
        packing=tuple(
            PackingPoint(replicas=n, joules=pico(5e6 / n, 6e6 / n, 9e6 / n)) for n in (1, 2)
        ),
        replicas=2,
        not_counted=("off-chip links", "random numbers on the host"),
    )


def _training(rng: np.random.Generator) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for epoch in range(1, 41):
        score = 0.71 - 0.45 * np.exp(-epoch / 7) + float(rng.normal(scale=0.006))
        rows.append(
            {
                "epoch": epoch,
                "loss": 0.8 + 1.1 * float(np.exp(-epoch / 9)),
                "val_micro_f1": score,
                "val_macro_f1": score - 0.02 if epoch > 1 else float("nan"),
                "rates": {"h1": 0.2},
                "seconds": 4.1,
            }
        )
    return rows


def twin_of(run: ReportInput) -> Baseline:
    """A made-up twin over the nodes of a made-up run."""
    given = run.deployment.provenance
    return Baseline(
        model="sage",
        nodes="test",
        count=len(run.truth),
        nodes_sha256=fingerprint(run.reference.nodes),
        graph_sha256=given["graph"]["sha256"],
        features_sha256=given["features"]["sha256"],
        split=given["split"],
        hidden=(16, OUT),
        fanouts=(5, 2),
        seed=3,
        task="node-classification",
        scores={"micro_f1": 0.625, "macro_f1": 0.5},
        complexity=Complexity(
            layers=(
                Operations(name="h1", macs=50_000.0, acs=900.0, dense=60_000.0),
                Operations(name="readout", macs=100.0, acs=0.0, dense=120.0),
            ),
            activations=400.0,
            silent=100.0,
            weights=2000,
            absent=20,
            parameters=2010,
            footprint=8000,
        ),
        seconds=1.0,
        versions={},
    )


@pytest.fixture(scope="session")
def make_yardsticks() -> Callable[..., Yardsticks]:
    """Yardsticks of a run, each `right` on such a share of the nodes."""
    return _make_yardsticks


def _make_yardsticks(run: ReportInput, *, right: Sequence[float]) -> Yardsticks:
    given, nodes = run.deployment.provenance, run.reference.nodes
    truth = np.zeros(nodes.max() + 1, np.int64)
    truth[nodes] = np.where(run.truth < 0, 0, run.truth)
    rng, measured = np.random.default_rng(5), []
    for number, share in enumerate(right):
        wrong = rng.random(len(truth)) >= share
        outputs = np.eye(CLASSES, dtype=np.int8)[(truth + wrong) % CLASSES]
        one = Yardstick(
            name=f"method-{number}",
            title=f"method {number} of a long name that breaks",
            about="what some <people> do",
            outputs=outputs,
            val_outputs=outputs[:5],
            chosen="alpha 0.9, 30 iterations" if number else "",
            seconds=0.25,
        )
        scores = {"micro_f1": share, "macro_f1": share}
        measured.append(Measured.of(one, {"val": scores, "test": scores}))
    return Yardsticks(
        task=run.task.name,
        graph_sha256=given["graph"]["sha256"],
        features_sha256=given["features"]["sha256"],
        split=given["split"],
        split_sha256="d4" * 32,
        folds=0,
        count={"train": 30, "val": 5, "test": len(nodes)},
        measured=tuple(measured),
        versions={},
    )


@pytest.fixture
def twin(run: ReportInput) -> Baseline:
    return twin_of(run)
