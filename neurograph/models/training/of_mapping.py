"""Which trainer a model needs: over sampled trees, or over the whole graph."""

from __future__ import annotations

from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.splits import Split
from neurograph.models.config import RESIDENT
from neurograph.models.settings import TrainSettings
from neurograph.models.training.resident import ResidentTrainer
from neurograph.models.training.trainer import Trainer


def trainer_of(
    graph: TemporalGraph,
    features: FeatureStore,
    settings: TrainSettings,
    split: Split,
    *,
    float_epochs: int | None = None,
) -> Trainer:
    """A trainer at its start; arguments and errors as of `Trainer`."""
    kind = ResidentTrainer if settings.own.mapping == RESIDENT else Trainer
    return kind(graph, features, settings, split, float_epochs=float_epochs)
