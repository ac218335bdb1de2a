"""Compares two runs of one network: how much they agree, where they part, and what it changes."""

from neurograph.verify.agreement import Agreement, Flips, Labels, Layer
from neurograph.verify.compare import compare
from neurograph.verify.difference import (
    Difference,
    Membrane,
    Place,
    PredictionDifference,
    Rerun,
    SpikeDifference,
    StateDifference,
)
from neurograph.verify.health import Activity, Alarm
from neurograph.verify.membrane import final_membrane, membrane
from neurograph.verify.replay import Replayed, Traced, replay, replay_last

__all__ = [
    "Activity",
    "Agreement",
    "Alarm",
    "Difference",
    "Flips",
    "Labels",
    "Layer",
    "Membrane",
    "Place",
    "PredictionDifference",
    "Replayed",
    "Rerun",
    "SpikeDifference",
    "StateDifference",
    "Traced",
    "compare",
    "final_membrane",
    "membrane",
    "replay",
    "replay_last",
]
