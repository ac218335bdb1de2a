"""Replicas of a network onto the cores, tiles and chips of a profile."""

from neurograph.chip.place.placer import METHODS, place

__all__ = ["METHODS", "place"]
