"""Training a model to the end: the model is picked on validation nodes, without a look at the test.

In floats; then, with `qat`, in the integers of a scheme, from the best float weights or from those
of an earlier training. An interrupted training continues bit for bit from its last checkpoint.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from neurograph.core.arrays import fingerprint
from neurograph.core.errors import ModelError
from neurograph.core.files import write_text
from neurograph.core.fixedpoint import STATE_MAX
from neurograph.core.setting import settings_of
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.splits import Split
from neurograph.ir import Network, Scheme
from neurograph.models.checkpoint import (
    BEST,
    LAST,
    Checkpoint,
    capture,
    load_checkpoint,
    load_optimizer,
    optimizer_tensors,
    save_checkpoint,
)
from neurograph.models.config import RESIDENT, TRAINING
from neurograph.models.integer.headroom import with_room
from neurograph.models.settings import TrainSettings
from neurograph.models.training.folds import cross_validate
from neurograph.models.training.of_mapping import trainer_of
from neurograph.models.training.trainer import FLOAT, Trainer
from neurograph.tasks import find_task, split_nodes
from neurograph.tasks.split import FILE

Progress = Callable[[int, int], None]  # (epochs done, epochs in all)
Observe = Callable[[Mapping[str, Any]], None]  # a row of the metrics
SchemeOf = Callable[[Network], Scheme]


class Listener(Protocol):
    """Who keeps the folder of a training in order."""

    def before_writing(self) -> None:
        """Called before files are written."""

    def after_writing(self, *, best: bool) -> None:
        """Called when they are all there; `best`: another model is."""


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """How a training ended.

    Attributes:
        scores: of the validation nodes, by name, as the task has them.
        firing: share of the neuron updates that fire on validation nodes, by layer; of a model
            without spikes none.
        seconds: of all epochs of this call, and of the folds that said how many.
        warnings: what makes its gradients doubtful.
    """

    checkpoint: Path
    split: str
    parameters: int
    epochs: int
    best_epoch: int
    scores: Mapping[str, float]
    firing: Mapping[str, float]
    seconds: float
    warnings: tuple[str, ...] = ()


def train(
    graph: TemporalGraph,
    features: FeatureStore,
    settings: TrainSettings,
    folder: Path,
    *,
    split: Split | None = None,
    scheme_of: SchemeOf | None = None,
    start: Checkpoint | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    observe: Observe | None = None,
    listener: Listener | None = None,
) -> TrainResult:
    """Train a model and leave `metrics.jsonl` and `checkpoint/` in `folder`.

    A row of the metrics per epoch: `epoch`, `phase` ("float" or "integer": whose forward pass),
    `loss`, a score of the task with `val_` before its name each, `firing_rate` (per layer, of
    validation nodes), and `out_of_range` where weights have outgrown the scheme, so that a state
    could leave its 24 bits (how far, per layer): such an epoch is never the best. Of a Dy-SIGN also
    `solver_residual` (the largest of the epoch, relative to the gradient), `solver_iterations`
    (mean) and `solver_failed` (share of the steps). Both checkpoints and
    the metrics are replaced whole after every epoch, so a killed run leaves those of the epoch
    before. The same training leaves the same bytes: times are in no file.

    Args:
        split: the nodes that are trained on, picked by, and scored on. None: as `settings` say.
        scheme_of: how to round a network; needed with `settings.qat`, asked once.
        start: train these weights on: in integers, without any epoch in floats; or over the whole
            graph, where they were trained over sampled trees.
        resume: go on from the last checkpoint in `folder`; starts afresh if there is none. There
            may be more epochs in floats than then: with a constant learning rate that is the
            longer training, bit for bit; a falling one falls along all epochs from there on.
        listener: is told before anything is written.
        observe: told of each epoch when it is over, before `progress` is.

    Raises:
        DataError: the labels cannot be split, or the features are of another graph.
        ModelError: settings that make no model, no such device, a loss that is not finite, a
            checkpoint to start or resume from that was trained differently, or no integer epoch
            within the scheme's range.
        NetworkError: no scheme fits the weights.
    """
    _check_request(settings, scheme_of, start)
    features.check_matches(graph)
    split = split or split_nodes(find_task(settings.task), graph, settings.to_dict())
    checkpoints = folder / "checkpoint"
    last = None
    if resume and (checkpoints / LAST).exists():
        last = load_checkpoint(checkpoints, LAST)
    origin = _origin(start) if start or last is None else str(last.meta.get("start", ""))
    begun = bool(origin) and settings.qat  # its floats are trained already
    float_epochs = 0 if begun else settings.epochs
    folds, began = None, time.perf_counter()
    if settings.folds and not origin:
        folds = cross_validate(graph, features, settings, split, progress=progress)
        split, float_epochs = folds.all_to_learn_from(split), folds.epochs
    trainer = trainer_of(graph, features, settings, split, float_epochs=float_epochs)
    source = start or last
    if folds:
        trainer.facts["folds"] = folds.facts(trainer.task, trainer.truth[folds.nodes])
    elif source is not None and "folds" in source.meta:  # what it knows, its successor knows
        trainer.facts["folds"] = source.meta["folds"]
    if start is not None:
        _check_start(trainer, start)
        if not settings.qat:
            trainer.begin_with(start.state)
    if last is not None:
        _resume(trainer, last, origin)

    def keep(*, best: bool) -> None:
        if listener is not None:
            listener.before_writing()
        if best:
            save_checkpoint(_snapshot(trainer, origin), checkpoints / BEST)

    def keep_last(*, best: bool) -> None:
        save_checkpoint(_snapshot(trainer, origin, to_resume=True), checkpoints / LAST)
        if listener is not None:
            listener.after_writing(best=best)

    while not trainer.finished:
        if scheme_of and trainer.scheme is None and trainer.floats_done:
            floats = start if begun and start else load_checkpoint(checkpoints)
            _begin_integers(trainer, floats, scheme_of)
            keep(best=False)
            # from here on `best` may be of an integer epoch: only this file knows where to go on
            keep_last(best=False)
        row = trainer.epoch(len(trainer.history) + 1)
        if folds:  # what left-out nodes said: of none that are left does the model know nothing
            row |= folds.rows[min(row["epoch"], folds.epochs) - 1]
        trainer.history.append(row)
        keep(best=trainer.best is row)
        write_text(folder / "metrics.jsonl", _lines(trainer.history))
        keep_last(best=trainer.best is row)
        if observe:
            observe(row)
        if progress:
            progress(row["epoch"], trainer.epochs)
    return _result(trainer, checkpoints, split.name, time.perf_counter() - began)


def _lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def _result(trainer: Trainer, checkpoints: Path, split: str, seconds: float) -> TrainResult:
    if (best := trainer.best) is None:
        beyond = trainer.history[-1]["out_of_range"].items()
        found = ", ".join(f"the state of {name} can reach {top:,.0f}" for name, top in beyond)
        raise ModelError(
            "in every integer epoch the weights outgrow the scales that were chosen for them; in "
            f"the last, {found} of {STATE_MAX:,} (24 bits); lower the learning rate of the integer "
            f"epochs ({trainer.settings.qat_learning_rate:g})"
        )
    return TrainResult(
        checkpoint=checkpoints,
        split=split,
        parameters=sum(p.numel() for p in trainer.model.parameters()),
        epochs=len(trainer.history),
        best_epoch=best["epoch"],
        scores={s.name: best[f"val_{s.name}"] for s in trainer.task.scores},
        firing=_firing(trainer, best),
        seconds=seconds,
        warnings=tuple(trainer.model.warnings(trainer.history)),
    )


def _firing(trainer: Trainer, row: Mapping[str, Any]) -> dict[str, float]:
    if not trainer.config.spiking:
        return {}
    return {f"h{layer}": rate for layer, rate in enumerate(row.get("firing_rate", ()), 1)}


def _check_request(
    settings: TrainSettings, scheme_of: SchemeOf | None, start: Checkpoint | None
) -> None:
    """Raise ModelError unless all that trains in integers is there, or nothing of it."""
    if settings.qat and scheme_of is None:
        raise ModelError("qat is set, but not how to round: give scheme_of")
    if settings.edge_weights == "auto":
        raise ModelError(
            "edge_weights is 'auto': say on or off, or ask models.suited.edge_weights, which looks "
            "at the labels of training and validation nodes"
        )
    if not settings.qat and scheme_of:
        raise ModelError("scheme_of is for training in integers: set qat")
    if not settings.qat and start and settings.own.mapping != RESIDENT:
        raise ModelError(
            "start is for training on in integers, or over the whole graph: set qat, or mapping "
            "'resident'"
        )


def _check_start(trainer: Trainer, start: Checkpoint) -> None:
    """Raise ModelError unless `start` is a sound checkpoint of the same model."""
    # may differ: the network is the same
    how_trained = {s.name for s in settings_of(type(start.config)) if s.group == TRAINING}
    if not trainer.settings.qat and not start.config.label_input:
        how_trained.add("mapping")  # the weights are the same, but for those of labels
    now, then = ({**_data(of), **asdict(of.config)} for of in (trainer, start))
    different = [
        f"{name} was {then[name]!r}, is {now[name]!r}"
        for name in now
        if name in then and then[name] != now[name] and name not in how_trained
    ]
    if different:
        raise ModelError(
            f"cannot start from a checkpoint of another model or split: {'; '.join(different)}"
        )
    for name, tensor in start.state.items():
        if not tensor.isfinite().all():
            raise ModelError(
                f"cannot start from a checkpoint whose '{name}' is not finite; train it again"
            )


def _data(of: Trainer | Checkpoint) -> dict[str, object]:
    """What must be the same, lest test nodes of now were training nodes then."""
    same = ("model", "task", "split", "train_share", "val_share", "split_seed")
    split = {n: getattr(of.settings, n) for n in same}
    if of.settings.split == FILE:
        split["split"] = of.split.name if isinstance(of, Trainer) else of.meta["split"]
    if isinstance(of, Trainer):
        return {"graph": of.graph.sha256, "features": of.features.sha256, **split}
    return {"graph": of.meta["graph"]["sha256"], "features": of.meta["features"]["sha256"], **split}


def _begin_integers(trainer: Trainer, start: Checkpoint, scheme_of: SchemeOf) -> None:
    """Choose the scheme once, by the weights of `start`, and go on from there."""
    network = capture(start, **trainer.layout())
    trainer.go_on_in_integers(start.state, with_room(scheme_of(network), network))


def _origin(start: Checkpoint | None) -> str:
    """Fingerprint of the weights from which a training starts; empty: fresh ones."""
    if start is None:
        return ""
    return fingerprint(*(x for name, t in sorted(start.state.items()) for x in (name, t.numpy())))


def _snapshot(trainer: Trainer, origin: str, *, to_resume: bool = False) -> Checkpoint:
    """What to save after the latest epoch."""
    graph, features = trainer.graph, trainer.features
    meta = {
        **trainer.facts,
        "graph": {"name": graph.name, "sha256": graph.sha256, "generated": graph.generated},
        "features": {"sha256": features.sha256, "method": features.meta.get("method")},
        "split": trainer.split.name,
        "metrics": trainer.history[-1] if trainer.history else {},
    }
    if origin:
        meta["start"] = origin
    mean = trainer.mean.state if trainer.mean else {}
    return Checkpoint(
        model=trainer.settings.model,
        config=trainer.config,
        settings=trainer.settings,
        state=trainer.model.state_dict() if to_resume else trainer.to_be_run(),
        meta=meta | ({"history": trainer.history} if to_resume else {}),
        optimizer=optimizer_tensors(trainer.optimizer) if to_resume else {},
        mean=mean if to_resume else {},
        scheme=trainer.scheme,
    )


def _resume(trainer: Trainer, last: Checkpoint, origin: str) -> None:
    """Put `trainer` where it was when `last` was saved.

    Raises:
        ModelError: that was another training.
    """
    then, now = last.settings.to_dict(), trainer.settings.to_dict()
    then["graph"], now["graph"] = last.meta["graph"]["sha256"], trainer.graph.sha256
    then["features"], now["features"] = last.meta["features"]["sha256"], trainer.features.sha256
    then["start"], now["start"] = last.meta.get("start", ""), origin
    if then["split"] == now["split"] == FILE:
        then["split"], now["split"] = last.meta["split"], trainer.split.name
    different = [
        f"{name} was {then[name]!r}, is {now[name]!r}"
        for name in now
        if name in then and then[name] != now[name] and name != "device"
    ]
    if len(different) == 1 and then["epochs"] < now["epochs"] and last.scheme is None:
        different = []  # it is to be longer
    if different:
        raise ModelError(
            f"cannot resume, the checkpoint was trained differently: {'; '.join(different)}; "
            "use the same settings, or train in another folder"
        )
    if last.scheme is None:
        trainer.model.load_state_dict(dict(last.state))
    else:
        trainer.go_on_in_integers(last.state, last.scheme)
    load_optimizer(trainer.optimizer, last.optimizer)
    if trainer.mean:
        trainer.mean.load(last.mean)
    rows = last.meta["history"]
    untimed = ({n: x for n, x in row.items() if n != "seconds"} for row in rows)  # those of 0.1
    trainer.history = [row if "phase" in row else {"phase": FLOAT, **row} for row in untimed]
