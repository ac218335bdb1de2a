"""Labels as spikes in sampled trees: who hears whose, what is masked, and that nothing leaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from neurograph.chip.profiles import load_profile
from neurograph.core.errors import ModelError
from neurograph.graphs.features import no_features
from neurograph.graphs.graph import TemporalGraph, TimedNeighbours
from neurograph.graphs.label_spikes import NOTHING, as_spikes, labels_in, sent_labels
from neurograph.graphs.sampling import TreeSpec, sample
from neurograph.graphs.splits import Split
from neurograph.ir import LABEL_STREAM, STREAM
from neurograph.models import SpikeNetConfig, TrainSettings, capture, load_checkpoint, spikes_of
from neurograph.models import train as train_model
from neurograph.models.checkpoint import Checkpoint
from neurograph.models.layers import compiled, plain
from neurograph.models.layers.batch import load_batch
from neurograph.models.training.class_weights import Loss, balanced
from neurograph.models.training.label_masks import check_labels, drawn_in
from neurograph.models.training.predict import predict
from neurograph.models.training.trainer import Trainer
from neurograph.quantization import quantize
from neurograph.runtime import host, reference
from neurograph.tasks import find_task
from neurograph.testing.models import QUICK, SMALL, checkpoint_of, random_graph, strong_model

GRAPH, FEATURES = random_graph()
NODES, CLASSES = GRAPH.num_nodes, GRAPH.num_classes
KNOWN = np.arange(0, NODES, 2)  # whose labels are in
HEARING = replace(SMALL, label_input=True)
CONFIGS = {
    "two hops": HEARING,
    "one hop": replace(HEARING, hidden=(12,), fanouts=(4,)),
    "three hops": replace(HEARING, hidden=(9, 8, 7), fanouts=(3, 2, 2)),
    "plif": replace(HEARING, neuron="plif", tau=1.5),
    "labels alone": replace(HEARING, features=0),
}
configs = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
TASK = find_task("node-classification")
LEARNING = QUICK.changed(label_input=True, epochs=3)


def strong(config: SpikeNetConfig) -> Checkpoint:
    """A model whose neurons fire, and differently where labels do."""
    state = strong_model(config).state_dict()
    state["extra.labels"] = 4 * state["extra.labels"]
    return checkpoint_of("spikenet", config, state=state)


def store_of(config: SpikeNetConfig):
    return FEATURES if config.features else no_features(GRAPH)


# Who hears whose


def by_hand(slots: np.ndarray, tree: TreeSpec, labels: np.ndarray) -> np.ndarray:
    """Slot by slot, from the tree's own lists of who drew whom."""
    drew = {
        int(child): row
        for row in range(tree.rows(1))
        for child in tree.neighbour_mix(1)[[row]].indices
    }
    out = np.full(slots.shape, NOTHING)
    for b, t, slot in np.ndindex(*slots.shape):
        node, root = slots[b, t, slot], slots[b, t, 0]
        if slot and node not in (root, slots[b, t, drew[slot]]):
            out[b, t, slot] = labels[node]
    return out


@pytest.mark.parametrize("fanouts", [(4,), (5, 2), (3, 2, 2)])
def test_a_slot_sends_its_label_to_others_alone(fanouts: tuple[int, ...]) -> None:
    tree, labels = TreeSpec(fanouts=fanouts), labels_in(GRAPH.labels, KNOWN)
    slots = sample(GRAPH, np.arange(NODES), tree, seed=3)
    sent = sent_labels(slots, tree, labels)
    np.testing.assert_array_equal(sent, by_hand(slots, tree, labels))
    assert (sent[..., 0] == NOTHING).all()
    assert (sent[slots == slots[..., :1]] == NOTHING).all()
    assert set(np.unique(sent)) == {NOTHING, *range(CLASSES)}
    spikes = as_spikes(sent, CLASSES)
    assert spikes.shape == (*slots.shape, CLASSES)
    np.testing.assert_array_equal(spikes.sum(-1), sent != NOTHING)
    np.testing.assert_array_equal(spikes.argmax(-1)[sent != NOTHING], sent[sent != NOTHING])


def test_labels_that_are_not_in_are_not_there() -> None:
    labels = labels_in(np.array([2, -1, 0, 1]), np.array([0, 1, 3]))
    assert labels.tolist() == [2, NOTHING, NOTHING, 1]


def test_slots_of_another_tree_are_refused() -> None:
    slots = sample(GRAPH, KNOWN, TreeSpec(fanouts=(3,)), seed=1)
    with pytest.raises(ModelError, match=r"4 slots, a tree of \(5, 2\) has 16"):
        sent_labels(slots, TreeSpec(), labels_in(GRAPH.labels, KNOWN))


