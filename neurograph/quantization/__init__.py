"""From a float network to the integers that a chip holds, and what that costs."""

from neurograph.quantization.network import choose_scheme, quantize
from neurograph.quantization.readout import readout_on_chip

__all__ = ["choose_scheme", "quantize", "readout_on_chip"]
