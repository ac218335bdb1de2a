"""From a float network to the integers that a chip holds, and what that costs."""

from neurograph.quantize.network import quantize

__all__ = ["quantize"]
