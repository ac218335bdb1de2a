"""Training in integers over a whole graph: its spikes are the reference's, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from neurograph.chip.profiles import load_profile
from neurograph.graphs.features import FeatureStore, no_features
from neurograph.graphs.label_spikes import NOTHING, labels_in
from neurograph.ir import Network, Scheme
from neurograph.ir.rounding import out_of_range, round_network
from neurograph.models import TrainSettings, capture, load_checkpoint, train
from neurograph.models.checkpoint import BEST, LAST
from neurograph.models.config import RESIDENT
from neurograph.models.integer.headroom import with_room
from neurograph.models.resident.integer.forward import integer_spikes
from neurograph.models.resident.integer.held import Held
from neurograph.models.training.of_mapping import trainer_of
from neurograph.models.training.resident import ResidentTrainer
from neurograph.quantization import choose_scheme
from neurograph.runtime import host, reference
from neurograph.runtime.record import RunRecord
from neurograph.tasks import find_task, split_nodes
from neurograph.testing.models import epochs, random_graph

GRAPH, STORE = random_graph(nodes=60, steps=4)
NONE = no_features(GRAPH)
SETTINGS = TrainSettings(
    mapping="resident",
    label_input=True,
    label_hops=2,
    graph_recurrence=True,
    hidden=(8, 4),
    dropout=0.25,
    epochs=2,
    epoch_steps=2,
    qat=True,
    qat_epochs=2,
    qat_learning_rate=1e-2,
    schedule="cosine",
    learning_rate=1e-2,
    val_share=0.1,
)
CASES: dict[str, dict[str, Any]] = {
    "labels with features": {},
    "labels alone": {"features": 0},
    "features alone": {"label_input": False, "label_hops": 1, "graph_recurrence": False},
    "features from afar": {"feature_hops": 2},
    "the chip's own neuron": {"neuron": "lif", "tau": 2.0, "features": 0},
    "a learnt leak": {"neuron": "plif", "tau": 2.0},
    "a leaky readout": {"readout": "leaky", "features": 0},
    "four bits": {"weight_bits": 4, "weight_mean": 0.5},
}


@dataclass(frozen=True, eq=False)
class Case:
    """Settings, features and a training's start."""

    settings: TrainSettings
    store: FeatureStore

    @classmethod
    def of(cls, name: str) -> Case:
        given = dict(CASES[name])
        store = NONE if given.pop("features", 1) == 0 else STORE
        return cls(SETTINGS.changed(**given), store)

    @property
    def train_nodes(self) -> np.ndarray:
        task = find_task(self.settings.task)
        return split_nodes(task, GRAPH, self.settings.to_dict()).train

    @property
    def labels(self) -> np.ndarray | None:
        return labels_in(GRAPH.labels, self.train_nodes) if self.settings.label_input else None

    @property
    def inputs(self) -> dict[str, np.ndarray]:
        return host.inputs_of_graph(GRAPH, self.store, labels=self.labels)

    def scheme_of(self, network: Network) -> Scheme:
        bits = self.settings.weight_bits
        return choose_scheme(network, load_profile("loihi2"), self.inputs, weight_bits=bits)[0]

    def trained(self, folder: Path, **how: Any) -> None:
        train(GRAPH, self.store, self.settings, folder, scheme_of=self.scheme_of, **how)

    def trainer(self) -> ResidentTrainer:
        task = find_task(self.settings.task)
        split = split_nodes(task, GRAPH, self.settings.to_dict())
        found = trainer_of(GRAPH, self.store, self.settings, split)
        assert isinstance(found, ResidentTrainer)
        return found

    def in_integers(self) -> ResidentTrainer:
        learner = self.trainer()
        network = learner.network()
        state = {name: 2 * x for name, x in learner.model.state_dict().items()}
        learner.model.load_state_dict(state)
        scheme = with_room(self.scheme_of(learner.network()), network)
        learner.go_on_in_integers(state, scheme)
        return learner

    def record(self, learner: ResidentTrainer) -> RunRecord:
        """What the reference makes of the present weights, all training labels in."""
        assert learner.scheme is not None
        network = round_network(learner.network(), learner.scheme)
        return reference.run(network, network.encode(self.inputs), np.arange(60))


def fired(learner: ResidentTrainer, labels: np.ndarray | None) -> dict[str, np.ndarray]:
    """Every spike of the integer forward, bool ``(nodes, steps, 1, channels)``."""
    assert learner.scheme is not None
    assert learner.integers is not None
    rounded = Held.of(learner.model, learner.scheme).rounded
    found = integer_spikes(learner.integers, rounded, labels)
    index = learner.whole.rows.index(np.arange(60))
    return {f"h{n}": x[index][:, :, None] > 0 for n, x in enumerate(found, 1)}


