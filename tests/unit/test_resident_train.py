"""Training over a whole graph: what is masked, dropped and averaged; that it can be resumed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from neurograph.core.errors import ModelError
from neurograph.graphs.features import no_features
from neurograph.graphs.sets import synth
from neurograph.graphs.splits import Split
from neurograph.models import TrainSettings, load_checkpoint, train
from neurograph.models.settings import preset
from neurograph.models.training.label_masks import heard_and_asked
from neurograph.models.training.of_mapping import trainer_of
from neurograph.models.training.resident import ResidentTrainer, kept_channels
from neurograph.models.training.running_mean import RunningMean
from neurograph.models.training.trainer import Trainer
from neurograph.runtime import reference
from neurograph.tasks import find_task, split_nodes
from neurograph.testing.models import random_graph

GRAPH, STORE = random_graph(nodes=60, steps=4)
LEARNING = TrainSettings(
    mapping="resident",
    label_input=True,
    label_hops=2,
    graph_recurrence=True,
    hidden=(8, 4),
    dropout=0.25,
    epochs=3,
    epoch_steps=2,
    weight_mean=0.5,
    schedule="cosine",
    learning_rate=1e-2,
    val_share=0.1,
)


def split_of(settings: TrainSettings) -> Split:
    return split_nodes(find_task(settings.task), GRAPH, settings.to_dict())


def trainer(settings: TrainSettings = LEARNING) -> Trainer:
    return trainer_of(GRAPH, STORE, settings, split_of(settings))


def test_the_mapping_decides_who_trains() -> None:
    assert isinstance(trainer(), ResidentTrainer)
    assert not isinstance(trainer(TrainSettings(hidden=(8, 4))), ResidentTrainer)


def test_every_step_asks_for_nodes_whose_label_it_masks() -> None:
    nodes = np.arange(0, 60, 2)
    drawn = [heard_and_asked(nodes, LEARNING, epoch=1, step=step) for step in range(20)]
    for heard, asked in drawn:
        assert len(asked)
        assert not np.intersect1d(heard, asked).size
        assert np.array_equal(np.union1d(heard, asked), nodes)
    assert len({asked.tobytes() for _, asked in drawn}) > 10  # another part each time


def test_one_node_is_asked_for_even_where_all_labels_would_be_in() -> None:
    always = LEARNING.changed(labels_least=0.999, labels_most=0.999)
    heard, asked = heard_and_asked(np.arange(2), always, epoch=1)
    assert len(heard) == len(asked) == 1


def test_the_loss_is_taken_on_masked_nodes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another truth of a node that is heard, and not asked for, changes inputs and no target."""
    learner = trainer()
    _, asked = heard_and_asked(learner.split.train, LEARNING, epoch=1)
    seen: list[tuple[np.ndarray, int]] = []
    own_loss = learner.loss

    def loss(outputs: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        seen.append((truth.numpy(), len(outputs)))
        return own_loss(outputs, truth)

    monkeypatch.setattr(learner, "loss", loss)
    learner.step(learner.split.train, draw=1)
    ((truth, count),) = seen
    assert count == len(asked)
    assert np.array_equal(truth, learner.truth[asked])


def test_whole_channels_are_dropped_and_none_of_the_last_layer() -> None:
    config = trainer().config
    first, last = kept_channels(config, np.random.default_rng(0))
    assert last is None
    assert first is not None
    assert len(first) == 6  # a quarter of 8 is dropped
    nothing = trainer(LEARNING.changed(dropout=0.0)).config
    assert kept_channels(nothing, np.random.default_rng(0)) == [None, None]


def test_what_is_scored_is_what_its_network_answers() -> None:
    learner = trainer()
    learner.train_epoch(1)
    nodes = learner.split.val
    logits, rates = learner.outputs(nodes)
    with learner.judged():
        numbers = learner.model.captured()
    seen = np.isin(np.arange(60), learner.split.train)
    network = learner.config.resident_network(GRAPH, numbers, seen=seen)
    inputs = {"x": np.swapaxes(STORE.values, 0, 1)[:, :, None].astype(np.float32)}
    inputs["y"] = np.zeros((60, 4, 1, GRAPH.num_classes), np.float32)
    inputs["y"][learner.split.train, :, 0, GRAPH.labels[learner.split.train]] = 1
    record = reference.run_float(network, inputs, np.arange(60))
    assert np.allclose(record.logits[nodes], logits, atol=1e-4)
    assert np.allclose([record.spikes[n].mean() for n in ("h1", "h2")], rates)


def test_a_running_mean_is_what_it_says() -> None:
    layer = torch.nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        layer.weight.fill_(1.0)
    mean = RunningMean(layer, 0.75)
    with torch.no_grad():
        layer.weight.fill_(5.0)
    mean.update()
    with mean.in_place():
        assert layer.weight.item() == 2.0
    assert layer.weight.item() == 5.0


@pytest.mark.parametrize("mapping", ["trees", "resident"])
def test_a_training_that_is_interrupted_goes_on_bit_for_bit(tmp_path: Path, mapping: str) -> None:
    only_whole = {"label_hops": 1, "graph_recurrence": False}
    settings = LEARNING.changed(mapping=mapping, **(only_whole if mapping == "trees" else {}))
    train(GRAPH, STORE, settings, tmp_path / "whole")

    class StoppedError(Exception):
        pass

    def stop(done: int, _: int) -> None:
        if done == 1:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(GRAPH, STORE, settings, tmp_path / "parts", progress=stop)
    train(GRAPH, STORE, settings, tmp_path / "parts", resume=True)
    whole, parts = (load_checkpoint(tmp_path / n / "checkpoint") for n in ("whole", "parts"))
    assert all(torch.equal(x, parts.state[name]) for name, x in whole.state.items())

    def rows(name: str) -> list[dict[str, object]]:
        lines = (tmp_path / name / "metrics.jsonl").read_text().splitlines()
        return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]

    assert rows("whole") == rows("parts")


