"""Memory that is used again: to get pages anew for every block takes as long as to fill them."""

from __future__ import annotations

import math
import threading

import numpy as np
import numpy.typing as npt

from neurograph.core.arrays import Array

_held = threading.local()


def borrowed(name: str, shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """An array of any content, whose memory this thread's next one of the same name takes over."""
    wanted = math.prod(shape) * np.dtype(dtype).itemsize
    buffers: dict[str, Array] = _held.__dict__
    if name not in buffers or buffers[name].nbytes < wanted:
        buffers[name] = np.empty(wanted, np.uint8)
    found: Array = buffers[name][:wanted].view(dtype).reshape(shape)
    return found