# One network: torch, floats, integers


def given_to(config: SpikeNetConfig, nodes: np.ndarray, labels: np.ndarray) -> dict:
    return host.inputs_of_streams(
        GRAPH, store_of(config), config.tree, nodes, labels=labels, seed=1
    )


@configs
def test_the_captured_network_is_the_model(config: SpikeNetConfig) -> None:
    nodes, labels = np.arange(20), labels_in(GRAPH.labels, KNOWN)
    slots, checkpoint = sample(GRAPH, nodes, config.tree, seed=1), strong(config)
    sent = sent_labels(slots, config.tree, labels)
    spikes, logits = spikes_of(checkpoint, store_of(config), slots, labels=sent, double=True)
    given, network = given_to(config, nodes, labels), capture(checkpoint)
    assert [s.name for s in network.streams] == list(given)
    assert network.streams[-1].name == LABEL_STREAM
    assert network.streams[-1].binary
    record = reference.run_float(network, given, nodes)
    for name, fired in spikes.items():
        assert 0 < fired.mean() < 1
        np.testing.assert_array_equal(fired, record.spikes[name])
    np.testing.assert_allclose(logits, record.logits, rtol=1e-12, atol=1e-12)


@configs
def test_labels_go_into_integers_as_plain_spikes(config: SpikeNetConfig) -> None:
    nodes, labels = np.arange(20), labels_in(GRAPH.labels, KNOWN)
    given, network = given_to(config, nodes, labels), capture(strong(config))
    quantized = quantize(network, load_profile("loihi2"), given)
    streams = {s.name: s for s in quantized.streams}
    assert (STREAM in streams) is (config.features > 0)
    assert streams[LABEL_STREAM].bits == 1
    payloads = quantized.encode(given)
    gathered = host.payloads(
        GRAPH, store_of(config), config.tree, nodes, quantized.streams, labels=labels, seed=1
    )
    assert gathered.keys() == payloads.keys()
    for name, wanted in payloads.items():
        np.testing.assert_array_equal(gathered[name], wanted)
        assert gathered[name].dtype == wanted.dtype
    np.testing.assert_array_equal(payloads[LABEL_STREAM], given[LABEL_STREAM])
    found = reference.run(quantized, payloads, nodes)
    wanted = reference.run_float(network, given, nodes)
    same = np.mean(found.spikes["h1"] == wanted.spikes["h1"])
    assert same > 0.98
    again = reference.run_plain(quantized, payloads, nodes)
    for name, fired in again.spikes.items():
        np.testing.assert_array_equal(found.spikes[name], fired)


@configs
def test_the_fast_path_is_the_plain_one(
    config: SpikeNetConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    slots = sample(GRAPH, KNOWN, config.tree, seed=1)
    sent = sent_labels(slots, config.tree, labels_in(GRAPH.labels, KNOWN))
    batch = load_batch(store_of(config).values, slots, sent).double()

    def gradients() -> dict[str, torch.Tensor]:
        model = strong(config).restore().double()
        truth = torch.arange(len(slots)) % CLASSES
        torch.nn.functional.cross_entropy(model(batch), truth, reduction="sum").backward()
        return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}

    found = gradients()
    monkeypatch.setattr(compiled, "slot_currents", plain.slot_currents)
    monkeypatch.setattr(compiled, "self_and_mean", plain.self_and_mean)
    monkeypatch.setattr(compiled, "fire", plain.fire)
    wanted = gradients()
    assert found["extra.labels"].abs().max() > 0
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, wanted[name], rtol=1e-7, atol=1e-9)


def test_a_chip_without_graded_spikes_takes_labels_alone() -> None:
    small = load_profile("loihi1")
    config = replace(HEARING, features=0, neuron="lif", tau=2.0)
    given = given_to(config, KNOWN, labels_in(GRAPH.labels, KNOWN))
    network = quantize(capture(strong(config)), small, given)
    assert {s.bits for s in network.streams} == {1}


# Nothing leaks


