"""From a float network to the integers that a chip holds, and what that costs."""

from neurograph.quantization.network import choose_scheme, quantize

__all__ = ["choose_scheme", "quantize"]
