"""From a float network to the integers that a chip holds, and what that costs."""

from neurograph.quantize.network import choose_scheme, quantize
from neurograph.quantize.ranges import check_ranges
from neurograph.quantize.readout import readout_on_chip

__all__ = ["check_ranges", "choose_scheme", "quantize", "readout_on_chip"]
