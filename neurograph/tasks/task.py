"""A task: which nodes are asked about, what is right, and how well a model answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from neurograph.core.arrays import Array
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.splits import Split
from neurograph.tasks.yardsticks.yardstick import Yardstick

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Score:
    """A number that says how good answers are.

    Attributes:
        name: its key in files.
        title: as a person reads it.
        percent: whether it is a share, shown in per cent.
    """

    name: str
    title: str
    percent: bool = False

    def shown(self, value: float | None) -> str:
        """As a table has it; a dash where there is none."""
        if value is None:
            return "-"
        return f"{100 * value:.2f} %" if self.percent else f"{value:.4g}"


class Task(ABC):
    """What a model is asked of every node.

    The chip computes a row of outputs per node, whatever the task; what they mean is said here.

    Attributes:
        name: on the command line and in files.
        title: in a report.
        scores: what `score` gives, in the order in which it is shown.
        best_by: name of the score by which validation picks a model; the larger the better.
        classes: whether answers are classes of the graph, so that a change is from right to wrong
            or back.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    scores: ClassVar[tuple[Score, ...]]
    best_by: ClassVar[str]
    classes: ClassVar[bool] = False

    @abstractmethod
    def outputs(self, graph: TemporalGraph) -> int:
        """How many numbers a model gives per node: the width of its readout."""

    @abstractmethod
    def truth(self, graph: TemporalGraph) -> Array:
        """What is right: int64 or float32 ``(nodes,)``; whatever it likes where it is not known."""

    @abstractmethod
    def known(self, graph: TemporalGraph) -> Array:
        """Bool ``(nodes,)``: where the truth is known."""

    @abstractmethod
    def split(
        self, graph: TemporalGraph, train_share: float, *, val_share: float, seed: int
    ) -> Split:
        """The nodes that are trained on, picked by, and scored on.

        Args:
            train_share: of the known nodes, validation included.
            val_share: of the known nodes, taken out of `train_share`.

        Raises:
            DataError: too few known nodes, or shares out of range.
        """

    @abstractmethod
    def loss(self, outputs: Tensor, truth: Tensor) -> Tensor:
        """Summed over the nodes.

        Args:
            outputs: float ``(nodes, outputs)``.
            truth: ``(nodes,)`` of `truth`.
        """

    @abstractmethod
    def answers(self, outputs: Array) -> Array:
        """What a model says of every node, ``(nodes,)``: two models agree where these are equal.

        Args:
            outputs: ``(nodes, outputs)``.
        """

    @abstractmethod
    def score(self, outputs: Array, truth: Array) -> Mapping[str, float]:
        """How good the outputs are, by name of the score.

        Args:
            outputs: ``(nodes, outputs)``.
            truth: ``(nodes,)``, known for each.
        """

    @property
    def has_yardsticks(self) -> bool:
        """Whether it says what `yardsticks` are."""
        return type(self).yardsticks is not Task.yardsticks

    def yardsticks(
        self,
        graph: TemporalGraph,  # noqa: ARG002
        features: FeatureStore | None,  # noqa: ARG002
        split: Split,  # noqa: ARG002
        folds: Sequence[Split] = (),  # noqa: ARG002
    ) -> Iterable[Yardstick]:
        """Simple methods that a network should beat, fitted on the training nodes; by default none.

        Validation nodes may pick among settings; test nodes are for nothing but scores.

        Args:
            features: what the network reads; None leaves out whatever needs them.
            folds: whose validation nodes pick, where those of `split` are too few; they are the
                training nodes of `split`, each once.
        """
        return ()

    def scores_where(self, known: Array, outputs: Array, truth: Array) -> dict[str, float | None]:
        """`score` over the nodes whose truth is known; None for each score where none is.

        Args:
            known: bool ``(nodes,)``.
            outputs: ``(nodes, outputs)``.
            truth: ``(nodes,)``.
        """
        if not known.any():
            return {score.name: None for score in self.scores}
        return dict(self.score(outputs[known], truth[known]))