@pytest.mark.parametrize("name", CASES)
def test_every_spike_and_logit_is_the_references(name: str) -> None:
    case = Case.of(name)
    learner = case.in_integers()
    for step in range(3):  # before any training, and after two steps of it
        record = case.record(learner)
        found = fired(learner, case.labels)
        assert set(found) == set(record.spikes)
        for layer, spikes in found.items():
            assert 0.005 < spikes.mean() < 0.995
            np.testing.assert_array_equal(spikes, record.spikes[layer])
        logits, rates = learner.outputs(np.arange(60))
        if not learner.mean:
            np.testing.assert_array_equal(logits, record.logits)
            assert np.allclose(rates, [record.spikes[n].mean() for n in ("h1", "h2")])
        learner.step(learner.split.train, draw=step)


def test_masked_labels_are_heard_by_nobody() -> None:
    """Whatever the label of a node that is masked: every spike is the same; not so if it is in."""
    case = Case.of("labels with features")
    learner = case.in_integers()
    heard, other = case.train_nodes[::2], GRAPH.labels.copy()
    masked = case.train_nodes[1::2]
    other[masked] = (other[masked] + 1) % GRAPH.num_classes
    one, two = (fired(learner, labels_in(x, heard)) for x in (GRAPH.labels, other))
    assert all(np.array_equal(one[n], two[n]) for n in one)
    both = fired(learner, labels_in(other, case.train_nodes))
    assert any((one[n] != both[n]).any() for n in one)


@pytest.mark.parametrize("name", CASES)
def test_weights_that_are_kept_round_to_the_integers_that_were_trained(name: str) -> None:
    case = Case.of(name)
    learner = case.in_integers()
    learner.step(learner.split.train, draw=1)
    assert learner.scheme is not None
    before = round_network(learner.network(), learner.scheme)
    held = Held.of(learner.model, learner.scheme)
    with held.in_place(learner.model):
        assert round_network(learner.network(), learner.scheme).sha256 == before.sha256
        again = Held.of(learner.model, learner.scheme).state
    for key, weight in held.state.items():
        torch.testing.assert_close(again[key], weight, rtol=1e-5, atol=1e-6)


def test_what_is_dropped_is_not_heard() -> None:
    """Dropped channels of the first layer: the same sums as with their weights at 0, and a share
    that stands for all."""
    case = Case.of("labels alone")
    learner = case.in_integers()
    assert learner.scheme is not None
    assert learner.integers is not None
    rounded = Held.of(learner.model, learner.scheme).rounded
    kept = np.array([0, 2, 3, 5, 6, 7])
    first, _ = integer_spikes(learner.integers, rounded, case.labels, [kept, None])
    whole, _ = integer_spikes(learner.integers, rounded, case.labels)
    np.testing.assert_array_equal(first, whole[:, kept])


def test_all_weights_learn_but_those_that_a_range_clips() -> None:
    case = Case.of("labels alone")
    learner = case.in_integers()
    with torch.no_grad():
        learner.model.extra["recurrence"][0, 0] = 20.0
    learner.step(learner.split.train, draw=1)
    grads = {n: x.grad for n, x in learner.model.named_parameters() if x.grad is not None}
    assert all(torch.isfinite(g).all() for g in grads.values())
    assert all(grads[name].abs().sum() > 0 for name in ("extra.labels", "extra.recurrence"))
    assert grads["extra.recurrence"][0, 0] == 0


def test_the_whole_training(tmp_path: Path) -> None:
    case = Case.of("labels alone")
    case.trained(tmp_path)
    history = epochs(tmp_path)
    assert [row["phase"] for row in history] == ["float"] * 2 + ["integer"] * 2
    checkpoint = load_checkpoint(tmp_path / "checkpoint")
    assert checkpoint.scheme is not None
    assert case.labels is not None
    seen = case.labels != NOTHING
    network = capture(checkpoint, mapping=RESIDENT, graph=GRAPH, seen=seen)
    quantized = round_network(network, checkpoint.scheme)
    assert not out_of_range(quantized)
    record = reference.run(quantized, quantized.encode(case.inputs), np.arange(60))
    task, val = find_task("node-classification"), case.trainer().split.val
    scores = task.score(record.logits[val], GRAPH.labels[val])
    best = checkpoint.meta["metrics"]
    assert {f"val_{n}": x for n, x in scores.items()} == {
        n: x for n, x in best.items() if n.startswith("val_")
    }
    floats = reference.run_float(network, case.inputs, np.arange(60))
    differ = [(floats.spikes[n] != s).mean() for n, s in record.spikes.items()]
    assert max(differ) < 0.01


def test_interrupted_and_resumed_is_uninterrupted(tmp_path: Path) -> None:
    case = Case.of("four bits")
    case.trained(tmp_path / "whole")

    class StoppedError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        case.trained(tmp_path / "parts", progress=stop)
    case.trained(tmp_path / "parts", resume=True)
    for name in (BEST, LAST):
        one, two = (
            load_checkpoint(tmp_path / x / "checkpoint", name).state for x in ("whole", "parts")
        )
        assert all(torch.equal(one[key], two[key]) for key in one)
