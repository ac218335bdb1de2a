"""From a float network to the integers that a chip holds, and what that costs."""

from neurograph.quantize.network import quantize
from neurograph.quantize.readout import readout_on_chip

__all__ = ["quantize", "readout_on_chip"]
