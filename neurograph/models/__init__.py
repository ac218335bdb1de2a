"""Models: train, load, look inside, capture. Torch is imported where a name needs it."""

from typing import TYPE_CHECKING

from neurograph.core.lazy import lazy
from neurograph.models import _threads  # noqa: F401  (first: see there)

if TYPE_CHECKING:
    from neurograph.models.checkpoint import Checkpoint, capture, load_checkpoint
    from neurograph.models.config import ModelConfig, Variant
    from neurograph.models.registry import config_class, known_models
    from neurograph.models.settings import PRESETS, TrainSettings, preset
    from neurograph.models.spikenet.config import SpikeNetConfig
    from neurograph.models.training.predict import predict, spikes_of
    from neurograph.models.training.train import TrainResult, train
    from neurograph.models.tree_model import TreeModel

__all__ = [
    "PRESETS",
    "Checkpoint",
    "ModelConfig",
    "SpikeNetConfig",
    "TrainResult",
    "TrainSettings",
    "TreeModel",
    "Variant",
    "capture",
    "config_class",
    "known_models",
    "load_checkpoint",
    "predict",
    "preset",
    "spikes_of",
    "train",
]

_HOMES = {
    "Checkpoint": "checkpoint.Checkpoint",
    "ModelConfig": "config.ModelConfig",
    "PRESETS": "settings.PRESETS",
    "SpikeNetConfig": "spikenet.config.SpikeNetConfig",
    "TrainResult": "training.train.TrainResult",
    "TrainSettings": "settings.TrainSettings",
    "TreeModel": "tree_model.TreeModel",
    "Variant": "config.Variant",
    "capture": "checkpoint.capture",
    "config_class": "registry.config_class",
    "known_models": "registry.known_models",
    "load_checkpoint": "checkpoint.load_checkpoint",
    "predict": "training.predict.predict",
    "preset": "settings.preset",
    "spikes_of": "training.predict.spikes_of",
    "train": "training.train.train",
}

__getattr__, __dir__ = lazy(__name__, _HOMES)
