"""Orders in which the nodes of a graph can be put on cores."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array

PER_PART = 4  # nodes of the smallest parts, about
HEAVIEST = 1 << 30  # sum of all weights at most: METIS counts in 32 bits


def partitioned(traffic: sp.csr_array, seed: int) -> Array:
    """int64 ``(N,)``: nodes that hear each other stand close together, at all scales.

    The graph is halved again and again, each time where the fewest messages cross (METIS:
    G. Karypis, V. Kumar, SIAM J. Sci. Comput. 20, 1998), so that any run of consecutive nodes is
    close to a part. Cores that are filled in this order are full, which no balance promises.

    Args:
        traffic: ``(N, N)``, at least 0: what one node hears of another.
    """
    nodes = traffic.shape[0]
    both = sp.csr_array(traffic + traffic.T, dtype=np.float64)
    both.setdiag(0.0)
    both.eliminate_zeros()
    parts = nodes // PER_PART
    if parts < 2 or not both.nnz:
        return np.arange(nodes)
    import pymetis  # what places no graph needs none

    both.sort_indices()
    weights = np.maximum(both.data * (HEAVIEST / both.data.sum()), 1).astype(np.int64)
    found = pymetis.part_graph(
        parts,
        pymetis.CSRAdjacency(both.indptr, both.indices),
        eweights=weights,
        recursive=True,
        options=pymetis.Options(seed=seed),
    )
    return np.argsort(np.asarray(found.vertex_part), kind="stable")
