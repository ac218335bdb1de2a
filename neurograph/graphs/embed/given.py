"""Features that the user brings, of any form, checked before a byte of them is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.embed.given_axes import in_order
from neurograph.graphs.embed.given_file import GivenFile, read_given
from neurograph.graphs.embed.given_how import How
from neurograph.graphs.embed.given_rows import rows_of_nodes
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.io.doubts import Doubts

BLOCK = 1 << 20  # numbers that are held at once
LARGEST = float(np.finfo(np.float32).max)  # features are kept as float32


@dataclass(frozen=True, eq=False, kw_only=True)
class GivenFeatures:
    """Features of every node of a graph in a file.

    Attributes:
        file: what it holds, on axes (step, row, feature); sparse ones are ``(rows, F)``.
        row: int64 ``(N,)``, where each node stands in it; -1 where it has none.
        ids: of the nodes, in the source's names.
        notes: what was taken for what, a line each.
        guesses: those of them that the user let us take.
    """

    file: GivenFile
    row: Array
    ids: Array
    notes: tuple[str, ...] = ()
    guesses: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """Steps with values of their own; 1 where one holds for all."""
        values = self.file.values
        return 1 if sp.issparse(values) else len(values)

    @property
    def width(self) -> int:
        """F."""
        return int(self.file.values.shape[-1])

    @property
    def eps(self) -> float:
        """Relative rounding of its numbers."""
        dtype = self.file.values.dtype
        return float(np.finfo(dtype if dtype.kind == "f" else np.float64).eps)

    def blocks(self) -> Iterator[tuple[int, slice, Array]]:
        """Step, nodes and their values ``(n, F)``; zeros where a node has none.

        Raises:
            DataError: a value that is not finite, or beyond what a float32 holds.
        """
        size = max(1, BLOCK // self.width)
        for step in range(self.steps):
            for start in range(0, len(self.row), size):
                nodes = slice(start, min(start + size, len(self.row)))
                yield step, nodes, self._block(step, nodes)

    def _block(self, step: int, nodes: slice) -> Array:
        row = self.row[nodes]
        values = self.file.values
        known = row >= 0
        if sp.issparse(values):
            block = values[np.where(known, row, 0)].toarray()
        else:
            block = values[step][np.where(known, row, 0)]
        # narrow ones become float32, integers float64
        narrow = block.dtype.kind == "b" or block.dtype == np.float16
        block = block.astype(np.float32 if narrow else np.result_type(block.dtype, np.float32))
        block[~known] = 0
        fits = np.isfinite(block) & (np.abs(block) <= LARGEST)
        if not fits.all():
            raise self._unfit(step, nodes, block, fits)
        held: Array = block
        return held

    def _unfit(self, step: int, nodes: slice, block: Array, fits: Array) -> DataError:
        place, feature = np.argwhere(~fits)[0].tolist()
        node = nodes.start + place
        at = f"step {step}, " if self.steps > 1 else ""
        where = f"{at}node {self.ids[node]}, feature {self.file.name_of(feature)}"
        needed = f"every value must be finite, and at most {LARGEST:.2g}"
        if np.isfinite(value := block[place, feature]):
            return DataError(f"{self.file.path}: {value:g} at {where}; {needed}")
        row = f" ({self.file.where(int(self.row[node]))})" if self.file.where else ""
        many = f"{np.count_nonzero(~fits):,} such values among {fits.size:,}"
        return DataError(f"{self.file.path}: {value} at {where}{row}, {many}; {needed}")


def given_features(graph: TemporalGraph, path: Path, how: How) -> GivenFeatures:
    """Open the user's file and find the row of every node.

    Raises:
        DataError: no such file, one that holds no features, a shape that does not fit the graph,
            features of unknown nodes or not of all.
        DoubtError: something is in doubt, and `how` does not say what to take.
    """
    doubts = Doubts(yes=how.yes)
    file = in_order(read_given(graph, path, how, doubts), graph, how, doubts)
    if file.values.shape[-1] < 1:
        raise DataError(f"{path}: shape {file.values.shape}: no feature")
    rows = rows_of_nodes(file, graph, how, doubts)
    guesses = doubts.settle()
    found = GivenFeatures(
        file=file, row=rows.row, ids=graph.node_ids, notes=(*file.notes, *rows.notes)
    )
    held = () if found.steps == graph.num_steps else (f"held for all {graph.num_steps} steps",)
    return replace(found, notes=(*found.notes, *held, *guesses), guesses=guesses)
