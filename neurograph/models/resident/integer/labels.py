"""What the relay that hears labels sums: whole numbers, whichever labels are in.

The entries of the shares follow from how many neighbours send a label, which in training is another
number at each step; their exponents are those of the scheme.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.label_spikes import NOTHING
from neurograph.ir import LABEL_STREAM, WeightGrid
from neurograph.ir.rounding import Rounded, rounded_numbers
from neurograph.models.integer.weights import shifts
from neurograph.models.resident.edges import Pairs
from neurograph.models.resident.integer import kernels
from neurograph.models.resident_network import HEARD, LABEL_UNITS


class IntegerLabels:
    """Sums of labels, kind by kind.

    Args:
        pairs: of the graph.
        classes: of the labels.
        grid: of the shares.
        rounded: the projections of the labels, by name.
        scale: of the relay.
    """

    def __init__(
        self,
        pairs: Pairs,
        classes: int,
        grid: WeightGrid,
        rounded: Mapping[str, Rounded],
        scale: float,
    ) -> None:
        self.pairs, self.classes = pairs, classes
        most = int(np.diff(pairs.so_far[0]).max(initial=0))
        shares = LABEL_UNITS["share"] * scale / np.maximum(np.arange(most + 1), 1)
        self._shares = rounded_numbers(shares, grid.bits, (grid.exponent, *grid.fine))
        self._units = tuple(_unit(rounded[label_projection(k)]) for k in ("so_far", "new"))

    def sent(self, labels: Array) -> Array:
        """int64 ``(places,)``: the class that each place sends.

        Args:
            labels: int ``(N,)``, those that are in, from `label_spikes.labels_in`.
        """
        rows = self.pairs.rows
        sent = np.full(len(rows.nodes) + 1, NOTHING, np.int64)
        sent[1:] = labels[rows.nodes]
        return sent

    def sums(self, step: int, sent: Array, count: int) -> Array:
        """Whole numbers ``(rows of the snapshot, 3 classes)``, in float64."""
        met, fresh = (np.empty((count, self.classes)) for _ in range(2))
        kernels.count_labels(sent, self.pairs.so_far, self.pairs.new, step, met, fresh)
        entries, factors = self._shares
        labelled = met.sum(axis=1).astype(np.int64)
        share = np.floor(met * entries[labelled][:, None] * factors[labelled][:, None])
        so_far, new = (
            np.floor(counts * entry * factor)
            for counts, (entry, factor) in zip((met, fresh), self._units, strict=True)
        )
        return np.concatenate([share, so_far, new], axis=1)


def label_projection(kind: str) -> str:
    """Its name, of a kind of `schedules.LABEL_KINDS`."""
    return f"{LABEL_STREAM}->{HEARD}.{kind}"


def _unit(rounded: Rounded) -> tuple[float, float]:
    """What one label of a kind adds: a weight, and the power of two of its shift."""
    ((weight, factor),) = shifts(rounded.pieces)
    return float(weight.max()), factor
