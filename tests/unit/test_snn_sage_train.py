"""Baselines in the training of all models: they learn, resume to the bit, and are not mixed up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from neurograph.core.errors import ModelError
from neurograph.graphs.sampling import sample
from neurograph.graphs.splits import stratified_split
from neurograph.models import load_checkpoint, predict, train
from neurograph.models.checkpoint import BEST, LAST
from neurograph.tasks import f1
from neurograph.testing.graphs import random_graph
from neurograph.testing.models import QUICK, epochs
from tests import noted

SETTINGS = replace(QUICK, model="sage")
baselines = pytest.mark.parametrize("model", ["sage", "sage-gru"])


@baselines
def test_a_twin_learns_and_its_checkpoint_is_the_model_that_was_scored(tmp_path, model) -> None:
    graph, features = random_graph(nodes=300, edges=900)
    settings = replace(SETTINGS, model=model, epochs=12, batch=32)
    result = train(graph, features, settings, tmp_path)
    history = epochs(tmp_path)
    assert history[-1]["loss"] < 0.6 * history[0]["loss"]
    assert len(history[0]["firing_rate"]) == (2 if model == "sage" else 3)
    checkpoint = load_checkpoint(tmp_path / "checkpoint")
    split = stratified_split(graph, 0.5, val_share=0.2)
    logits = predict(checkpoint, graph, features, split.val, seed=settings.seed)
    assert f1(graph.labels[split.val], logits.argmax(1)).micro == result.scores["micro_f1"]
    logits = predict(checkpoint, graph, features, split.test, seed=1)
    assert f1(graph.labels[split.test], logits.argmax(1)).micro > 0.6  # chance is 1/3


@baselines
def test_interrupted_and_resumed_is_uninterrupted(tmp_path, model) -> None:
    graph, features = random_graph()
    settings = replace(SETTINGS, model=model)
    train(graph, features, settings, tmp_path / "whole")

    def stop(done: int, _: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(graph, features, settings, tmp_path / "parts", progress=stop)
    train(graph, features, settings, tmp_path / "parts", resume=True)
    for name in (BEST, LAST):
        a, b = (load_checkpoint(tmp_path / f / "checkpoint", name) for f in ("whole", "parts"))
        assert all(torch.equal(tensor, b.state[key]) for key, tensor in a.state.items())
        assert all(torch.equal(tensor, b.optimizer[key]) for key, tensor in a.optimizer.items())


def test_training_does_not_go_on_as_another_model(tmp_path) -> None:
    graph, features = random_graph()
    train(graph, features, replace(SETTINGS, epochs=1), tmp_path)
    other = replace(SETTINGS, epochs=1, model="spikenet")
    with pytest.raises(ModelError, match="trained differently: model was 'sage', is 'spikenet';"):
        train(graph, features, other, tmp_path, resume=True)


def test_weights_of_another_model_are_refused(tmp_path) -> None:
    """A file that calls itself a baseline with a GRU, and has none."""
    graph, features = random_graph()
    train(graph, features, replace(SETTINGS, epochs=1), tmp_path)
    path = tmp_path / "checkpoint" / BEST
    noted.change_checkpoint(path, lambda header, _: header.update(model="sage-gru"))
    with pytest.raises(ModelError, match=r"of another model: 'gru\.\w+' is missing, sage-gru"):
        load_checkpoint(tmp_path / "checkpoint")


@baselines
def test_counts_do_not_depend_on_the_batches(tmp_path, model) -> None:
    graph, features = random_graph()
    train(graph, features, replace(SETTINGS, model=model, epochs=1), tmp_path)
    checkpoint = load_checkpoint(tmp_path / "checkpoint")
    slots = sample(graph, np.arange(40), checkpoint.config.tree, seed=3)
    whole, parts = (checkpoint.restore().counter() for _ in range(2))
    logits = whole.infer(features.values, slots)
    apart = [parts.infer(features.values, slots[at : at + 7]) for at in range(0, 40, 7)]
    np.testing.assert_allclose(np.concatenate(apart), logits, atol=1e-5)
    assert parts.complexity() == whole.complexity()
    assert whole.complexity().acs > 0
