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
    "Rerun",
    "SpikeDifference",
    "StateDifference",
    "compare",
    "final_membrane",
    "membrane",
]
