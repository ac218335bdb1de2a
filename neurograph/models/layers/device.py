"""Where a function is there twice, in `compiled` and in `plain`: which of the two computes."""

from __future__ import annotations

from torch import Tensor


def in_compiled_loops(given: Tensor) -> bool:
    """Whether the compiled loops take this tensor: they run on a CPU."""
    return given.device.type == "cpu"
