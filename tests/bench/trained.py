"""The trained DBLP models that several benchmarks run: made once, then found again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurograph.chip.deployment import Deployment
from neurograph.core.arrays import Array
from neurograph.core.errors import NeuroGraphError
from neurograph.graphs import embed as features
from neurograph.ir import STREAM, QNetwork
from neurograph.runtime import host
from neurograph.runtime.backends import Feed
from neurograph.workflow.dataset import Dataset
from neurograph.workflow.export import export as export_run
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.run import Run
from neurograph.workflow.train import train as train_run

if TYPE_CHECKING:  # torch, which a process that measures Lava does without
    from neurograph.models import TrainResult, TrainSettings

PRESETS = {"spikenet": "dblp", "dysign": "dblp-dysign"}
SHARE = 0.4  # of the nodes, trained on where nothing else is said


@dataclass(frozen=True, eq=False)
class Trained:
    """A run folder with a deployment, opened."""

    run: RunFolder
    deployment: Deployment
    source: Dataset

    @property
    def network(self) -> QNetwork:
        return self.deployment.quantized

    def gathered(self, nodes: Array) -> Array:
        """Float32 ``(nodes, steps, slots, features)`` of sampled trees."""
        spec, seed = self.deployment.tree, self.deployment.sample_seed
        return host.inputs(self.source.graph, self.source.features, spec, nodes, seed=seed)

    def encoded(self, gathered: Array) -> dict[str, Array]:
        """Payloads of the network's streams."""
        return self.network.encode({STREAM: gathered})

    def payloads(self, nodes: Array) -> dict[str, Array]:
        """As `encoded` of `gathered`, without the floats of all nodes in memory."""
        of, source = self.deployment, self.source
        return host.payloads(
            source.graph,
            source.features,
            of.tree,
            nodes,
            self.network.streams,
            seed=of.sample_seed,
        )

    def payloads_in_memory(self, nodes: Array, chunk: int) -> dict[str, Array]:
        """Of all `nodes`; gathered features of no more than a chunk of them at once."""
        chunks = [self.payloads(part) for part in parts(nodes, chunk)]
        return {name: np.concatenate([c[name] for c in chunks]) for name in chunks[0]}

    def feed(self, nodes: Array) -> Feed:
        """Samples, gathers and encodes when it is asked."""
        return lambda part: self.payloads(nodes[part])


def parts(nodes: Array, size: int) -> Iterator[Array]:
    for start in range(0, len(nodes), size):
        yield nodes[start : start + size]


def trained(data_dir: Path) -> Trained:
    """Train and export what is missing (minutes); else what an earlier benchmark left."""
    from bench_dblp import SEEDS, graph_folder, run_folder, train  # imports torch

    run = run_folder(features.DEFAULT, SEEDS[0])
    try:
        deployment = Run(run).deployment
    except NeuroGraphError:  # never exported, by other code, or another model
        train(graph_folder(data_dir, features.DEFAULT), features.DEFAULT, SEEDS[0])
        deployment = export_run(Run(run), backend="loihi-sim", profile="loihi2")
    return Trained(run, deployment, Run(run).dataset)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One training of a spiking model on DBLP.

    Attributes:
        share: of the nodes, trained on. epochs: default, the preset's at 40 %, and at another
            share so many that the optimiser takes as many steps.
    """

    seed: int
    model: str = "dysign"
    share: float = SHARE
    feedback: bool = True
    compensation: bool = True
    epochs: int | None = None

    @property
    def name(self) -> str:
        """Of the run folder; a plain SpikeNet is the one of the other benchmarks."""
        if self == Variant(seed=self.seed, model="spikenet"):
            return f"{features.DEFAULT}-{self.seed}"
        left_out = [f"no-{n}" for n in ("feedback", "compensation") if not getattr(self, n)]
        length = [] if self.epochs is None else [f"{self.epochs}epochs"]
        shared = [self.model, f"{100 * self.share:.0f}"]
        return "-".join([*shared, *left_out, *length, str(self.seed)])

    def settings(self) -> TrainSettings:
        from neurograph import models as snn

        preset = snn.PRESETS[PRESETS[self.model]]
        return replace(
            preset,
            seed=self.seed,
            train_share=self.share,
            feedback=self.feedback,
            compensation=self.compensation,
            epochs=self.epochs or round(preset.epochs * SHARE / self.share),
        )


def train_variant(folder: Path, variant: Variant) -> tuple[RunFolder, TrainResult]:
    """A training that an earlier call began goes on, and one that is complete is not repeated."""
    from bench_dblp import BUILD

    run = RunFolder(BUILD / "runs" / variant.name)
    settings = variant.settings()
    return run, train_run(folder, settings, run, method=features.DEFAULT, resume=True)
