"""Lava's ports, without the passes over the data that they would take."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurograph.core.arrays import Array


def received(port: Any) -> Array:
    """What ``port.recv()`` gives, the sum over all senders; of the sender's type if it is one.

    Lava adds every message to an array of zeros of the port's own type; messages are private
    copies already.
    """
    csp_ports = getattr(port, "csp_ports", ())
    if not csp_ports or type(port._transformer).__name__ != "IdentityTransformer":
        summed: Array = port.recv()
        return summed
    total: Array = csp_ports[0].recv()
    if len(csp_ports) > 1 and total.dtype.itemsize < 4:
        total = total.astype(np.int32)
    for other in csp_ports[1:]:
        total += other.recv()
    return total
