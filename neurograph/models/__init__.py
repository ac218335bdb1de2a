"""Models in PyTorch: train, load, look inside, capture. Imports torch when it is asked to."""

from typing import TYPE_CHECKING

from neurograph.core.lazy import lazy
from neurograph.models import _threads  # noqa: F401  (first: see there)

if TYPE_CHECKING:
    from neurograph.models.checkpoint import Checkpoint, load_checkpoint
    from neurograph.models.config import SpikeNetConfig
    from neurograph.models.registry import MODELS, SPIKING, TWINS, as_twin
    from neurograph.models.sage.operations import Counter
    from neurograph.models.settings import PRESETS, TrainSettings
    from neurograph.models.to_network import capture
    from neurograph.models.training.predict import predict, spikes_of
    from neurograph.models.training.train import TrainResult, train

__all__ = [
    "MODELS",
    "PRESETS",
    "SPIKING",
    "TWINS",
    "Checkpoint",
    "Counter",
    "SpikeNetConfig",
    "TrainResult",
    "TrainSettings",
    "as_twin",
    "capture",
    "load_checkpoint",
    "predict",
    "spikes_of",
    "train",
]

_HOMES = {
    "Checkpoint": "checkpoint.Checkpoint",
    "Counter": "sage.operations.Counter",
    "MODELS": "registry.MODELS",
    "PRESETS": "settings.PRESETS",
    "SPIKING": "registry.SPIKING",
    "SpikeNetConfig": "config.SpikeNetConfig",
    "TWINS": "registry.TWINS",
    "TrainResult": "training.train.TrainResult",
    "TrainSettings": "settings.TrainSettings",
    "as_twin": "registry.as_twin",
    "capture": "to_network.capture",
    "load_checkpoint": "checkpoint.load_checkpoint",
    "predict": "training.predict.predict",
    "spikes_of": "training.predict.spikes_of",
    "train": "training.train.train",
}

__getattr__, __dir__ = lazy(__name__, _HOMES)
