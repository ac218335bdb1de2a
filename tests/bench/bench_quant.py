"""Quantisation on DBLP: what integers of each width keep of three trained models.

Every variant of a model runs on all test nodes and on the same sampled neighbours. Scales are
chosen on training nodes, trained models are picked on validation nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from bench_dblp import SEEDS, graph_folder, run_folder, train
from bench_qat import Trained, epoch_ratio, trained_in_integers
from table import Row, row, seconds

from neurograph import models as snn
from neurograph.chip.profiles import load_profile
from neurograph.core.arrays import Array
from neurograph.graphs import embed as features
from neurograph.ir import STREAM, Network, QNetwork
from neurograph.quantization import quantize
from neurograph.quantization.report import quantisation_report
from neurograph.runtime import host, reference
from neurograph.runtime.record import RunRecord
from neurograph.tasks import f1
from neurograph.workflow.dataset import SAMPLE_SEED, Dataset
from neurograph.workflow.integers import CALIBRATION_NODES
from neurograph.workflow.run import Run

CHUNK, PROFILE = 1024, "loihi2"
F1_BARS: Mapping[tuple[str, int, int], float] = {  # weight and feature bits: points of micro-F1
    ("PTQ", 8, 8): -0.3,
    ("PTQ", 6, 8): -0.8,
    ("QAT", 8, 8): -0.1,
    ("QAT", 4, 8): -0.7,
}
SAME_BAR = {("PTQ", 8, 8): 97.0}  # percent of predictions that are the float model's
WIDTHS = ((8, 8), (6, 8), (4, 8), (8, 10), (8, 6), (8, 4))  # of PTQ, weights and features
QAT_WIDTHS = ((8, 8), (4, 8))
CALIBRATION_BAR_S, EPOCH_BAR = 120.0, 2.5


def rows(data_dir: Path) -> list[Row]:
    """Every variant over three seeds, then what calibrating and training in integers take."""
    folder = graph_folder(data_dir, features.DEFAULT)
    scores: dict[tuple[str, int, int], list[_Score]] = {}
    taken: list[float] = []
    for seed in SEEDS:
        train(folder, features.DEFAULT, seed)
        model = _Model(run_folder(features.DEFAULT, seed).path, seed)
        for width in WIDTHS:
            taken.append(seconds(partial(model.add, "PTQ", *width)))
        for width in QAT_WIDTHS:
            model.add_trained(*width)
        for variant, score in model.score().items():
            scores.setdefault(variant, []).append(score)
    return [
        *(r for variant, of in scores.items() for r in _score_rows(variant, of)),
        row("calibration of DBLP, slowest", max(taken), "s", CALIBRATION_BAR_S),
        row(
            "training epoch in integers over one in floats, time",
            epoch_ratio(folder),
            "x",
            EPOCH_BAR,
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class _Score:
    """One variant of one model: micro-F1 minus the floats', percent of the same predictions."""

    gap: float
    same: float
    differing: int | None  # spikes that differ between training's forward pass and the reference
    compared: int


@dataclass(eq=False)
class _Model:
    """A trained float model and its integer variants, by (kind, weight bits, feature bits)."""

    path: Path
    seed: int
    variants: dict[tuple[str, int, int], QNetwork] = field(default_factory=dict)
    trained: dict[tuple[str, int, int], Trained] = field(default_factory=dict)

    def __post_init__(self) -> None:
        run = run_folder(features.DEFAULT, self.seed)
        self.source: Dataset = Run(run).dataset
        self.checkpoint = snn.load_checkpoint(run.checkpoint)
        self.network: Network = snn.capture(self.checkpoint)
        self.calibration = self._inputs(self.source.nodes("train", CALIBRATION_NODES))

    def add(self, kind: str, weight_bits: int, feature_bits: int) -> None:
        quantized = quantize(
            self.network,
            load_profile(PROFILE),
            {STREAM: self.calibration},
            weight_bits=weight_bits,
            feature_bits=feature_bits,
        )
        self.variants[kind, weight_bits, feature_bits] = quantized
        for line in quantisation_report(self.network, quantized).suggestions:
            print(f"  seed {self.seed}, {weight_bits}/{feature_bits} bits: {line}", flush=True)

    def add_trained(self, weight_bits: int, feature_bits: int) -> None:
        made = trained_in_integers(self.seed, weight_bits, feature_bits)
        self.trained["QAT", weight_bits, feature_bits] = made
        self.variants["QAT", weight_bits, feature_bits] = made.quantized

    def score(self) -> dict[tuple[str, int, int], _Score]:
        """Of all test nodes, chunk by chunk."""
        nodes = self.source.split.test
        predicted: dict[tuple[str, int, int], list[Array]] = {v: [] for v in self.variants}
        floats, differing = [], dict.fromkeys(self.trained, 0)
        compared = 0
        for part in _parts(nodes):
            given = self._inputs(part)
            floats.append(reference.run_float(self.network, {STREAM: given}, part).predictions)
            for variant, quantized in self.variants.items():
                record = reference.run(quantized, quantized.encode({STREAM: given}), part)
                predicted[variant].append(record.predictions)
                if variant in self.trained:
                    forward = self.trained[variant].spikes(self.source, part)
                    differing[variant] += _differing(record, forward)
                    compared += sum(s.size for s in forward.values())
        labels, wanted = self.source.graph.labels[nodes], np.concatenate(floats)
        best = f1(labels, wanted).micro
        found = {}
        for variant, of in predicted.items():
            got = np.concatenate(of)
            found[variant] = _Score(
                gap=100 * (f1(labels, got).micro - best),
                same=100 * float(np.mean(got == wanted)),
                differing=differing.get(variant),
                compared=compared // max(len(self.trained), 1),
            )
        return found

    def _inputs(self, nodes: Array) -> Array:
        source, tree = self.source, self.checkpoint.config.tree
        seed = SAMPLE_SEED
        return host.inputs(source.graph, source.features, tree, nodes, seed=seed)


def _parts(nodes: Array) -> Iterator[Array]:
    for start in range(0, len(nodes), CHUNK):
        yield nodes[start : start + CHUNK]


def _differing(record: RunRecord, forward: Mapping[str, Array]) -> int:
    return sum(int(np.count_nonzero(record.spikes[n] != s)) for n, s in forward.items())


def _score_rows(variant: tuple[str, int, int], scores: list[_Score]) -> Iterator[Row]:
    kind, weight_bits, feature_bits = variant
    of = f"{kind}, {weight_bits}-bit weights, {feature_bits}-bit features"
    gaps, same = [s.gap for s in scores], [s.same for s in scores]
    name = f"{of}: micro-F1, integers minus floats, mean of {_listed(gaps, '+.2f')}"
    yield row(name, float(np.mean(gaps)), "points", F1_BARS.get(variant), ">=")
    name = f"{of}: same prediction as the float model, mean of {_listed(same, '.2f')}"
    yield row(name, float(np.mean(same)), "%", SAME_BAR.get(variant), ">=")
    if scores[0].differing is not None:
        compared = sum(s.compared for s in scores)
        name = f"{of}: spikes of {compared:,} that differ, training's forward pass and reference"
        yield row(name, sum(s.differing or 0 for s in scores), "", 0, "=")


def _listed(numbers: list[float], how: str) -> str:
    return ", ".join(format(n, how) for n in numbers)
