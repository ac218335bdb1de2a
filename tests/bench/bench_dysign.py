"""Dy-SIGN beside SpikeNet on DBLP: memory, settling, speed, scores, ablations, integers, Lava."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

import bench_dysign_memory
import bench_dysign_rates
import numpy as np
from bench_dblp import INTEGER_BAR, SEEDS, graph_folder, predictions, score, test_score
from bench_lava import stream
from bench_training import peak_memory_gb
from differing import Differing
from table import Row, row, seconds
from trained import SHARE, Trained, Variant, parts, train_variant

from neurograph.graphs import embed as features
from neurograph.graphs import io as data
from neurograph.graphs.splits import stratified_split
from neurograph.models import TrainResult
from neurograph.models.training.trainer import Trainer
from neurograph.runtime import reference
from neurograph.tasks import F1, f1
from neurograph.workflow.export import export as export_run
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.run import Run

MODELS = {"spikenet": "SpikeNet", "dysign": "Dy-SIGN"}
OTHER_SHARES = (0.6, 0.8)  # for the first seed
EPOCHS, EPOCH_BAR = 4, 4.0  # timed of each model, in turns
EPOCH_LATENCY = 5  # at which the bar is set
ABLATION_EPOCHS = 8  # the preset's cosine, over fewer epochs
ABLATED = {
    "full": {},
    "without feedback": {"feedback": False},
    "without compensation": {"compensation": False},
    "without both": {"feedback": False, "compensation": False},
}
LATENCIES = (5, 10, 20, 40)  # in inference
CHUNK, LAVA_TARGETS = 1024, 2048


def rows(data_dir: Path) -> list[Row]:
    """Everything that `make bench-dysign` prints."""
    folder = graph_folder(data_dir, features.DEFAULT)
    return [
        *bench_dysign_memory.rows(folder),
        *bench_dysign_rates.rows(),
        *epoch_rows(folder),
        *score_rows(folder),
        *latency_rows(folder),
        *integer_rows(folder),
    ]


def ablation_rows(data_dir: Path, epochs: int = ABLATION_EPOCHS) -> list[Row]:
    """Everything that `make bench-ablation` prints."""
    folder = graph_folder(data_dir, features.DEFAULT)
    title = f"Dy-SIGN on DBLP, {100 * SHARE:g} % trained, {len(SEEDS)} seeds, cosine over"
    made = [row(title, epochs, "epochs")]
    for name, left_out in ABLATED.items():
        variants = [Variant(seed=seed, epochs=epochs, **left_out) for seed in SEEDS]
        made += _f1_rows(name, [_train(folder, v).score for v in variants])
    return made


# --- speed ----------------------------------------------------------------------------------------


def epoch_rows(folder: Path, epochs: int = EPOCHS) -> Iterator[Row]:
    """Seconds of an epoch of each model, in turns, and the median of the ratios."""
    graph, given = data.load_graph(folder), features.load_features(folder, features.DEFAULT)
    spikenet, dysign = (Variant(seed=SEEDS[0], model=model).settings() for model in MODELS)
    each = {
        "SpikeNet": spikenet,
        f"Dy-SIGN, K = {EPOCH_LATENCY}": replace(dysign, latency=EPOCH_LATENCY),
        f"Dy-SIGN, K = {dysign.latency}": dysign,
    }
    split = stratified_split(graph, dysign.train_share, val_share=dysign.val_share)
    trainers = [Trainer(graph, given, settings, split) for settings in each.values()]
    taken = [
        [seconds(partial(trainer.train_epoch, number)) for trainer in trainers]
        for number in range(1, epochs + 2)
    ][1:]  # the first compiles
    for name, of in zip(each, zip(*taken, strict=True), strict=True):
        yield row(f"{name}: a training epoch, median of {epochs}", median(of), "s")
    ratio = median(dysign_s / spikenet_s for spikenet_s, dysign_s, _ in taken)
    name = f"training epoch of Dy-SIGN at K = {EPOCH_LATENCY} over SpikeNet's, time"
    yield row(name, ratio, "x", EPOCH_BAR)


# --- scores ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Done:
    """A training that is complete, and its score on all test nodes."""

    run: RunFolder
    result: TrainResult
    score: F1


def _train(folder: Path, variant: Variant) -> _Done:
    run, result = train_variant(folder, variant)
    return _Done(run, result, test_score(run))


def score_rows(folder: Path, epochs: int | None = None) -> Iterator[Row]:
    """Both models at every share, with what their trainings took."""
    for model, name in MODELS.items():
        for share in (SHARE, *OTHER_SHARES):
            seeds = SEEDS if share == SHARE else SEEDS[:1]
            variants = [Variant(seed=s, model=model, share=share, epochs=epochs) for s in seeds]
            done = [_train(folder, variant) for variant in variants]
            of = f"{name}, {100 * share:.0f} % trained"
            yield from _f1_rows(of, [d.score for d in done])
            each = [d.result.seconds / d.result.epochs for d in done]
            yield row(f"{of}: an epoch, validation included", float(np.mean(each)), "s")
            memory = peak_memory_gb(folder, variants[0].settings())
            yield row(f"{of}: peak resident memory of a training", memory, "GB")


def latency_rows(folder: Path, epochs: int | None = None) -> Iterator[Row]:
    """Dy-SIGN's weights with other latency steps than trained with; validation picks how many.

    The bar is SpikeNet's mean micro-F1.
    """
    spikenet, dysign = (
        [train_variant(folder, Variant(seed=s, model=m, epochs=epochs))[0] for s in SEEDS]
        for m in MODELS
    )
    bar, validated, tested = _micro([test_score(run) for run in spikenet]), {}, {}
    for latency in LATENCIES:
        of = f"Dy-SIGN, K = {latency} in inference"
        validated[latency], tested[latency] = (
            [score(run, part, latency) for run in dysign] for part in ("val", "test")
        )
        yield from _f1_rows(of, validated[latency], part="validation")
        yield from _f1_rows(of, tested[latency])
    best = max(LATENCIES, key=lambda k: _micro(validated[k]))
    yield row("K in inference that validation picks", best, "")
    yield row("... its test micro-F1, against SpikeNet's", _micro(tested[best]), "%", bar, ">=")
    for share in OTHER_SHARES:
        run, _ = train_variant(folder, Variant(seed=SEEDS[0], share=share, epochs=epochs))
        of = f"Dy-SIGN, {100 * share:.0f} % trained, K = {best} in inference"
        yield from _f1_rows(of, [score(run, "test", best)])


def _micro(scores: Sequence[F1]) -> float:
    """Percent, the mean."""
    return 100 * float(np.mean([of.micro for of in scores]))


def _f1_rows(of: str, scores: Sequence[F1], *, part: str = "test") -> Iterator[Row]:
    """Means, micro first, and sample deviations where there are several."""
    for kind in ("micro", "macro"):
        values = [100 * getattr(score, kind) for score in scores]
        several = len(values) > 1
        each = f", mean of {', '.join(f'{value:.2f}' for value in values)}" if several else ""
        yield row(f"{of}: {part} {kind}-F1{each}", float(np.mean(values)), "%")
        if several:
            yield row("... deviation", float(np.std(values, ddof=1)), "points")


# --- integers -------------------------------------------------------------------------------------


def integer_rows(folder: Path, epochs: int | None = None) -> Iterator[Row]:
    """Integers of 8-bit weights and features against floats, then Lava against the integers.

    With as many latency steps as trained with; of the first seed also with the most.
    """
    runs = [train_variant(folder, Variant(seed=seed, epochs=epochs))[0] for seed in SEEDS]
    yield from _agreement(SEEDS[0], _exported(runs[0], max(LATENCIES)))
    models = [_exported(run) for run in runs]
    for seed, model in zip(SEEDS, models, strict=True):
        yield from _agreement(seed, model)
    yield from _lava(models[0])


def _exported(run: RunFolder, latency: int | None = None) -> Trained:
    deployment = export_run(
        Run(run),
        backend="loihi-sim",
        profile="loihi2",
        weight_bits=8,
        feature_bits=8,
        latency=latency,
    )
    return Trained(run, deployment, Run(run).dataset)


def _agreement(seed: int, model: Trained) -> Iterator[Row]:
    gap, same, nodes = _against_floats(model)
    of = f"Dy-SIGN, seed {seed}, K = {model.network.latency}"
    yield row(f"{of}: micro-F1, integers minus floats, {nodes:,} test nodes", gap, "points")
    yield row("... its size", abs(gap), "points", INTEGER_BAR)
    yield row("... same prediction", same, "%")


def _against_floats(model: Trained) -> tuple[float, float, int]:
    """Points of micro-F1, percent of the same predictions, and how many test nodes there are."""
    nodes, latency = model.source.nodes("test"), model.network.latency
    wanted = predictions(model.run, model.source, nodes, latency)
    got = np.concatenate(
        [
            reference.run(model.network, model.payloads(part), part).predictions
            for part in parts(nodes, CHUNK)
        ]
    )
    labels = model.source.graph.labels[nodes]
    gap = 100 * (f1(labels, got).micro - f1(labels, wanted).micro)
    return gap, 100 * float(np.mean(got == wanted)), len(nodes)


def _lava(model: Trained, targets: int = LAVA_TARGETS) -> list[Row]:
    nodes = model.source.nodes("test", targets)
    differing = Differing()
    for record in stream(model.network, model.feed(nodes), nodes):
        want = reference.run(model.network, model.payloads(record.nodes), record.nodes)
        differing.compare(want, record)
    return differing.rows(f"Dy-SIGN, {len(nodes):,} test nodes, Lava and reference")
