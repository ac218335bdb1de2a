"""DBLP models trained on in integers, and what an epoch of that costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

from bench_dblp import BUILD, run_folder
from table import seconds

from neurograph import models as snn
from neurograph.chip.profiles import load_profile
from neurograph.core.arrays import Array
from neurograph.graphs import embed as features
from neurograph.graphs import io as data
from neurograph.graphs.sampling import sample
from neurograph.graphs.splits import stratified_split
from neurograph.ir import QNetwork
from neurograph.ir.rounding import round_network
from neurograph.models.training.trainer import Trainer
from neurograph.workflow.dataset import SAMPLE_SEED, Dataset
from neurograph.workflow.folder import RunFolder
from neurograph.workflow.integers import scheme_chooser
from neurograph.workflow.start import Start
from neurograph.workflow.train import train as train_run

EPOCHS = 4  # timed of each kind, in turns


@dataclass(frozen=True, eq=False)
class Trained:
    """A model trained on in integers, and the network that a chip holds of it."""

    checkpoint: snn.Checkpoint
    quantized: QNetwork

    def spikes(self, source: Dataset, nodes: Array) -> Mapping[str, Array]:
        """Per population, what training's own forward pass fires on the inference draws."""
        tree, seed = self.checkpoint.config.tree, SAMPLE_SEED
        slots = sample(source.graph, nodes, tree, seed=seed)
        return snn.spikes_of(self.checkpoint, source.features, slots)[0]


def trained_in_integers(seed: int, weight_bits: int, feature_bits: int) -> Trained:
    """From the trained float model of `seed`; a training that is complete is not repeated."""
    begin = Start.of(run_folder(features.DEFAULT, seed))
    run = RunFolder(BUILD / "runs" / f"qat{weight_bits}-{feature_bits}-{seed}")
    settings = snn.TrainSettings.from_dict(
        {**begin.settings, "qat": True, "weight_bits": weight_bits, "feature_bits": feature_bits}
    )
    train_run(begin.graph, settings, run, method=begin.method, start=begin, resume=True)
    checkpoint = snn.load_checkpoint(run.checkpoint)
    assert checkpoint.scheme is not None
    return Trained(checkpoint, round_network(snn.capture(checkpoint), checkpoint.scheme))


def epoch_ratio(folder: Path) -> float:
    """Time of an integer epoch over that of a float one, in turns; the median of the ratios."""
    graph, given = data.load_graph(folder), features.load_features(folder, features.DEFAULT)
    settings = replace(snn.PRESETS["dblp"], qat=True)
    split = stratified_split(graph, settings.train_share, val_share=settings.val_share)
    floats = Trainer(graph, given, replace(settings, qat=False), split)
    integers = Trainer(graph, given, settings, split, float_epochs=0)
    chip = load_profile("loihi2")
    choose = scheme_chooser(Dataset.of(graph, given, settings.to_dict()), settings, chip)
    start = snn.load_checkpoint(run_folder(features.DEFAULT, settings.seed).checkpoint)
    integers.go_on_in_integers(start.state, choose(snn.capture(start)))
    ratios = []
    for number in range(1, EPOCHS + 2):
        float_s = seconds(partial(floats.train_epoch, number))
        integer_s = seconds(partial(integers.train_epoch, number))
        ratios.append(integer_s / float_s)
    return median(ratios[1:])  # the first compiles
