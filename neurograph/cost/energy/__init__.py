"""Joules per inference: counted events times a profile's constants, each term an interval."""

from neurograph.cost.energy.estimate import energy

__all__ = ["energy"]
