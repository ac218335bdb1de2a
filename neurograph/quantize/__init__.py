"""From a float network to the integers that a chip holds, and what that costs."""

from neurograph.quantize.network import choose_scheme, quantize
from neurograph.quantize.readout import readout_on_chip

__all__ = ["choose_scheme", "quantize", "readout_on_chip"]
