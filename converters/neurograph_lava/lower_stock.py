"""Projections and relays as Lava's own processes, every synapse of every node written out.

Import after `neurograph_lava.compat.patch_lava`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from lava.proc.graded.process import GradedVec
from lava.proc.sparse.process import DelaySparse, Sparse
from lava.utils.weightutils import SignMode, clip_weights, truncate_weights

from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError
from neurograph.ir import QProjection, Schedule
from neurograph.ir.quantized import weight_range
from neurograph_lava.bundles import Bundle, name_of
from neurograph_lava.processes.relay.process import Limiter
from neurograph_lava.processes.streams.fan import Fan
from neurograph_lava.processes.streams.switch import Switch
from neurograph_lava.synapses import write_out
from neurograph_lava.windows import Arrivals

WEIGHT_BITS = 8


def sparse(bundle: Bundle, source: Any, bits: int, batch: int, arrivals: Arrivals) -> Sparse:
    """A connection process fed by `source`, of one projection, or of several added up.

    It goes through a fan where synapses run in parallel, and through a switch where each snapshot
    has its own.

    Raises:
        BackendError: Lava would hold other weights than the network's.
    """
    projection = bundle[0]
    written = _written(bundle, batch)
    weights = sp.csr_matrix(sp.hstack(written, format="csr", dtype=np.int32))
    mode = _sign_mode(projection.weight)
    _check_held(projection, weights, mode)
    if len(written) > 1:
        source = _spread(projection, source, written, arrivals)
    settings: dict[str, Any] = {
        "name": name_of(bundle),
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


def _written(bundle: Bundle, batch: int) -> list[sp.csr_matrix]:
    """As `write_out`, of a bundle all synapses in one matrix."""
    first, *others = bundle
    written = write_out(first, batch)
    if not others:
        return written
    (whole,) = written
    for j in others:
        (more,) = write_out(j, batch)
        whole = whole + more
    return [sp.csr_matrix(whole, dtype=np.int32)]


def _spread(
    projection: QProjection, source: Any, written: list[sp.csr_matrix], arrivals: Arrivals
) -> Any:
    """The port that sends to all that is written out, side by side."""
    size, times = written[0].shape[1], len(written)
    into: Fan | Switch
    if isinstance(projection.mix, Schedule):
        name = f"switch of {projection.name}"
        into = Switch(name=name, size=size, snapshots=times, arrivals=arrivals)
    else:
        into = Fan(name=f"fan of {projection.name}", size=size, times=times)
    source.connect(into.s_in)
    return into.s_out


def relay(name: str, threshold: Any, **settings: Any) -> tuple[Any, Any]:
    """Ports in and out of relays: a limiter, and Lava's own GradedVec, which leaves out.

    Args:
        name: of the GradedVec.
        threshold: as of `processes.relay.process.Relay`, as are all others.
    """
    limiter = Limiter(name=f"limiter of {name}", **settings)
    graded = GradedVec(shape=settings["shape"], vth=threshold)
    graded.vth.shape = np.shape(threshold) or (1,)  # its model takes one per unit as well
    graded.name = name
    limiter.s_out.connect(graded.a_in)
    return limiter.a_in, graded.s_out


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
