"""Yardsticks: simple methods that a network should beat, fitted on the same training nodes."""

from neurograph.tasks.yardsticks.yardstick import Yardstick

__all__ = ["Yardstick"]
