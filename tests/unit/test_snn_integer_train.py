"""Training in integers: two phases, one scheme, resumed to the bit, refused where it cannot be."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from neurograph.core.errors import ModelError, NetworkError
from neurograph.graphs.sampling import sample
from neurograph.graphs.splits import stratified_split
from neurograph.ir.rounding import out_of_range, round_network
from neurograph.models import (
    PRESETS,
    capture,
    load_checkpoint,
    predict,
    spikes_of,
    train,
)
from neurograph.models.checkpoint import BEST, LAST, save_checkpoint
from neurograph.models.integer.headroom import with_room
from neurograph.models.training import trainer as trainer_module
from neurograph.runtime import reference
from neurograph.tasks import f1
from neurograph.testing.graphs import random_graph
from neurograph.testing.models import QUICK, epochs
from neurograph.testing.schemes import plain_scheme

FLOATS = replace(QUICK, epochs=4)
SETTINGS = replace(FLOATS, qat=True, qat_epochs=3, weight_bits=4, qat_learning_rate=0.01)


def scheme_of(network):
    return plain_scheme(network, 4.0, bits=4, guard_bits=1, room=1.0, means=True, split=True)


def files(folder, *names):
    return [load_checkpoint(folder / "checkpoint", name) for name in names or (BEST, LAST)]


def same(one, other):
    return (
        all(torch.equal(one.state[n], other.state[n]) for n in one.state)
        and one.optimizer.keys() == other.optimizer.keys()
        and all(torch.equal(one.optimizer[n], other.optimizer[n]) for n in one.optimizer)
        and one.scheme == other.scheme
        and one.meta.get("history", []) == other.meta.get("history", [])
    )


def untimed(history):
    return list(history)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("qat")
    graph, features = random_graph()
    return folder, graph, features, train(graph, features, SETTINGS, folder, scheme_of=scheme_of)


def test_two_phases_and_the_best_integer_epoch(trained):
    folder, graph, features, result = trained
    history = epochs(folder)
    assert [row["phase"] for row in history] == ["float"] * 4 + ["integer"] * 3
    assert [row["epoch"] for row in history] == list(range(1, 8))
    assert not any("out_of_range" in row for row in history)
    integer = [row for row in history if row["phase"] == "integer"]
    best = max(integer, key=lambda row: (row["val_micro_f1"], row["epoch"]))
    assert (result.best_epoch, result.scores["micro_f1"]) == (best["epoch"], best["val_micro_f1"])
    assert result.epochs == 7
    checkpoint = load_checkpoint(folder / "checkpoint")
    assert checkpoint.meta["metrics"] == best
    split = stratified_split(graph, 0.5, val_share=0.2)
    logits = predict(checkpoint, graph, features, split.val, seed=SETTINGS.seed)
    assert f1(graph.labels[split.val], logits.argmax(1)).micro == best["val_micro_f1"]


def test_the_scheme_is_chosen_once_from_the_best_floats(tmp_path):
    graph, features = random_graph()
    floats = train(graph, features, FLOATS, tmp_path / "floats")
    asked = []

    def choose(network):
        asked.append(network)
        return scheme_of(network)

    train(graph, features, SETTINGS, tmp_path / "both", scheme_of=choose)
    (network,) = asked
    want = capture(load_checkpoint(floats.checkpoint))
    for found, given in zip(network.projections, want.projections, strict=True):
        np.testing.assert_array_equal(found.weight, given.weight)
    for checkpoint in files(tmp_path / "both"):
        assert checkpoint.scheme == with_room(scheme_of(want), want)


def test_its_spikes_are_those_of_the_reference(trained):
    folder, graph, features, _ = trained
    checkpoint = load_checkpoint(folder / "checkpoint")
    nodes = np.arange(graph.num_nodes)
    slots = sample(graph, nodes, checkpoint.config.tree, seed=3)
    x = features.values[np.arange(graph.num_steps)[:, None], slots]
    quantized = round_network(capture(checkpoint), checkpoint.scheme)
    record = reference.run(quantized, quantized.encode({"x": x}), nodes)
    spikes, logits = spikes_of(checkpoint, features, slots)
    assert set(spikes) == set(record.spikes)
    for name, fired in spikes.items():
        assert 0.01 < fired.mean() < 0.99
        np.testing.assert_array_equal(fired, record.spikes[name])
    np.testing.assert_array_equal(logits, record.logits)
    np.testing.assert_array_equal(predict(checkpoint, graph, features, nodes, seed=3), logits)
    assert not out_of_range(quantized)


@pytest.mark.parametrize("stopped", [2, 4, 5, 6])
def test_interrupted_and_resumed_is_uninterrupted(tmp_path, trained, stopped):
    whole, graph, features, result = trained

    def stop(done, total):
        assert total == 7
        if done == stopped:
            raise KeyboardInterrupt

    how = {"scheme_of": scheme_of}
    with pytest.raises(KeyboardInterrupt):
        train(graph, features, SETTINGS, tmp_path, progress=stop, **how)
    resumed = train(graph, features, SETTINGS, tmp_path, resume=True, **how)
    for one, other in zip(files(whole), files(tmp_path), strict=True):
        one.meta.pop("history", None), other.meta.pop("history", None)
        assert same(one, other)
    assert untimed(epochs(whole)) == untimed(epochs(tmp_path))
    assert replace(resumed, seconds=0, checkpoint=result.checkpoint) == replace(result, seconds=0)


def test_killed_between_the_best_and_the_last_file(tmp_path, trained, monkeypatch):
    """The first integer epoch has replaced `best`, but `last` is of the start of the phase."""
    whole, graph, features, _ = trained
    train_module = __import__("neurograph.models.training.train", fromlist=["x"])
    saved = []

    def save(checkpoint, path):
        saved.append((path.name, checkpoint.scheme is not None))
        save_checkpoint(checkpoint, path)
        if saved[-1] == (BEST, True):
            raise KeyboardInterrupt

    monkeypatch.setattr(train_module, "save_checkpoint", save)
    with pytest.raises(KeyboardInterrupt):
        train(graph, features, SETTINGS, tmp_path, scheme_of=scheme_of)
    assert saved[-2:] == [(LAST, True), (BEST, True)]
    monkeypatch.undo()
    train(graph, features, SETTINGS, tmp_path, scheme_of=scheme_of, resume=True)
    assert untimed(epochs(whole)) == untimed(epochs(tmp_path))


@pytest.mark.parametrize("neuron", ["if", "lif", "plif", "alif"])
def test_fine_tuning_of_a_trained_model(tmp_path, neuron):
    graph, features = random_graph()
    kind = {"neuron": neuron, "tau": 2.0}
    train(graph, features, replace(FLOATS, **kind), tmp_path / "floats")
    start = load_checkpoint(tmp_path / "floats" / "checkpoint")
    how = {"scheme_of": scheme_of, "start": start}
    settings = replace(SETTINGS, **kind)
    result = train(graph, features, settings, tmp_path / "on", **how)
    history = epochs(tmp_path / "on")
    assert [row["phase"] for row in history] == ["integer"] * 3
    assert result.epochs == 3
    checkpoint = load_checkpoint(tmp_path / "on" / "checkpoint")
    assert any(not torch.equal(checkpoint.state[n], t) for n, t in start.state.items())

    # resumed in the middle, to the bit
    def stop(done, total):
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(graph, features, settings, tmp_path / "parts", progress=stop, **how)
    train(graph, features, settings, tmp_path / "parts", resume=True, **how)
    assert untimed(epochs(tmp_path / "on")) == untimed(epochs(tmp_path / "parts"))
    assert same(*files(tmp_path / "on", BEST), *files(tmp_path / "parts", BEST))
    other = replace(start, state={n: t + 1 for n, t in start.state.items()})
    with pytest.raises(ModelError, match=r"trained differently: start was '[0-9a-f]{64}', is '"):
        train(graph, features, settings, tmp_path / "on", resume=True, **{**how, "start": other})


def test_training_in_integers_learns(tmp_path):
    graph, features = random_graph(nodes=300, edges=900)
    settings = replace(SETTINGS, epochs=1, qat_epochs=12, batch=32, qat_learning_rate=0.02)
    train(graph, features, settings, tmp_path, scheme_of=scheme_of)
    history = epochs(tmp_path)
    assert history[-1]["loss"] < 0.6 * history[1]["loss"]
    assert history[-1]["val_micro_f1"] > 0.6  # chance is 1/3


def test_weights_that_outgrow_their_scheme_are_never_the_best(tmp_path):
    graph, features = random_graph()
    with pytest.raises(ModelError) as error:
        train(
            graph, features, SETTINGS, tmp_path, scheme_of=lambda n: plain_scheme(n, 40.0, room=0.2)
        )
    history = epochs(tmp_path)
    beyond = history[-1]["out_of_range"]
    assert all(top > (1 << 23) - 1 for top in beyond.values())
    named = ", ".join(f"the state of {name} can reach {top:,.0f}" for name, top in beyond.items())
    assert str(error.value) == (
        "in every integer epoch the weights outgrow the scales that were chosen for them; in the "
        f"last, {named} of 8,388,607 (24 bits); lower the learning rate of the integer "
        "epochs (0.01)"
    )
    assert load_checkpoint(tmp_path / "checkpoint").scheme is None, "best is still the float model"


def test_an_epoch_out_of_range_is_passed_over(tmp_path, monkeypatch, trained):
    _, graph, features, result = trained
    calls = []

    def beyond(network):
        calls.append(network)
        return {"h1": 9e6} if len(calls) + 4 == result.best_epoch else {}

    monkeypatch.setattr(trainer_module, "out_of_range", beyond)
    other = train(graph, features, SETTINGS, tmp_path, scheme_of=scheme_of)
    assert other.best_epoch != result.best_epoch
    assert other.best_epoch > 4
    assert epochs(tmp_path)[result.best_epoch - 1]["out_of_range"] == {"h1": 9e6}


def test_weights_that_are_no_numbers(tmp_path):
    graph, features = random_graph()
    train(graph, features, FLOATS, tmp_path / "floats")
    start = load_checkpoint(tmp_path / "floats" / "checkpoint")
    start.state["layers.0.own.weight"][2, 1] = float("nan")
    with pytest.raises(ModelError) as error:
        train(graph, features, SETTINGS, tmp_path / "on", scheme_of=scheme_of, start=start)
    assert str(error.value) == (
        "cannot start from a checkpoint whose 'layers.0.own.weight' is not finite; train it again"
    )
    assert not (tmp_path / "on").exists()


def test_weights_that_become_no_numbers(tmp_path):
    graph, features = random_graph()
    diverging = replace(SETTINGS, epochs=1, qat_learning_rate=1e4)
    with pytest.raises(ModelError, match=r"^epoch 2: .*; lower the learning rate of the integer"):
        train(graph, features, diverging, tmp_path, scheme_of=scheme_of)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": (16, 9)}, "hidden was (16, 8), is (16, 9)"),
        ({"neuron": "lif"}, "neuron was 'alif', is 'lif'"),
        ({"split_seed": 7, "val_share": 0.1}, "val_share was 0.2, is 0.1; split_seed was 42, is 7"),
    ],
)
def test_starting_from_another_model_or_split(tmp_path, change, message):
    graph, features = random_graph()
    train(graph, features, replace(FLOATS, epochs=1), tmp_path / "floats")
    start = load_checkpoint(tmp_path / "floats" / "checkpoint")
    settings = replace(SETTINGS, **change)
    with pytest.raises(ModelError) as error:
        train(graph, features, settings, tmp_path / "on", scheme_of=scheme_of, start=start)
    assert str(error.value) == (
        f"cannot start from a checkpoint of another model or split: {message}"
    )
    assert not (tmp_path / "on").exists()


def test_half_of_what_training_in_integers_needs(tmp_path):
    graph, features = random_graph()
    with pytest.raises(ModelError) as error:
        train(graph, features, SETTINGS, tmp_path)
    assert str(error.value) == "qat is set, but not how to round: give scheme_of"
    with pytest.raises(ModelError) as error:
        train(graph, features, FLOATS, tmp_path, scheme_of=scheme_of)
    assert str(error.value) == "scheme_of is for training in integers: set qat"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight_bits": 9}, "weight_bits is 9, needed 2 to 8"),
        ({"weight_bits": 1}, "weight_bits is 1, needed 2 to 8"),
        ({"feature_bits": 17}, "feature_bits is 17, needed 2 to 16"),
        ({"qat_epochs": 0}, "qat_epochs is 0, needed at least 1"),
        ({"qat_learning_rate": 0.0}, "qat_learning_rate is 0.0, needed above 0"),
        (
            {"qat_learning_rate": float("nan")},
            "qat_learning_rate is nan, needed 0, or 1e-09 to 1e+09 in magnitude",
        ),
    ],
)
def test_wrong_settings(change, message):
    with pytest.raises(ModelError) as error:
        replace(SETTINGS, **change)
    assert str(error.value) == message


def test_presets_train_in_floats():
    assert not any(settings.qat for settings in PRESETS.values())


def test_a_scheme_survives_its_file_and_room_keeps_mantissas(trained):
    folder, *_ = trained
    checkpoint = load_checkpoint(folder / "checkpoint")
    network = capture(checkpoint)
    scheme = scheme_of(network)
    roomy = with_room(scheme, network)
    for one, two in zip(
        round_network(network, scheme).projections,
        round_network(network, roomy).projections,
        strict=True,
    ):
        if one.exponent > -8:
            np.testing.assert_array_equal(one.weight, two.weight)
            assert two.exponent == one.exponent - 1
    for name, given in scheme.populations.items():
        assert roomy.populations[name].scale == given.scale / 2
    per_channel = plain_scheme(network, 4.0, per_channel=True, guard_bits=2)
    halved = with_room(per_channel, network).populations["h1"].scale
    assert halved == tuple(s / 2 for s in per_channel.populations["h1"].scale)
    again = replace(checkpoint, scheme=per_channel)
    save_checkpoint(again, folder / "elsewhere" / BEST)
    assert load_checkpoint(folder / "elsewhere").scheme == per_channel


def test_a_checkpoint_with_a_scheme_of_another_model(trained):
    folder, graph, features, _ = trained
    checkpoint = load_checkpoint(folder / "checkpoint")
    scheme = checkpoint.scheme
    fewer = replace(scheme, populations={"h1": scheme.populations["h1"]})
    broken = replace(checkpoint, scheme=fewer)
    with pytest.raises(NetworkError, match="quantisation scheme of another network"):
        predict(broken, graph, features, np.arange(3), seed=1)
