"""How what is asked about is laid out as rows to run: a tree per node, a whole graph, a sample."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from neurograph.core.arrays import Array
from neurograph.core.words import NODES, Words
from neurograph.ir import QNetwork
from neurograph.runtime.record import RunRecord
from neurograph.workflow.dataset import Dataset

Place = slice | Array  # of some rows or nodes


@dataclass(frozen=True, eq=False, kw_only=True)
class Layout(ABC):
    """Rows that are run, and which of them are whose answer.

    Attributes:
        nodes: int64 ``(nodes,)`` indices, asked about: nodes of a graph, or samples.
        draws: how many rows answer for a node together.
        words: what they are called.
    """

    nodes: Array
    draws: int = 1
    words: ClassVar[Words] = NODES

    @property
    @abstractmethod
    def rows(self) -> Array:
        """The node of each row: int64 ``(rows,)``."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many rows are run at once, the last part perhaps fewer."""

    @abstractmethod
    def inputs(self, part: slice) -> dict[str, Array]:
        """What these rows are given, by stream: ``(rows, steps, slots, channels)``."""

    def payloads(self, given: Mapping[str, Array], network: QNetwork) -> dict[str, Array]:
        """The integers that `network` is sent where rows are given this, by stream."""
        return network.encode(given)

    @abstractmethod
    def places(self, part: slice) -> Iterator[tuple[Place, Place]]:
        """The asked nodes that these rows answer, and which of these rows do."""

    @abstractmethod
    def asked(self, record: RunRecord) -> RunRecord:
        """Of a record of some parts, the rows that are asked about."""

    @property
    @abstractmethod
    def unit(self) -> str:
        """What a row is, in a word, of several."""

    def __len__(self) -> int:
        return len(self.rows)

    def parts(self) -> Iterator[slice]:
        """Rows in consecutive parts."""
        for start in range(0, len(self), self.size):
            yield slice(start, min(start + self.size, len(self)))


@dataclass(frozen=True, eq=False, kw_only=True)
class GraphLayout(Layout):
    """Of nodes of a graph.

    Attributes:
        dataset: the graph, and what its nodes send.
    """

    dataset: Dataset
