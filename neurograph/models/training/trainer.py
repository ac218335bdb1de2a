"""One epoch of training: AdamW on the loss of the task, then the scores of the validation nodes.

Every random choice (weights, order, neighbours, dropout) is a function of the seed and the epoch,
so no generator has a state to save.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.core.errors import ModelError, NetworkError
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.label_spikes import labels_in, sent_labels
from neurograph.graphs.sampling import sample
from neurograph.graphs.splits import Split
from neurograph.ir import Network, Scheme
from neurograph.ir.rounding import out_of_range, round_network
from neurograph.models.layers.batch import KEPT_AT_ONCE
from neurograph.models.layers.dropout import Dropout
from neurograph.models.registry import build
from neurograph.models.settings import TrainSettings
from neurograph.models.training.class_weights import Loss
from neurograph.models.training.label_masks import check_labels, drawn_in
from neurograph.models.training.predict import Forward, infer
from neurograph.models.training.running_mean import RunningMean
from neurograph.tasks import find_task

FLOAT, INTEGER = "float", "integer"  # phases of a training


class Trainer:
    """One model on its way: weights, optimiser, and a row of metrics per epoch.

    Attributes:
        scheme: of the integers in which it is trained; None in the phase of floats.
        float_epochs: length of that phase.
        facts: what its checkpoints say of it besides, JSON values.
    """

    def __init__(
        self,
        graph: TemporalGraph,
        features: FeatureStore,
        settings: TrainSettings,
        split: Split,
        *,
        float_epochs: int | None = None,
    ) -> None:
        self.float_epochs = settings.epochs if float_epochs is None else float_epochs
        self.scheme: Scheme | None = None
        self.graph, self.features, self.settings, self.split = graph, features, settings, split
        self.device = self.pick_device()
        self.task = find_task(settings.task)
        self.truth = self.task.truth(graph)
        if settings.own.label_input:
            check_labels(graph, self.task, split.train)
        self.config = settings.config_for(graph, features)
        self.loss = Loss.of(
            self.task, settings, self.truth[split.train], classes=self.config.classes
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            self.model = build(settings.model, self.config).to(self.device)
        self.optimizer, self.mean = self._fresh_optimizer(), self._fresh_mean()
        self.history: list[dict[str, Any]] = []
        self.facts: dict[str, Any] = {}

    @property
    def epochs(self) -> int:
        """How many epochs there are in all, at most."""
        return self.float_epochs + (self.settings.qat_epochs if self.settings.qat else 0)

    @property
    def phase(self) -> str:
        return FLOAT if self.scheme is None else INTEGER

    @property
    def floats_done(self) -> bool:
        """Whether the phase of floats is over: all its epochs, or patience with them, is spent."""
        floats = self._rows(FLOAT)
        if len(floats) < len(self.history) or len(floats) >= self.float_epochs:
            return True
        if not (floats and self.settings.patience):
            return False
        score = f"val_{self.task.best_by}"
        better = max(floats, key=lambda row: row[score])  # the first one, where several are best
        waited: int = floats[-1]["epoch"] - better["epoch"]
        return waited >= self.settings.patience

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        integers = self.settings.qat_epochs if self.settings.qat else 0
        return self.floats_done and len(self._rows(INTEGER)) >= integers

    def _rows(self, phase: str) -> list[dict[str, Any]]:
        return [row for row in self.history if row["phase"] == phase]

    @property
    def best(self) -> dict[str, Any] | None:
        """The row of the epoch whose weights are kept, as `TrainSettings.keep` says.

        Of the present phase; None if no epoch of it can be used. Of those that validation scores
        alike the last one.
        """
        fit = (r for r in self.history if r["phase"] == self.phase and "out_of_range" not in r)
        score, keep = f"val_{self.task.best_by}", self.settings.keep
        return max(
            fit, key=lambda row: (row[score] if keep == "best" else 0, row["epoch"]), default=None
        )

    def begin_with(self, state: Mapping[str, Tensor]) -> None:
        """Start from these weights in place of fresh ones."""
        self.model.load_state_dict(dict(state))
        self.mean = self._fresh_mean()

    def go_on_in_integers(self, state: Mapping[str, Tensor], scheme: Scheme) -> None:
        """From these weights on, with a fresh optimiser, every forward pass is the chip's.

        Raises:
            NetworkError: the scheme is of another model, or a weight is not finite.
        """
        self.model.load_state_dict(dict(state))
        self.scheme, self.optimizer = scheme, self._fresh_optimizer()
        self.mean = self._fresh_mean()
        self.lay_out_integers()

    def lay_out_integers(self) -> None:
        """Make what forward passes in integers need; raises as `go_on_in_integers` does."""
        self.forward()

    def layout(self) -> dict[str, Any]:
        """How `capture` is to lay a checkpoint out, by name of its argument."""
        return {}

    def network(self) -> Network:
        """The float network of the present weights."""
        return self.model.capture()

    def to_be_run(self) -> Mapping[str, Tensor]:
        """The weights of a checkpoint that is to be run, by name."""
        return self.mean.state if self.mean else self.model.state_dict()

    def judged(self) -> AbstractContextManager[None]:
        """The model has the weights that are scored and kept: their running mean, if any."""
        return self.mean.in_place() if self.mean else nullcontext()

    def forward(self) -> Forward:
        """The model as its present phase runs it, with its present weights.

        Raises:
            NetworkError, ModelError: weights that the scheme cannot hold.
        """
        if self.scheme is None:
            return self.model
        return self.model.in_integers(self.scheme)

    def epoch(self, number: int) -> dict[str, Any]:
        """Train once on every training node, then score the validation nodes.

        Raises:
            ModelError: the loss or a weight is not finite, or left what integers can hold.
        """
        try:
            row = {"epoch": number, "phase": self.phase, "loss": self.train_epoch(number)}
            row |= self.validate() | self._range() | self.model.observed()
        except NetworkError as error:
            raise ModelError(
                f"epoch {number}: {error}; lower the learning rate of the integer epochs "
                f"({self.settings.qat_learning_rate:g})"
            ) from error
        return row

    def _range(self) -> dict[str, Any]:
        if self.scheme is None:
            return {}
        with self.judged():
            left = out_of_range(round_network(self.network(), self.scheme))
        return {"out_of_range": left} if left else {}

    def train_epoch(self, number: int) -> float:
        """Train once on every training node; returns their mean loss.

        Raises:
            ModelError: the loss or a weight is not finite.
        """
        batches = self.batches(number)
        total, loss = sum(map(len, batches)), 0.0
        for index, nodes in enumerate(batches):
            self._set_learning_rate(number - 1 + index / len(batches))
            loss += self.step(nodes, draw=number, index=index) * len(nodes) / total
        weights_finite = all(bool(p.isfinite().all()) for p in self.model.parameters())
        if not (math.isfinite(loss) and weights_finite):
            raise ModelError(
                f"epoch {number}: the loss ({loss:g}) or a weight is not finite; lower the "
                f"learning rate ({self._rate:g}) or check the features"
            )
        return loss

    def pick_device(self) -> torch.device:
        """Where it computes; raises as the function does."""
        return pick_device(self.settings.device)

    def batches(self, number: int) -> list[Array]:
        """The nodes of each step of an epoch: all training nodes once, in an order of its own."""
        size = self.settings.batch
        order = np.random.default_rng([self.settings.seed, number]).permutation(self.split.train)
        return [order[at : at + size] for at in range(0, len(order), size)]

    def step(self, nodes: Array, *, draw: int, index: int = 0) -> float:
        """One step of the optimiser on these nodes, number `index` of its epoch `draw`.

        Returns:
            Their mean loss.
        """
        settings = self.settings
        slots = sample(self.graph, nodes, self.config.tree, seed=settings.seed, draw=draw)
        dropout = Dropout.of(nodes, self.config.dropout, seed=settings.seed, draw=draw)
        sent = self.sent(slots, epoch=draw, step=index)
        truth = torch.from_numpy(self.truth[nodes]).to(self.device)
        size = KEPT_AT_ONCE if self.device.type == "cpu" else len(nodes)
        total, forward = 0.0, self.forward()
        self.optimizer.zero_grad()
        for at in range(0, len(nodes), size):
            part = slice(at, at + size)
            dropped = Dropout(dropout.keys[part], dropout.share)
            labels = None if sent is None else sent[part]
            spikes = forward.of_trees(self.features.values, slots[part], dropped, labels)
            logits = forward.read_out(spikes)
            loss = self.loss(logits, truth[part]) / len(nodes)
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
        self.after_step()
        return total

    def after_step(self) -> None:
        """Change the weights by their gradients."""
        self.optimizer.step()
        self.model.after_step()
        if self.mean:
            self.mean.update()

    def sent(self, slots: Array, *, epoch: int | None = None, step: int = 0) -> Array | None:
        """The class that each slot of these trees sends; None of a model that hears no labels.

        Args:
            epoch: of a step of training, in which a part of the labels is masked; None: all
                training labels are in.
            step: of this epoch.
        """
        if not self.config.label_input:
            return None
        known = self.split.train
        if epoch is not None:
            known = drawn_in(known, self.settings, epoch=epoch, step=step)
        return sent_labels(slots, self.config.tree, labels_in(self.truth, known))

    def validate(self) -> dict[str, Any]:
        """Scores and firing rates of the validation nodes; no scores where there are none."""
        nodes = self.split.val
        if not len(nodes):
            return {"firing_rate": self.outputs(self.split.train)[1]}
        logits, rates = self.outputs(nodes)
        scores = self.task.score(logits, self.truth[nodes])
        return {f"val_{name}": x for name, x in scores.items()} | {"firing_rate": rates}

    def outputs(self, nodes: Array) -> tuple[Array, list[float]]:
        """Of each of these nodes, float64 ``(nodes, outputs)``, on draws that never change.

        And the firing rate of each layer.
        """
        with self.judged():
            return self._outputs(nodes)

    def _outputs(self, nodes: Array) -> tuple[Array, list[float]]:
        settings = self.settings
        logits, forward = np.zeros((len(nodes), self.config.classes)), self.forward()
        for draw in range(settings.val_draws):
            slots = sample(self.graph, nodes, self.config.tree, seed=settings.seed, draw=-draw)
            sent = self.sent(slots)
            drawn, rates = infer(forward, self.features.values, slots, sent)
            logits += drawn
        return logits / settings.val_draws, rates

    @property
    def _rate(self) -> float:
        """The learning rate from which the present phase starts."""
        settings = self.settings
        return settings.learning_rate if self.scheme is None else settings.qat_learning_rate

    def _fresh_optimizer(self) -> torch.optim.AdamW:
        return torch.optim.AdamW(
            self.model.parameters(), lr=self._rate, weight_decay=self.settings.weight_decay
        )

    def _fresh_mean(self) -> RunningMean | None:
        keep = self.settings.weight_mean
        return RunningMean(self.model, keep) if keep else None

    def _set_learning_rate(self, epochs: float) -> None:
        """Set the rate after so many epochs of the whole training."""
        rate, share = self._rate, epochs / self.settings.epochs
        if self.scheme is not None:
            share = (epochs - len(self._rows(FLOAT))) / self.settings.qat_epochs
        if self.scheme is not None or self.settings.schedule == "cosine":
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
