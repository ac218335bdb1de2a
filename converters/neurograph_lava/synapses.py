"""``mix x weight`` written out as the sparse matrices that Lava's connection processes take."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.ir import QProjection, Schedule
from neurograph.ir.quantized import weight_range


def write_out(projection: QProjection, batch: int) -> list[sp.csr_matrix]:
    """The synapses of a batch of nodes side by side, block-diagonal, or along edges.

    Lava holds one 8-bit synapse per pair of neurons. A row mix of m that a weight times m cannot
    express takes m parallel synapses, so the axon arrives m times: one matrix per arrival, to be
    joined along the columns.

    By a schedule, the batch being all nodes, each snapshot has synapses of its own, which join
    along the columns likewise.

    Returns:
        int32 matrices ``(batch * rows * channels out, batch * rows * channels in)``.
    """
    if isinstance(projection.mix, Schedule):
        # a synapse holds each entry times each weight: `QProjection` takes no others
        steps = range(projection.mix.steps)
        return [_kronecker(projection.mix.at(step), projection.weight) for step in steps]
    low, high = weight_range(projection.weight)
    mix = projection.still.astype(np.int64)
    most = int(mix.data.max(initial=1))
    scaled = most * projection.weight.astype(np.int64)
    if scaled.min(initial=0) >= low and scaled.max(initial=0) <= high:
        layers = [mix]
    else:
        layers = [sp.csr_array(mix > arrival, dtype=np.int64) for arrival in range(most)]
    return [_repeat(_kronecker(layer, projection.weight), batch) for layer in layers]


def _kronecker(mix: sp.csr_array, weight: Array) -> sp.csr_matrix:
    product = sp.kron(mix, sp.csr_array(weight.astype(np.int32)), format="csr")
    product.eliminate_zeros()
    return sp.csr_matrix(product, dtype=np.int32)


def _repeat(block: sp.csr_matrix, times: int) -> sp.csr_matrix:
    """A block, `times` times along the diagonal (scipy's block_diag takes seconds here)."""
    rows, columns = block.shape
    number = np.arange(times)[:, None]
    return sp.csr_matrix(
        (
            np.tile(block.data, times),
            (block.indices[None, :] + columns * number).ravel().astype(np.int32),
            np.append((block.indptr[None, :-1] + block.nnz * number).ravel(), times * block.nnz),
        ),
        shape=(times * rows, times * columns),
    )
