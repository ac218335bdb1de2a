"""Training a model to the end: the model is picked on validation nodes, without a look at the test.

An interrupted training continues bit for bit from its last checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from neurograph.errors import ModelError
from neurograph.feature_store import FeatureStore
from neurograph.graph import TemporalGraph
from neurograph.snn.checkpoint import (
    BEST,
    LAST,
    Checkpoint,
    load_checkpoint,
    load_optimizer,
    optimizer_tensors,
    save_checkpoint,
)
from neurograph.snn.settings import TrainSettings
from neurograph.snn.trainer import Trainer
from neurograph.splits import stratified_split
from neurograph.store import write_text

Progress = Callable[[int, int], None]  # (epochs done, epochs in all)


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """How a training ended; scores are of validation nodes, 0 to 1."""

    checkpoint: Path
    split: str
    parameters: int
    epochs: int
    best_epoch: int
    val_micro_f1: float
    val_macro_f1: float
    seconds: float


def train(
    graph: TemporalGraph,
    features: FeatureStore,
    settings: TrainSettings,
    folder: Path,
    *,
    resume: bool = False,
    progress: Progress | None = None,
) -> TrainResult:
    """Train a model and leave `metrics.jsonl` and `checkpoint/` in `folder`.

    A row of the metrics per epoch: `epoch`, `loss`, `val_micro_f1`, `val_macro_f1`,
    `firing_rate` (per layer, of validation nodes) and `seconds`. Both checkpoints and the metrics
    are replaced whole after every epoch, so a killed run leaves those of the epoch before.

    Args:
        resume: go on from the last checkpoint in `folder`; starts afresh if there is none.

    Raises:
        DataError: the labels cannot be split, or the features are of another graph.
        ModelError: settings that make no model, no such device, a loss that is not finite, or a
            checkpoint to resume from that was trained differently.
    """
    features.check_matches(graph)
    split = stratified_split(
        graph, settings.train_share, val_share=settings.val_share, seed=settings.split_seed
    )
    trainer = Trainer(graph, features, settings, split)
    checkpoints = folder / "checkpoint"
    if resume and (checkpoints / LAST).exists():
        _resume(trainer, load_checkpoint(checkpoints, LAST))
    while len(trainer.history) < settings.epochs:
        row = trainer.epoch(len(trainer.history) + 1)
        trainer.history.append(row)
        if trainer.best is row:
            save_checkpoint(_snapshot(trainer), checkpoints / BEST)
        write_text(folder / "metrics.jsonl", "".join(f"{json.dumps(r)}\n" for r in trainer.history))
        save_checkpoint(_snapshot(trainer, to_resume=True), checkpoints / LAST)
        if progress:
            progress(row["epoch"], settings.epochs)
    best = trainer.best
    return TrainResult(
        checkpoint=checkpoints,
        split=split.name,
        parameters=sum(p.numel() for p in trainer.model.parameters()),
        epochs=len(trainer.history),
        best_epoch=best["epoch"],
        val_micro_f1=best["val_micro_f1"],
        val_macro_f1=best["val_macro_f1"],
        seconds=sum(row["seconds"] for row in trainer.history),
    )


def _snapshot(trainer: Trainer, *, to_resume: bool = False) -> Checkpoint:
    """What to save after the latest epoch."""
    graph, features = trainer.graph, trainer.features
    meta = {
        "graph": {"name": graph.name, "sha256": graph.sha256, "generated": graph.generated},
        "features": {"sha256": features.sha256, "method": features.meta.get("method")},
        "split": trainer.split.name,
        "metrics": trainer.history[-1],
    }
    return Checkpoint(
        model=trainer.settings.model,
        config=trainer.config,
        settings=trainer.settings,
        state=trainer.model.state_dict(),
        meta=meta | ({"history": trainer.history} if to_resume else {}),
        optimizer=optimizer_tensors(trainer.optimizer) if to_resume else {},
    )


def _resume(trainer: Trainer, last: Checkpoint) -> None:
    """Put `trainer` where it was when `last` was saved.

    Raises:
        ModelError: that was another training.
    """
    then, now = last.settings.as_mapping(), trainer.settings.as_mapping()
    then["graph"], now["graph"] = last.meta["graph"]["sha256"], trainer.graph.sha256
    then["features"], now["features"] = last.meta["features"]["sha256"], trainer.features.sha256
    different = [
        f"{name} was {then[name]!r}, is {now[name]!r}"
        for name in now
        if then[name] != now[name] and name != "device"
    ]
    if different:
        raise ModelError(
            f"cannot resume, the checkpoint was trained differently: {'; '.join(different)}; "
            "use the same settings, or train in another folder"
        )
    trainer.model.load_state_dict(dict(last.state))
    load_optimizer(trainer.optimizer, last.optimizer)
    trainer.history = list(last.meta["history"])