def noise(labels: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The same labels but for these nodes, all of which get another class."""
    planted = labels.copy()
    planted[at] = (planted[at] + 1) % CLASSES
    return planted


@configs
def test_no_bit_of_a_prediction_depends_on_the_nodes_own_label(config: SpikeNetConfig) -> None:
    """Of each node in turn: all labels are in, its own one is noise, and no logit of it moves."""
    checkpoint, store, everyone = strong(config), store_of(config), np.arange(NODES)
    whole = predict(
        checkpoint, GRAPH, store, everyone, seed=1, labels=labels_in(GRAPH.labels, everyone)
    )
    moved = 0
    for node in everyone:
        planted = labels_in(noise(GRAPH.labels, everyone[[node]]), everyone)
        found = predict(checkpoint, GRAPH, store, everyone, seed=1, labels=planted)
        np.testing.assert_array_equal(found[node], whole[node])
        moved += int((found != whole).any(axis=1).sum())
    assert moved > NODES  # others do hear it, or this test could not fail


@configs
def test_labels_that_are_masked_are_nowhere(config: SpikeNetConfig) -> None:
    """Validation and test nodes: noise in the place of their labels changes no logit of anyone."""
    checkpoint, store, everyone = strong(config), store_of(config), np.arange(NODES)
    hidden = np.setdiff1d(everyone, KNOWN)
    whole, found = (
        predict(checkpoint, GRAPH, store, everyone, seed=1, labels=labels_in(labels, KNOWN))
        for labels in (GRAPH.labels, noise(GRAPH.labels, hidden))
    )
    np.testing.assert_array_equal(found, whole)


def test_training_never_looks_at_labels_of_validation_and_test_nodes(tmp_path: Path) -> None:
    """But for the scores of the validation nodes, by which no weight of one epoch is picked."""
    split = Split(name="thirds", train=KNOWN, val=KNOWN[:4] + 1, test=KNOWN[4:] + 1)
    settings = LEARNING.changed(epochs=1)
    states = []
    for name, labels in (("as it is", GRAPH.labels), ("noise", noise(GRAPH.labels, KNOWN + 1))):
        graph = replace(GRAPH, labels=labels)
        store = no_features(graph)
        result = train_model(graph, store, settings, tmp_path / name, split=split)
        states.append(load_checkpoint(result.checkpoint).state)
    assert states[0].keys() == states[1].keys()
    for name, tensor in states[0].items():
        assert torch.equal(tensor, states[1][name]), name


# Training


def test_every_step_masks_another_part() -> None:
    settings = LEARNING.changed(labels_least=0.4, labels_most=0.8)
    nodes = np.arange(1000)
    drawn = [drawn_in(nodes, settings, epoch=e, step=s) for e in (1, 2) for s in (0, 1, 2)]
    shares = [len(part) / len(nodes) for part in drawn]
    assert 0.3 < min(shares) < max(shares) < 0.9
    assert len({part.tobytes() for part in drawn}) == len(drawn)
    np.testing.assert_array_equal(drawn[1], drawn_in(nodes, settings, epoch=1, step=1))


def test_a_step_hears_a_part_and_validation_all() -> None:
    split = TASK.split(GRAPH, 0.5, val_share=0.2, seed=1)
    trainer = Trainer(GRAPH, FEATURES, LEARNING, split)
    slots = sample(GRAPH, split.val, trainer.config.tree, seed=1)
    whole = trainer.sent(slots)
    part = trainer.sent(slots, epoch=1)
    assert whole is not None
    assert part is not None
    kept = part != NOTHING
    assert 0 < kept.sum() < (whole != NOTHING).sum()
    np.testing.assert_array_equal(part[kept], whole[kept])


def test_labels_are_learned_from(tmp_path: Path) -> None:
    """Contacts within classes alone: what the neighbours' labels say is the truth."""
    graph = of_two_camps()
    settings = TrainSettings(
        label_input=True, hidden=(16, 8), epochs=40, batch=4, train_share=0.5, val_share=0.2
    ).changed(dropout=0.1, device="cpu")
    result = train_model(graph, no_features(graph), settings, tmp_path)
    assert result.scores["micro_f1"] > 0.9
    checkpoint = load_checkpoint(result.checkpoint)
    assert checkpoint.config.features == 0
    split = TASK.split(graph, 0.5, val_share=0.2, seed=settings.split_seed)
    labels = labels_in(graph.labels, split.train)
    store = no_features(graph)
    logits = predict(checkpoint, graph, store, split.val, seed=settings.seed, labels=labels)
    found = TASK.score(logits, graph.labels[split.val])
    assert found == dict(result.scores)


def of_two_camps(nodes: int = 60, steps: int = 3) -> TemporalGraph:
    rng = np.random.default_rng(1)
    ends = np.sort(rng.integers(0, nodes, (900, 2)), axis=1)
    ends = np.unique(ends[(ends[:, 0] != ends[:, 1]) & (ends.sum(axis=1) % 2 == 0)], axis=0)
    lists = TimedNeighbours.from_pairs(*ends.T, rng.integers(0, steps, len(ends)), nodes, steps)
    return TemporalGraph(
        cumulative=lists,
        fresh=lists,
        labels=np.arange(nodes) % 2,
        label_names=("even", "odd"),
        meta={"name": "camps", "generated": True},
    )


def test_a_training_goes_on_bit_for_bit(tmp_path: Path) -> None:
    whole = train_model(GRAPH, FEATURES, LEARNING, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train_model(GRAPH, FEATURES, LEARNING, tmp_path / "cut", progress=after_one)
    again = train_model(GRAPH, FEATURES, LEARNING, tmp_path / "cut", resume=True)
    assert again.scores == whole.scores
    states = [load_checkpoint(of.checkpoint).state for of in (whole, again)]
    for name, tensor in states[0].items():
        assert torch.equal(tensor, states[1][name]), name


def test_no_two_steps_add_to_the_same_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gradients of steps are added at once, each by a thread of its own."""
    rows = []

    def spied(products: torch.Tensor, where: torch.Tensor, groups: object) -> torch.Tensor:
        rows.append(where.numpy())
        return compiled.slot_currents(products, where, groups)  # type: ignore[arg-type]

    monkeypatch.setattr("neurograph.models.spikenet.model.slot_currents", spied)
    config = CONFIGS["two hops"]
    slots = sample(GRAPH, np.arange(NODES), config.tree, seed=0)
    sent = sent_labels(slots, config.tree, labels_in(GRAPH.labels, KNOWN))
    strong_model(config).of_trees(FEATURES.values, slots, None, sent)
    assert len(rows) == 2  # of features, and of labels
    for where in rows:
        of_steps = [set(where[:, t].ravel().tolist()) for t in range(where.shape[1])]
        assert sum(map(len, of_steps)) == len(set().union(*of_steps))


def after_one(done: int, _: int) -> None:
    if done == 1:
        raise KeyboardInterrupt


# Weights of classes


def test_balanced_classes_count_alike() -> None:
    truth = np.array([0, 0, 0, 0, 0, 0, 2, 2, 3])
    weights = balanced(truth, 4)
    assert weights[1] == 0
    np.testing.assert_allclose(weights[[0, 2, 3]] * [6, 2, 1], [3, 3, 3])
    assert weights[truth].mean() == pytest.approx(1)


def test_the_loss_counts_each_node_by_the_weight_of_its_class() -> None:
    truth = torch.tensor([0, 0, 0, 1, 2, 2])
    outputs = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    settings = QUICK.changed(class_weights="balanced")
    found = Loss.of(TASK, settings, truth.numpy(), 3)(outputs, truth)
    weights = torch.tensor([6 / 9, 2.0, 1.0])
    wanted = torch.nn.functional.cross_entropy(outputs, truth, weights, reduction="sum")
    torch.testing.assert_close(found, wanted)
    even = Loss.of(TASK, QUICK, truth.numpy(), 3)(outputs, truth)
    torch.testing.assert_close(even, TASK.loss(outputs, truth))
    assert not torch.isclose(found, even)


# Bad input


def test_labels_that_tell_nothing_are_refused() -> None:
    one = KNOWN[GRAPH.labels[KNOWN] == 1]
    with pytest.raises(ModelError, match=r"all 10 training nodes are of one class \(class1\)"):
        check_labels(GRAPH, TASK, one)
    with pytest.raises(ModelError, match="every one of the 60 labelled nodes is a training node"):
        check_labels(GRAPH, TASK, np.arange(NODES))
    unknown = replace(GRAPH, labels=np.full(NODES, -1), label_names=())
    with pytest.raises(ModelError, match="graph 'random' has no classes whose labels"):
        check_labels(unknown, TASK, KNOWN)
    check_labels(GRAPH, TASK, KNOWN)


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(ModelError, match="over sampled trees is not trained in integers"):
        TrainSettings(label_input=True, qat=True)
    with pytest.raises(ModelError, match="no class_weights 'even'; known: none, balanced"):
        TrainSettings(class_weights="even")
    with pytest.raises(ModelError, match="0 features"):
        replace(SMALL, features=0)
    with pytest.raises(ModelError, match="takes no label_input"):
        TrainSettings(model="sage", label_input=True)


def test_a_model_is_given_labels_where_it_hears_them_and_only_there() -> None:
    slots = sample(GRAPH, KNOWN, SMALL.tree, seed=1)
    with pytest.raises(ModelError, match="needed the labels of the slots"):
        strong_model(HEARING).of_trees(FEATURES.values, slots)
    sent = sent_labels(slots, SMALL.tree, labels_in(GRAPH.labels, KNOWN))
    with pytest.raises(ModelError, match="needed no labels for the slots"):
        strong_model(SMALL).of_trees(FEATURES.values, slots, None, sent)
