"""SpikeNet as a plain step-by-step PyTorch loop: the yardstick of the training speed.

Written like the authors' forward pass: per step the features of every hop are gathered, per
layer the hops are a list, two linear layers each, one neuron step by autograd. The draws come
from NeuroGraph's own sampler, whose cost both sides pay; features are in memory, the work is in
PyTorch's own kernels on all cores.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.sampling import TreeSpec, sample
from neurograph.graphs.splits import Split
from neurograph.models import TrainSettings


class SigmoidSpike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.gt(0).float()

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        s = x.sigmoid()
        return gradient * s * (1 - s)


class StepNeuron:
    """Adaptive-threshold LIF with tau = 1, one step per call."""

    def __init__(self) -> None:
        self.v: Tensor | float = 0.0
        self.theta: Tensor | float = 1.0

    def __call__(self, current: Tensor) -> Tensor:
        v = self.v + (current - self.v)
        spike = SigmoidSpike.apply(v - self.theta)
        self.v = (1 - spike) * v
        self.theta = 0.2 * spike + self.theta * 0.7
        return spike


class PlainSpikeNet(nn.Module):
    def __init__(
        self, features: int, hidden: tuple[int, ...], classes: int, steps: int, tree: TreeSpec
    ) -> None:
        super().__init__()
        widths = (features, *hidden)
        pairs = list(pairwise(widths))
        self.own = nn.ModuleList(nn.Linear(*pair) for pair in pairs)
        self.neighbours = nn.ModuleList(nn.Linear(*pair) for pair in pairs)
        self.dropout = nn.Dropout(0.7)
        self.readout = nn.Linear(steps * hidden[-1], classes)
        self.tree = tree

    def forward(self, features: Tensor, slots: Tensor) -> Tensor:
        """Logits; `features` ``(T, N, F)`` and `slots` ``(B, T, slots)``."""
        neurons = [StepNeuron() for _ in self.own]
        spikes = []
        for t in range(slots.shape[1]):
            hops = slots[:, t].split(self.tree.hop_sizes, dim=1)
            h = [features[t][hop.flatten()] for hop in hops]
            for layer, neuron in enumerate(neurons):
                rows = torch.cat(h[:-1])
                means = torch.cat(
                    [
                        below.view(-1, k, below.shape[1]).mean(1)
                        for below, k in zip(h[1:], self.tree.fanouts, strict=False)
                    ]
                )
                out = neuron(self.own[layer](rows) + self.neighbours[layer](means))
                if layer + 1 < len(neurons):
                    sizes = [len(part) for part in h[:-1]]
                    h = list(self.dropout(out).split(sizes))
            spikes.append(out)
        return self.readout(torch.cat(spikes, dim=1))


class PlainTrainer:
    """Trains a PlainSpikeNet on the same batches as NeuroGraph's Trainer."""

    def __init__(
        self, graph: TemporalGraph, features: FeatureStore, settings: TrainSettings, split: Split
    ) -> None:
        self.graph, self.settings, self.split = graph, settings, split
        self.tree = TreeSpec(fanouts=settings.fanouts, cumulative_share=settings.cumulative_share)
        self.features = torch.from_numpy(np.array(features.values, np.float32))  # in memory
        torch.manual_seed(settings.seed)
        sizes = (features.num_features, settings.hidden, graph.num_classes, graph.num_steps)
        self.model = PlainSpikeNet(*sizes, self.tree)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=settings.learning_rate)
        self.labels = torch.from_numpy(graph.labels.astype(np.int64))

    def train_epoch(self, number: int) -> float:
        """Train once on every training node; returns their mean loss."""
        settings, loss = self.settings, 0.0
        order = np.random.default_rng([settings.seed, number]).permutation(self.split.train)
        for nodes in np.split(order, range(settings.batch, len(order), settings.batch)):
            slots = sample(self.graph, nodes, self.tree, seed=settings.seed, draw=number)
            self.optimizer.zero_grad()
            logits = self.model(self.features, torch.from_numpy(slots).long())
            of_batch = nn.functional.cross_entropy(logits, self.labels[torch.from_numpy(nodes)])
            of_batch.backward()
            self.optimizer.step()
            loss += of_batch.item() * len(nodes) / len(order)
        return loss
