"""Features that the user brings: a .npy file, checked before a byte of it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError
from neurograph.graphs.embed.npy import map_npy
from neurograph.graphs.graph import TemporalGraph


@dataclass(frozen=True, eq=False)
class GivenFeatures:
    """Values ``(T, N, F)`` of the file at `path`, memory-mapped."""

    path: Path
    values: Array

    @property
    def width(self) -> int:
        return int(self.values.shape[2])

    def snapshots(self) -> Iterator[Array]:
        """Float32 or float64 ``(N, F)`` step by step; DataError at a value that is not finite."""
        for step in range(len(self.values)):
            block = np.asarray(self.values[step])
            finite = np.isfinite(block)
            if not finite.all():
                node, feature = np.argwhere(~finite)[0]
                raise DataError(
                    f"{self.path}: {block[node, feature]} at step {step}, node {node}, feature "
                    f"{feature} ({np.count_nonzero(~finite):,} such values in this step); "
                    "every value must be finite"
                )
            yield block.astype(np.float32) if block.dtype == np.float16 else block


def given_features(graph: TemporalGraph, path: Path) -> GivenFeatures:
    """Open the user's file.

    Raises:
        DataError: no such file, not a .npy of floats, or another shape than ``(T, N, F)``.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        values = map_npy(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: not a readable .npy file ({error})") from error
    needed = (graph.num_steps, graph.num_nodes)
    if values.ndim != 3 or values.shape[:2] != needed or values.shape[2] < 1:
        raise DataError(
            f"{path}: shape {values.shape}; needed ({needed[0]}, {needed[1]}, F): "
            "steps, nodes, features"
        )
    if values.dtype.name not in ("float16", "float32", "float64"):
        raise DataError(
            f"{path}: values of type {values.dtype.name}; needed float16, float32 or float64"
        )
    return GivenFeatures(path, values)
