"""One epoch of training: AdamW on cross-entropy, then the scores of the validation nodes.

Every random choice (weights, order, neighbours, dropout) is a function of the seed and the epoch,
so no generator has a state to save.
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from neurograph.arrays import Array
from neurograph.errors import ModelError
from neurograph.feature_store import FeatureStore
from neurograph.graph import TemporalGraph
from neurograph.metrics import f1
from neurograph.snn.aggregate import Dropout
from neurograph.snn.batch import load_batch
from neurograph.snn.models import build
from neurograph.snn.predict import infer
from neurograph.snn.settings import TrainSettings
from neurograph.splits import Split
from neurograph.tree import sample

SLICE = 128  # targets whose gradients are computed at once on a CPU: all they need stays in cache


class Trainer:
    """One model on its way: weights, optimiser, and a row of metrics per epoch."""

    def __init__(
        self, graph: TemporalGraph, features: FeatureStore, settings: TrainSettings, split: Split
    ) -> None:
        self.graph, self.features, self.settings, self.split = graph, features, settings, split
        self.device = pick_device(settings.device)
        self.config = settings.config(
            features=features.num_features, classes=graph.num_classes, steps=graph.num_steps
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            self.model = build(settings.model, self.config).to(self.device)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
        )
        self.history: list[dict[str, Any]] = []

    @property
    def best(self) -> dict[str, Any]:
        """The row of the epoch with the highest validation micro-F1, the last one if several."""
        return max(self.history, key=lambda row: (row["val_micro_f1"], row["epoch"]))

    def epoch(self, number: int) -> dict[str, Any]:
        """Train once on every training node, then score the validation nodes."""
        started = time.perf_counter()
        row = {"epoch": number, "loss": self.train_epoch(number), **self.validate()}
        return {**row, "seconds": round(time.perf_counter() - started, 3)}

    def train_epoch(self, number: int) -> float:
        """Train once on every training node; returns their mean loss.

        Raises:
            ModelError: the loss or a weight is not finite.
        """
        order = np.random.default_rng([self.settings.seed, number]).permutation(self.split.train)
        batches = [
            order[at : at + self.settings.batch] for at in range(0, len(order), self.settings.batch)
        ]
        loss = 0.0
        for index, nodes in enumerate(batches):
            self._set_learning_rate(((number - 1) + index / len(batches)) / self.settings.epochs)
            loss += self.step(nodes, draw=number) * len(nodes) / len(order)
        weights_finite = all(bool(p.isfinite().all()) for p in self.model.parameters())
        if not (math.isfinite(loss) and weights_finite):
            raise ModelError(
                f"epoch {number}: the loss ({loss:g}) or a weight is not finite; lower the "
                f"learning rate ({self.settings.learning_rate:g}) or check the features"
            )
        return loss

    def step(self, nodes: Array, *, draw: int) -> float:
        """One step of the optimiser on these nodes; returns their mean loss."""
        settings = self.settings
        slots = sample(self.graph, nodes, self.config.tree, seed=settings.seed, draw=draw)
        dropout = Dropout.of(nodes, self.config.dropout, seed=settings.seed, draw=draw)
        labels = torch.from_numpy(self.graph.labels[nodes].astype(np.int64)).to(self.device)
        size = SLICE if self.device.type == "cpu" else len(nodes)
        total = 0.0
        self.optimizer.zero_grad()
        for at in range(0, len(nodes), size):
            part = slice(at, at + size)
            batch = load_batch(self.features.values, slots[part]).to(self.device)
            logits = self.model(batch, Dropout(dropout.keys[part], dropout.share))
            loss = cross_entropy(logits, labels[part], reduction="sum") / len(nodes)
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
        self.optimizer.step()
        return total

    def validate(self) -> dict[str, Any]:
        """Scores and firing rates of the validation nodes, on draws that never change."""
        nodes, settings = self.split.val, self.settings
        logits = np.zeros((len(nodes), self.config.classes))
        for draw in range(settings.val_draws):
            slots = sample(self.graph, nodes, self.config.tree, seed=settings.seed, draw=-draw)
            drawn, rates = infer(self.model, self.features.values, slots)
            logits += drawn
        score = f1(self.graph.labels[nodes], logits.argmax(axis=1))
        return {"val_micro_f1": score.micro, "val_macro_f1": score.macro, "firing_rate": rates}

    def _set_learning_rate(self, share: float) -> None:
        """Set the rate for `share` (0 to 1) of the training done."""
        rate = self.settings.learning_rate
        if self.settings.schedule == "cosine":
            rate *= 0.5 * (1.0 + math.cos(math.pi * share))
        for group in self.optimizer.param_groups:
            group["lr"] = rate


def pick_device(name: str) -> torch.device:
    """The device called `auto`, `cpu` or `cuda`.

    Raises:
        ModelError: CUDA is asked for and there is none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise ModelError("device cuda: PyTorch finds no CUDA device; use --device cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
