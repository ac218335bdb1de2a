"""Training over the whole graph at once: every node in every step, no tree is sampled.

Of a model that hears labels, each step masks a part of the training nodes and takes the loss on
those alone, so that none is asked for what it was told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np
import torch

from neurograph.core.arrays import Array
from neurograph.core.errors import ModelError
from neurograph.core.memory import keep_freed_memory
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.label_spikes import NOTHING, labels_in
from neurograph.graphs.splits import Split
from neurograph.ir import Network, Scheme
from neurograph.models.config import RESIDENT, ModelConfig
from neurograph.models.resident.forward import activations, read_out
from neurograph.models.resident.integer.forward import integer_spikes
from neurograph.models.resident.integer.held import Held
from neurograph.models.resident.integer.whole import IntegerWhole
from neurograph.models.resident.whole import Whole
from neurograph.models.settings import TrainSettings
from neurograph.models.spikenet.config import SpikeNetConfig
from neurograph.models.spikenet.model import SpikeNet
from neurograph.models.training.label_masks import heard_and_asked
from neurograph.models.training.trainer import Trainer

_CHANNELS = 2  # a stream of random numbers of its own, beside those of nodes and labels


class ResidentTrainer(Trainer):
    """One model on its way over a whole graph; see `Trainer`.

    Raises:
        ModelError: a model that has no such mapping, a neuron with a step of its own, or CUDA.
    """

    config: SpikeNetConfig
    model: SpikeNet

    def __init__(
        self,
        graph: TemporalGraph,
        features: FeatureStore,
        settings: TrainSettings,
        split: Split,
        **how: Any,
    ) -> None:
        if settings.device == "cuda":
            raise ModelError("device cuda: a whole graph is trained on the CPU; leave --device out")
        keep_freed_memory()
        super().__init__(graph, features, settings, split, **how)
        self.whole = Whole.of(self.config, graph, features.values)
        self.integers: IntegerWhole | None = None

    def pick_device(self) -> torch.device:
        """The loops over edges are compiled for the CPU."""
        return torch.device("cpu")

    def batches(self, number: int) -> list[Array]:  # noqa: ARG002
        """All training nodes in every step, so many steps per epoch."""
        return [self.split.train] * self.settings.epoch_steps

    def step(self, nodes: Array, *, draw: int, index: int = 0) -> float:
        """One step of the optimiser, number `index` of its epoch `draw`."""
        settings = self.settings
        heard, asked = nodes, nodes
        if self.config.label_input:
            heard, asked = heard_and_asked(nodes, settings, epoch=draw, step=index)
        random = np.random.default_rng([settings.seed, draw, index, _CHANNELS])
        self.optimizer.zero_grad()
        with self._forward(self._labels(heard), kept_channels(self.config, random)) as spikes:
            logits = read_out(self.model, self.whole, spikes[-1], asked)
            loss = self.loss(logits, torch.from_numpy(self.truth[asked])) / len(asked)
            loss.backward()  # type: ignore[no-untyped-call]
        self.after_step()
        return float(loss.item())

    @contextmanager
    def _forward(
        self, labels: Array | None, kept: Sequence[torch.Tensor | None]
    ) -> Iterator[list[torch.Tensor]]:
        """Spikes of all layers, of which the block takes gradients.

        In integers the spikes are the chip's; what they depend on are floats that integers hold.
        """
        if self.integers is None or self.scheme is None:
            yield activations(self.model, self.whole, labels, kept)
            return
        held = Held.of(self.model, self.scheme)
        chosen = [None if k is None else k.numpy() for k in kept]
        fired = integer_spikes(self.integers, held.rounded, labels, chosen)
        with held.in_place(self.model):
            yield activations(self.model, self.integers.whole, labels, kept, fired=fired)

    def outputs(self, nodes: Array) -> tuple[Array, list[float]]:
        """Of each of these nodes, float64 ``(nodes, outputs)``, with all training labels in.

        And the firing rate of each layer, of all nodes of the graph.
        """
        labels = self._labels(self.split.train)
        with torch.no_grad(), self.judged():
            if self.integers is not None and self.scheme is not None:
                return self._integer_outputs(self.integers, self.scheme, labels, nodes)
            spikes = activations(self.model, self.whole, labels)
            logits = read_out(self.model, self.whole, spikes[-1], nodes).double().numpy()
            rates = [self.whole.rows.mean(x.numpy()) for x in spikes]
        return logits, rates

    def _integer_outputs(
        self, integers: IntegerWhole, scheme: Scheme, labels: Array | None, nodes: Array
    ) -> tuple[Array, list[float]]:
        """Exact logits: sums of whole multiples of a power of two."""
        rounded = Held.of(self.model, scheme).rounded
        spikes = integer_spikes(integers, rounded, labels)
        fired = spikes[-1][self.whole.rows.index(nodes)][:, :, None] > 0
        logits = rounded.readout.logits(fired, rounded.network.latency)
        return logits, [self.whole.rows.mean(x) for x in spikes]

    def lay_out_integers(self) -> None:
        """See `Trainer`; edges are rounded once, weights in every step."""
        assert self.scheme is not None
        seen = self.layout()["seen"]
        self.integers = IntegerWhole.of(self.config, self.graph, self.whole, seen, self.scheme)
        Held.of(self.model, self.scheme)

    def layout(self) -> dict[str, Any]:
        """See `Trainer`: every node, where no label of a training node is masked."""
        labels = self._labels(self.split.train)
        seen = None if labels is None else labels != NOTHING
        return {"mapping": RESIDENT, "graph": self.graph, "seen": seen}

    def network(self) -> Network:
        """See `Trainer`; in integers that of the weights that they hold."""
        held: AbstractContextManager[None] = nullcontext()
        if self.scheme is not None:
            held = Held.of(self.model, self.scheme).in_place(self.model)
        with held:
            numbers = self.model.captured()
        return self.config.resident_network(self.graph, numbers, seen=self.layout()["seen"])

    def to_be_run(self) -> Mapping[str, torch.Tensor]:
        """See `Trainer`; in integers those weights that they hold."""
        if self.scheme is None:
            return super().to_be_run()
        with self.judged():
            return Held.of(self.model, self.scheme).state

    def _labels(self, heard: Array) -> Array | None:
        return labels_in(self.truth, heard) if self.config.label_input else None


def kept_channels(config: ModelConfig, random: np.random.Generator) -> list[torch.Tensor | None]:
    """Per layer, the channels that are not dropped, int64 and rising; None: all of them.

    The last layer keeps all, as what is dropped is dropped between layers.
    """
    return [*_kept(config.hidden[:-1], config.dropout, random), None]


def _kept(
    widths: tuple[int, ...], dropout: float, random: np.random.Generator
) -> Iterator[torch.Tensor | None]:
    for width in widths:
        left = max(1, round(width * (1.0 - dropout)))
        chosen = np.sort(random.permutation(width)[:left])
        yield None if left == width else torch.from_numpy(chosen)
