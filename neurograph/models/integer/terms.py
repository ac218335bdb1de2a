"""Sums of rows: their own inputs and their neighbours', each term floored after its shift."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.models.integer.weights import Terms


def row_sums(given: Tensor, terms: Terms) -> Tensor:
    """Sums ``(nodes, T, rows, H)`` of a row's own inputs and of the sum of its neighbours'.

    Args:
        given: ``(nodes, T, rows, 2, C)``, in the dtype of the sums.
        terms: what they are multiplied by.
    """
    out = given.new_zeros((*given.shape[:3], terms.weight.shape[1]))
    weight = torch.as_tensor(terms.weight, dtype=given.dtype, device=given.device)
    for which, (first, last) in enumerate(((0, 1), (2, 3))):
        for low, high in np.unique(terms.ranges[:, [first, last]], axis=0).tolist():
            rows = rows_where(terms.ranges[:, first] == low)
            below = given[:, :, rows, which].reshape(-1, given.shape[4])
            for n in range(low, high):
                total = torch.floor(below @ weight[n].T * float(terms.factor[n]))
                out[:, :, rows] += total.view(*given.shape[:2], -1, out.shape[3])
    return out


def rows_where(chosen: Array) -> slice | Tensor:
    """An index of the chosen rows; a slice where they follow each other: nothing is copied."""
    found = np.flatnonzero(chosen)
    together = slice(int(found[0]), int(found[-1]) + 1)
    return together if chosen[together].all() else torch.from_numpy(found)
