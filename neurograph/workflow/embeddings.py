"""The last layer's spikes of nodes: counted, or themselves, one bit each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.table_file import TableFile
from neurograph.workflow.per_node import PerNode

UNPACK = "numpy.unpackbits(spikes, axis=1, count=shape.prod()).reshape(-1, *shape)"


@dataclass(frozen=True, eq=False, kw_only=True)
class Embeddings(PerNode):
    """A vector per node: how often each neuron of the last layer fired, or when.

    Attributes:
        layer: the population, which the readout reads.
        counts: int32 ``(nodes, neurons)`` over all snapshots, or ``(nodes, snapshots, neurons)``;
            float64 means of several draws. None where spikes are kept.
        spikes: uint8 ``(nodes, bytes)``, a bit per update and neuron; `UNPACK` makes them
            ``(nodes, updates, neurons)`` again.
        shape: updates, neurons.
    """

    layer: str
    shape: tuple[int, int]
    counts: Array | None = None
    spikes: Array | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """JSON values about all of them."""
        packed = {} if self.spikes is None else {"unpack": UNPACK}
        return {**super().facts, "layer": self.layer, "shape": [*self.shape], **packed}

    def table(self) -> TableFile:
        """As it is written: a row per node, or per node and snapshot; in an .npz, arrays."""
        facts = {"kind": "neurograph embeddings", **self.facts}
        if self.counts is None or self.spikes is not None:
            arrays = {"spikes": np.asarray(self.spikes), "shape": np.array(self.shape)}
            return TableFile(columns={}, arrays={**self.who, **arrays}, facts=facts)
        neurons = self.counts.shape[-1]
        rows, who = self.counts.reshape(-1, neurons), self.who
        if self.counts.ndim == 3:
            steps = self.counts.shape[1]
            who = {name: np.repeat(column, steps) for name, column in who.items()}
            who["snapshot"] = np.tile(np.arange(steps), len(self.nodes))
        columns = {**who, **{f"n{n}": rows[:, n] for n in range(neurons)}}
        return TableFile(columns=columns, arrays={**self.who, "counts": self.counts}, facts=facts)
