"""Event counts of runs that nobody ran: what each layer sent is given."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from neurograph.ir import QNetwork, QPopulation, QStream
from neurograph.runtime.activity import synaptic_ops
from neurograph.runtime.record import EventCounts


def event_counts(
    network: QNetwork,
    sent: Mapping[str, npt.ArrayLike],
    active: Mapping[str, npt.ArrayLike],
    *,
    targets: int = 1,
    host_macs: int = 0,
    bytes_in: int = 0,
    bytes_out: int = 0,
) -> EventCounts:
    """Counts over all targets, with the synaptic operations that follow from what was sent.

    Args:
        sent: by stream and population, broadcast to ``(updates, rows, channels)``.
        active: by population, likewise.
        targets: of the run.
        host_macs: of the run, as are the bytes.
    """
    layers: list[QStream | QPopulation] = [*network.streams, *network.populations]
    shapes = {x.name: (network.updates, x.rows, x.channels) for x in layers}
    filled = {n: np.broadcast_to(np.asarray(x), shapes[n]) for n, x in sent.items()}
    return EventCounts(
        network_sha256=network.sha256,
        targets=targets,
        sent=filled,
        active={n: np.broadcast_to(np.asarray(x), shapes[n]) for n, x in active.items()},
        synaptic_ops={
            j.name: int(synaptic_ops(network, j, filled).sum()) for j in network.projections
        },
        host_macs=host_macs,
        bytes_in=bytes_in,
        bytes_out=bytes_out,
    )
