"""Small models, untrained but lively, their checkpoints, and targets for them; needs torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from neurograph.core.arrays import Array
from neurograph.graphs.embed.dynwalk import DynWalk
from neurograph.graphs.embed.make import standardised
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.sampling import TreeSpec, sample
from neurograph.graphs.sets import synth
from neurograph.models import TrainSettings
from neurograph.models.checkpoint import Checkpoint
from neurograph.models.config import ModelConfig
from neurograph.models.registry import build
from neurograph.models.spikenet.config import SpikeNetConfig
from neurograph.models.spikenet.model import SpikeNet
from neurograph.testing.graphs import random_graph

SMALL = SpikeNetConfig(features=5, classes=3, steps=4, hidden=(16, 6))
QUICK = TrainSettings(
    hidden=(16, 8), epochs=6, batch=20, train_share=0.5, val_share=0.2, dropout=0.3, device="cpu"
)  # learns what `random_graph` says within seconds


def small_configs(
    *names: str, base: SpikeNetConfig = SMALL, three_hops: tuple[int, int, int] = (3, 2, 3)
) -> dict[str, SpikeNetConfig]:
    """A small SpikeNet of every kind of neuron, number of hops, and odd size, by name.

    Args:
        names: of those that are wanted, in this order; all unless given.
        base: what they have in common.
        three_hops: fan-outs of the one with three hops.
    """
    configs = {
        "alif": base,
        "alif with memory": replace(base, tau=3.0),
        "if": replace(base, neuron="if"),
        "lif": replace(base, neuron="lif", tau=3.0),
        "plif": replace(base, neuron="plif", tau=1.5),
        "three hops": replace(base, hidden=(9, 8, 7), fanouts=three_hops),
        "one hop": replace(base, hidden=(12,), fanouts=(4,)),
        "equal fan-outs": replace(base, fanouts=(2, 2)),
        "one step": replace(base, steps=1),
    }
    return {name: configs[name] for name in names or configs}


def strong_model(config: SpikeNetConfig) -> SpikeNet:
    """An untrained model, its inputs strengthened so that every layer fires."""
    torch.manual_seed(5)
    model = SpikeNet(config)
    with torch.no_grad():
        for layer in model.spiking:
            layer.own.weight *= 4
            layer.neighbours.weight *= 4
    return model


def checkpoint_of(
    model: str,
    config: ModelConfig,
    settings: TrainSettings | None = None,
    *,
    state: Mapping[str, torch.Tensor] | None = None,
    meta: Mapping[str, Any] | None = None,
    optimizer: Mapping[str, torch.Tensor] | None = None,
) -> Checkpoint:
    """A checkpoint of a training that never was.

    Args:
        model: its name.
        config: its shape.
        settings: of the training; the defaults unless given.
        state: weights by name; fresh ones unless given.
        meta: what the checkpoint says of its origin; nothing unless given.
        optimizer: its tensors by name; none unless given.
    """
    return Checkpoint(
        model=model,
        config=config,
        settings=settings or TrainSettings(),
        state=build(model, config).state_dict() if state is None else state,
        meta=meta or {},
        optimizer=optimizer or {},
    )


def trees_of(
    config: SpikeNetConfig, targets: int | Sequence[int] = 12
) -> tuple[FeatureStore, Array]:
    """Features of a random graph of 60 nodes, and sampled trees.

    Args:
        config: whose steps and tree are taken.
        targets: nodes; of a number, as many: 4, 9, 14, ...

    Returns:
        The features, values ``(steps, nodes, features)``; slots ``(nodes, steps, slots)``.
    """
    graph, features = random_graph(steps=config.steps)
    nodes = np.arange(targets) * 5 + 4 if isinstance(targets, int) else np.asarray(targets)
    return features, sample(graph, nodes, config.tree, seed=1)


def synthetic_trees(
    tree: TreeSpec, targets: int, *, seed: int = 2
) -> tuple[TemporalGraph, FeatureStore, Array]:
    """The generated graph with six features per node, of two walks, and trees of its first nodes.

    Args:
        tree: fan-outs.
        targets: how many.
        seed: of the sampling.

    Returns:
        The graph; the features; slots ``(nodes, steps, slots)``.
    """
    graph = synth(seed=3)
    walked = (standardised(values) for values in DynWalk(dim=6).snapshots(graph, 0))
    features = FeatureStore(values=np.stack(list(walked)))
    return graph, features, sample(graph, np.arange(targets), tree, seed=seed)


def epochs(folder: Path) -> list[dict[str, Any]]:
    """The rows that a training left in its folder, one per epoch."""
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
