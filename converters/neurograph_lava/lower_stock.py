"""A projection as Lava's own connection process, every synapse of every node written out.

Import after `neurograph_lava.compat.patch_lava`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from lava.proc.sparse.process import DelaySparse, Sparse
from lava.utils.weightutils import SignMode, clip_weights, truncate_weights

from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError
from neurograph.ir import QProjection
from neurograph.ir.quantized import weight_range
from neurograph_lava.processes.streams.fan import Fan
from neurograph_lava.synapses import write_out

WEIGHT_BITS = 8


def sparse(projection: QProjection, source: Any, bits: int, batch: int) -> Sparse:
    """A connection process fed by `source`, through a fan where synapses run in parallel.

    Raises:
        BackendError: Lava would hold other weights than the network's.
    """
    arrivals = write_out(projection, batch)
    weights = sp.csr_matrix(sp.hstack(arrivals, format="csr", dtype=np.int32))
    mode = _sign_mode(projection.weight)
    _check_held(projection, weights, mode)
    if len(arrivals) > 1:
        size = arrivals[0].shape[1]
        fan = Fan(name=f"fan of {projection.name}", size=size, times=len(arrivals))
        source.connect(fan.s_in)
        source = fan.s_out
    settings: dict[str, Any] = {
        "name": projection.name,
        "weights": weights,
        "weight_exp": projection.exponent,
        "num_weight_bits": WEIGHT_BITS,
        "sign_mode": mode,
        "num_message_bits": bits,  # graded, even for plain spikes: equal, and twice as fast
    }
    if projection.delay:
        delays = weights.astype(int)
        delays.data[:] = projection.delay
        connection = DelaySparse(delays=delays, max_delay=projection.delay, **settings)
    else:
        connection = Sparse(**settings)
    source.connect(connection.s_in)
    return connection


def _sign_mode(weight: Array) -> SignMode:
    low, high = weight_range(weight)
    if low < 0 < high:
        return SignMode.MIXED
    return SignMode.INHIBITORY if low < 0 else SignMode.EXCITATORY


def _check_held(projection: QProjection, weights: sp.csr_matrix, mode: SignMode) -> None:
    """Compare with what Lava's connection processes make of `weights` in their first step."""
    clipped = clip_weights(weights, mode, num_bits=WEIGHT_BITS)
    held = truncate_weights(clipped, mode, WEIGHT_BITS)
    changed = (held != weights).tocoo()
    if changed.nnz:
        i, j = changed.row[0], changed.col[0]
        raise BackendError(
            f"loihi-sim: {projection.name}: synapse [{i},{j}] = {weights[i, j]} would become "
            f"{held[i, j]} ({changed.nnz} such); mixed-sign weights must be even, -256 to 254, "
            "others 0 to 255 in magnitude: quantise for this chip"
        )