def test_the_checkpoint_that_is_used_holds_the_mean(tmp_path: Path) -> None:
    settings = LEARNING.changed(epochs=1)
    train(GRAPH, STORE, settings, tmp_path)
    learner = trainer(settings)
    learner.train_epoch(1)
    used = load_checkpoint(tmp_path / "checkpoint").state
    assert learner.mean is not None
    assert all(torch.equal(x, used[name]) for name, x in learner.mean.state.items())
    assert not all(torch.equal(x, used[name]) for name, x in learner.model.state_dict().items())


def test_folds_train_on_the_whole_graph_too(tmp_path: Path) -> None:
    result = train(GRAPH, STORE, LEARNING.changed(folds=2, epochs=2), tmp_path)
    assert 1 <= result.epochs <= 2


def test_labels_of_neighbours_are_learnt_from(tmp_path: Path) -> None:
    """Nodes without features, in communities: labels alone tell the class of most."""
    graph = synth(nodes=300, classes=2, steps=6, seed=0)
    settings = preset("dblp-labels").changed(hidden=(32, 16), epochs=6, val_share=0.2)
    result = train(graph, no_features(graph), settings, tmp_path)
    assert result.scores["micro_f1"] > 0.6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"device": "cuda"}, "trained on the CPU"),
        ({"weight_mean": 1.0}, "weight_mean is 1.0, needed 0 to below 1"),
        ({"epoch_steps": 0}, "epoch_steps is 0"),
    ],
)
def test_what_cannot_be_trained(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        trainer(LEARNING.changed(**changes))


def test_weights_of_sampled_trees_are_trained_on_over_the_whole_graph(tmp_path: Path) -> None:
    trees = TrainSettings(hidden=(8, 4), epochs=1, val_share=0.1)
    train(GRAPH, STORE, trees, tmp_path / "trees")
    start = load_checkpoint(tmp_path / "trees" / "checkpoint")
    whole = trees.changed(mapping="resident", epoch_steps=1, learning_rate=1e-9)
    train(GRAPH, STORE, whole, tmp_path / "whole", start=start)
    end = load_checkpoint(tmp_path / "whole" / "checkpoint")
    assert end.config.mapping == "resident"
    assert all(torch.allclose(x, end.state[name], atol=1e-6) for name, x in start.state.items())
    assert end.meta["start"]


def test_weights_of_labels_in_trees_are_of_another_shape(tmp_path: Path) -> None:
    trees = TrainSettings(hidden=(8, 4), epochs=1, val_share=0.1, label_input=True)
    train(GRAPH, STORE, trees, tmp_path / "trees")
    start = load_checkpoint(tmp_path / "trees" / "checkpoint")
    with pytest.raises(ModelError, match="mapping was 'trees', is 'resident'"):
        train(GRAPH, STORE, trees.changed(mapping="resident"), tmp_path / "whole", start=start)
