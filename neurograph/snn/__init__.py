"""Spiking graph networks in PyTorch: train, load, look inside, capture. Alone imports torch."""

from neurograph.snn import _threads  # noqa: F401  (first: see there)
from neurograph.snn.capture import capture
from neurograph.snn.checkpoint import Checkpoint, load_checkpoint
from neurograph.snn.config import SpikeNetConfig
from neurograph.snn.models import MODELS, SPIKING, TWINS, as_twin
from neurograph.snn.operations import Counter
from neurograph.snn.predict import predict, spikes_of
from neurograph.snn.settings import PRESETS, TrainSettings
from neurograph.snn.train import TrainResult, train

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
