"""Folds and patience: how long to train, said by nodes that were left out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from neurograph.core.errors import ModelError
from neurograph.graphs.embed import make_features
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.sets import synth
from neurograph.graphs.splits import stratified_split
from neurograph.models import train
from neurograph.models.header import read_meta
from neurograph.models.settings import TrainSettings
from neurograph.models.training.folds import cross_validate, fold_of
from neurograph.models.training.train import TrainResult
from neurograph.tasks.temperature import Temperature

SMALL = {"hidden": (8, 4), "fanouts": (2, 2), "batch": 8, "schedule": "cosine"}


@pytest.fixture(scope="module")
def graph() -> TemporalGraph:
    return synth(nodes=60, classes=2, steps=3)


@pytest.fixture(scope="module")
def features(graph: TemporalGraph, tmp_path_factory: pytest.TempPathFactory) -> FeatureStore:
    return make_features(graph, tmp_path_factory.mktemp("g"), dim=8)


def test_every_node_is_left_out_once_and_classes_are_dealt_out() -> None:
    truth = np.array([0] * 10 + [1] * 15)
    fold = fold_of(truth, 5, seed=1)
    assert np.bincount(fold).tolist() == [5] * 5
    assert [np.bincount(fold[truth == c], minlength=5).tolist() for c in (0, 1)] == [
        [2] * 5,
        [3] * 5,
    ]
    assert not np.array_equal(fold, fold_of(truth, 5, seed=2))


def test_left_out_nodes_say_how_long(
    graph: TemporalGraph, features: FeatureStore, tmp_path: Path
) -> None:
    settings = TrainSettings(**SMALL, epochs=6, folds=3)
    split = stratified_split(graph)
    said = cross_validate(graph, features, settings, split)
    assert said.nodes.tolist() == sorted([*split.train, *split.val])
    result = train(graph, features, settings, tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert result.epochs == result.best_epoch == said.epochs == len(rows)
    assert result.seconds > 0
    scores = [row["val_micro_f1"] for row in said.rows]
    assert scores[said.epochs - 1] == max(scores)
    assert [row["val_micro_f1"] for row in rows] == scores[: said.epochs]


def test_an_interrupted_training_with_folds_goes_on(
    graph: TemporalGraph, features: FeatureStore, tmp_path: Path
) -> None:
    settings = TrainSettings(**SMALL, epochs=6, folds=3)
    whole = train(graph, features, settings, tmp_path / "whole")
    again = stopped(graph, features, settings, tmp_path / "again", after=3 * 6 + 1)
    assert weights(again.checkpoint) == weights(whole.checkpoint)


def weights(checkpoint: Path) -> list[list[float]]:
    from neurograph.models import load_checkpoint

    return [t.flatten().tolist() for t in load_checkpoint(checkpoint).state.values()]


class StopError(Exception):
    pass


def stopped(
    graph: TemporalGraph, features: FeatureStore, settings: TrainSettings, folder: Path, after: int
) -> TrainResult:
    """Train, stop after so many reports of progress, and resume."""
    seen = []

    def report(done: int, total: int) -> None:
        seen.append(done)
        if len(seen) == after:
            raise StopError

    with pytest.raises(StopError):
        train(graph, features, settings, folder, progress=report)
    return train(graph, features, settings, folder, resume=True)


def test_patience_ends_the_floats_and_an_interruption_changes_nothing(
    graph: TemporalGraph, features: FeatureStore, tmp_path: Path
) -> None:
    settings = TrainSettings(**SMALL, epochs=60, patience=4)
    whole = train(graph, features, settings, tmp_path / "whole")
    lines = (tmp_path / "whole/metrics.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    scores = [row["val_micro_f1"] for row in rows]
    assert whole.epochs == len(rows) == scores.index(max(scores)) + 1 + 4 < 60
    again = stopped(graph, features, settings, tmp_path / "again", after=3)
    assert (again.epochs, weights(again.checkpoint)) == (whole.epochs, weights(whole.checkpoint))


@pytest.mark.parametrize(
    ("given", "message"),
    [({"patience": -1}, "patience is -1"), ({"folds": 1}, "folds 1"), ({"folds": -2}, "folds -2")],
)
def test_bad_settings(given: dict[str, int], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        TrainSettings(**given)


def test_more_folds_than_nodes(graph: TemporalGraph, features: FeatureStore) -> None:
    settings, split = TrainSettings(**SMALL, folds=60), stratified_split(graph)
    many = len(split.train) + len(split.val)
    with pytest.raises(ModelError, match=f"60 folds of {many} training and validation nodes"):
        cross_validate(graph, features, settings, split)


def test_the_checkpoint_says_what_the_folds_said(
    graph: TemporalGraph, features: FeatureStore, tmp_path: Path
) -> None:
    train(graph, features, TrainSettings(**SMALL, epochs=4, folds=3), tmp_path)
    told = read_meta(tmp_path / "checkpoint/best.safetensors")["folds"]
    split = stratified_split(graph)
    assert told["nodes"] == len(split.train) + len(split.val)
    again = Temperature.from_dict(told["temperature"])
    assert again.fitted_on == "folds"
    assert again.value > 0
    assert again.to_dict() == told["temperature"]
