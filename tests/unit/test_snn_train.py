"""Training: learns, is deterministic, survives a kill, resumes to the bit, refuses bad input."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from neurograph import models as snn
from neurograph.core.errors import DataError, MachineError, ModelError
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.splits import stratified_split
from neurograph.models import TrainSettings, load_checkpoint, predict, train
from neurograph.models.checkpoint import LAST
from neurograph.tasks import NodeClassification, f1
from neurograph.testing.graphs import random_graph
from neurograph.testing.models import QUICK, epochs


def weights(folder, name="best.safetensors"):
    return load_checkpoint(folder / "checkpoint", name).state


def same_weights(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def same_files(one, other):
    names = [path.relative_to(one) for path in sorted(one.rglob("*.*"))]
    assert len(names) == 3
    assert [
        name for name in names if (one / name).read_bytes() != (other / name).read_bytes()
    ] == []


def test_training_learns_and_says_what_it_did(tmp_path):
    graph, features = random_graph(nodes=300, edges=900)
    seen = []
    settings = replace(QUICK, epochs=12, batch=32)
    result = train(graph, features, settings, tmp_path, progress=lambda *p: seen.append(p))
    assert seen == [(n, 12) for n in range(1, 13)]
    history = epochs(tmp_path)
    assert [row["epoch"] for row in history] == list(range(1, 13))
    assert set(history[0]) == {
        *("epoch", "phase", "loss", "val_micro_f1", "val_macro_f1", "firing_rate")
    }
    assert history[-1]["loss"] < 0.6 * history[0]["loss"]
    assert all(len(row["firing_rate"]) == 2 for row in history)
    best = max(history, key=lambda row: (row["val_micro_f1"], row["epoch"]))
    assert (result.best_epoch, result.scores["micro_f1"]) == (best["epoch"], best["val_micro_f1"])
    assert result.split == "stratified-50-seed42"

    checkpoint = load_checkpoint(tmp_path / "checkpoint")
    assert checkpoint.meta["metrics"] == best
    assert checkpoint.meta["graph"] == {
        "name": "random",
        "sha256": graph.sha256,
        "generated": True,
    }
    assert checkpoint.meta["features"] == {"sha256": "random-5", "method": "random"}
    split = stratified_split(graph, 0.5, val_share=0.2)
    logits = predict(checkpoint, graph, features, split.val, seed=settings.seed)
    score = f1(graph.labels[split.val], logits.argmax(1))
    assert score.micro == best["val_micro_f1"], "the checkpoint is not the model that was scored"
    logits = predict(checkpoint, graph, features, split.test, seed=1)
    assert f1(graph.labels[split.test], logits.argmax(1)).micro > 0.6  # chance is 1/3


def test_the_last_epoch_is_kept_where_that_is_asked(tmp_path):
    graph, features = random_graph()
    kept = {}
    for keep in ("best", "last"):
        settings = QUICK.changed(epochs=8, learning_rate=0.3, keep=keep)
        result = train(graph, features, settings, tmp_path / keep)
        kept[keep] = result.best_epoch
        assert load_checkpoint(tmp_path / keep / "checkpoint").meta["metrics"]["epoch"] == (
            result.best_epoch
        )
    assert kept["best"] < kept["last"] == 8, "these steps are too long for the last to be the best"
    last = load_checkpoint(tmp_path / "best" / "checkpoint", LAST).state
    assert same_weights(last, weights(tmp_path / "last"))
    with pytest.raises(ModelError, match="keep 'last' would not keep that"):
        QUICK.changed(keep="last", patience=3)
    with pytest.raises(ModelError, match="keep"):
        QUICK.changed(keep="first")


def test_labels_of_test_nodes_have_no_part_in_training(tmp_path, monkeypatch):
    graph, features = random_graph()
    split = stratified_split(graph, 0.5, val_share=0.2)
    monkeypatch.setattr(NodeClassification, "split", lambda *_, **__: split)
    labels = graph.labels.copy()
    labels[split.test] = (labels[split.test] + 1) % 3
    scrambled = replace(graph, labels=labels)
    unbound = FeatureStore(values=features.values)
    train(graph, unbound, QUICK, tmp_path / "a")
    train(scrambled, unbound, QUICK, tmp_path / "b")
    assert same_weights(weights(tmp_path / "a"), weights(tmp_path / "b"))


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_interrupted_and_resumed_is_uninterrupted(tmp_path, schedule):
    graph, features = random_graph()
    settings = replace(QUICK, schedule=schedule)
    whole = train(graph, features, settings, tmp_path / "whole")

    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(graph, features, settings, tmp_path / "parts", progress=stop)
    assert len(epochs(tmp_path / "parts")) == 3
    resumed = train(graph, features, settings, tmp_path / "parts", resume=True)
    for name in ("best.safetensors", LAST):
        a, b = (load_checkpoint(tmp_path / f / "checkpoint", name) for f in ("whole", "parts"))
        assert same_weights(a.state, b.state)
        assert same_weights(a.optimizer, b.optimizer)
    same_files(tmp_path / "whole", tmp_path / "parts")
    assert replace(resumed, seconds=0, checkpoint=whole.checkpoint) == replace(whole, seconds=0)
    again = train(graph, features, settings, tmp_path / "parts", resume=True)
    assert replace(again, seconds=0) == replace(resumed, seconds=0), (
        "a finished training is left as it is"
    )


def test_a_lengthened_training_is_the_longer_one(tmp_path):
    graph, features = random_graph()
    longer = replace(QUICK, epochs=3)
    train(graph, features, longer, tmp_path / "whole")
    train(graph, features, replace(QUICK, epochs=2), tmp_path / "parts")
    train(graph, features, longer, tmp_path / "parts", resume=True)
    same_files(tmp_path / "whole", tmp_path / "parts")


def test_a_listener_knows_before_and_after_anything_is_written(tmp_path):
    graph, features = random_graph()
    metrics, last = tmp_path / "metrics.jsonl", tmp_path / "checkpoint" / "last.safetensors"
    before, after = [], []

    class Listening:
        def before_writing(self):
            before.append(metrics.exists())

        def after_writing(self, *, best):
            after.append((last.exists(), best))

    train(graph, features, replace(QUICK, epochs=2), tmp_path, listener=Listening())
    assert before == [False, True]
    assert [written for written, _ in after] == [True, True]
    assert after[0][1], "the first epoch is the best so far"


def test_a_seed_decides_everything(tmp_path):
    graph, features = random_graph()
    settings = replace(QUICK, epochs=2)
    torch.manual_seed(0)
    train(graph, features, settings, tmp_path / "a")
    after = torch.rand(1)
    torch.manual_seed(1)
    train(graph, features, settings, tmp_path / "b")
    train(graph, features, replace(settings, seed=7), tmp_path / "c")
    a, b, c = (weights(tmp_path / name) for name in "abc")
    assert same_weights(a, b)
    assert not same_weights(a, c)
    torch.manual_seed(0)
    assert torch.rand(1) == after, "the caller's generator was touched"


TRAIN_FOR_EVER = """
import sys
from pathlib import Path
import numpy as np
from neurograph.models import TrainSettings, train
from neurograph.testing.graphs import random_graph
graph, features = random_graph(np.random.default_rng(2))
settings = TrainSettings.from_dict(__import__("json").loads(sys.argv[2]))
train(graph, features, settings, Path(sys.argv[1]))
"""


@pytest.mark.slow
def test_a_killed_run_leaves_good_checkpoints(tmp_path):
    settings = replace(QUICK, epochs=400)
    command = [sys.executable, "-c", TRAIN_FOR_EVER, tmp_path, json.dumps(settings.to_dict())]
    process = subprocess.Popen(command)
    metrics, deadline = tmp_path / "metrics.jsonl", time.monotonic() + 120
    while not metrics.exists() or len(epochs(tmp_path)) < 5:
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL

    load_checkpoint(tmp_path / "checkpoint")
    last = load_checkpoint(tmp_path / "checkpoint", LAST)
    done = len(last.meta["history"])
    assert 4 <= done < 400
    graph, features = random_graph()
    with pytest.raises(ModelError, match="epochs was 400, is"):
        train(graph, features, replace(settings, epochs=done - 2), tmp_path, resume=True)
    straight = train(graph, features, replace(settings, epochs=done), tmp_path / "straight")
    assert straight.epochs == done
    assert same_weights(last.state, weights(tmp_path / "straight", LAST))


def test_a_failed_write_keeps_the_previous_checkpoint(tmp_path, monkeypatch):
    graph, features = random_graph()
    train(graph, features, replace(QUICK, epochs=1), tmp_path)
    before = {f.name: f.read_bytes() for f in (tmp_path / "checkpoint").iterdir()}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(MachineError, match="No space left"):
        train(graph, features, replace(QUICK, epochs=2, seed=3), tmp_path)
    assert {f.name: f.read_bytes() for f in (tmp_path / "checkpoint").iterdir()} == before


def test_resuming_another_training_is_refused(tmp_path):
    graph, features = random_graph()
    settings = replace(QUICK, epochs=1)
    train(graph, features, settings, tmp_path)
    with pytest.raises(ModelError) as error:
        train(graph, features, replace(settings, seed=1, alpha=2.0), tmp_path, resume=True)
    assert str(error.value) == (
        "cannot resume, the checkpoint was trained differently: alpha was 1.0, is 2.0; "
        "seed was 2022, is 1; use the same settings, or train in another folder"
    )
    other, features = random_graph(edges=100)
    with pytest.raises(ModelError, match=r"trained differently: graph was '[0-9a-f]{64}', is"):
        train(other, features, settings, tmp_path, resume=True)


@pytest.mark.parametrize("neuron", ["if", "lif", "plif"])
def test_every_neuron_trains(tmp_path, neuron):
    graph, features = random_graph()
    result = train(graph, features, replace(QUICK, neuron=neuron, tau=2.0), tmp_path)
    history = epochs(tmp_path)
    assert history[-1]["loss"] < history[0]["loss"]
    assert result.epochs == 6


def test_one_step_and_an_isolated_node(tmp_path):
    graph, features = random_graph(steps=1)
    degree = np.diff(graph.cumulative.indptr)
    assert degree[-1] == 0
    train(graph, features, QUICK, tmp_path)
    checkpoint = load_checkpoint(tmp_path / "checkpoint")
    alone = np.array([len(degree) - 1])
    logits = predict(checkpoint, graph, features, alone, seed=1)
    assert np.isfinite(logits).all()
    np.testing.assert_array_equal(logits, predict(checkpoint, graph, features, alone, seed=2))


def test_predictions_do_not_depend_on_the_batch(tmp_path):
    graph, features = random_graph(nodes=600)
    train(graph, features, replace(QUICK, epochs=1), tmp_path)
    checkpoint = load_checkpoint(tmp_path / "checkpoint")
    nodes = np.arange(600)
    whole = predict(checkpoint, graph, features, nodes, seed=3)
    one = np.concatenate(
        [predict(checkpoint, graph, features, nodes[i : i + 1], seed=3) for i in (0, 599)]
    )
    np.testing.assert_allclose(whole[[0, 599]], one, atol=1e-5)
    assert predict(checkpoint, graph, features, nodes[:0], seed=3).shape == (0, 3)


def test_unlabelled_nodes_are_neither_trained_nor_scored_on():
    graph, _ = random_graph()
    labels = graph.labels.copy()
    labels[::5] = -1
    split = stratified_split(replace(graph, labels=labels))
    for part in (split.train, split.val, split.test):
        assert not np.any(part % 5 == 0)


def test_one_class_and_features_of_another_graph(tmp_path):
    graph, features = random_graph()
    one = replace(graph, labels=np.zeros(graph.num_nodes, np.int16))
    unbound = FeatureStore(values=features.values)
    with pytest.raises(DataError, match="all 60 labelled nodes are of class 'class0'"):
        train(one, unbound, QUICK, tmp_path)
    with pytest.raises(DataError, match=r"features were made for graph \w+, this is"):
        train(one, features, QUICK, tmp_path)
    assert not list(tmp_path.iterdir()), "nothing is written before the input is known to be good"


def test_a_loss_that_is_not_finite(tmp_path):
    graph, features = random_graph()
    broken = FeatureStore(values=np.full_like(features.values, np.nan))
    with pytest.raises(
        ModelError, match=r"epoch 1: the loss \(.*\) or a weight is not finite; lower"
    ):
        train(graph, broken, QUICK, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_where_there_is_none(tmp_path):
    graph, features = random_graph()
    with pytest.raises(ModelError) as error:
        train(graph, features, replace(QUICK, device="cuda"), tmp_path)
    assert str(error.value) == "device cuda: PyTorch finds no CUDA device; use --device cpu"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs is 0, needed at least 1"),
        (
            {"device": "tpu"},
            "no device 'tpu'; known: auto, cpu, cuda; did you mean cpu?",
        ),
        ({"schedule": "linear"}, "no schedule 'linear'; known: constant, cosine"),
        (
            {"learning_rate": 0.0},
            "learning rate 0.0, weight decay 0.01; needed above 0, and at least 0",
        ),
    ],
)
def test_wrong_settings(change, message):
    with pytest.raises(ModelError) as error:
        replace(QUICK, **change)
    assert str(error.value) == message


def test_settings_survive_a_round_trip_and_unknown_ones_are_refused():
    for settings in (QUICK, *snn.PRESETS.values()):
        text = json.dumps(settings.to_dict())
        assert TrainSettings.from_dict(json.loads(text)) == settings
    with pytest.raises(ModelError, match="no setting 'learningrate'; known: model, hidden,"):
        TrainSettings.from_dict({"learningrate": 1})
