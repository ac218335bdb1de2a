"""By how much a node of each class counts in the loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.models.settings import TrainSettings
from neurograph.tasks import Task


@dataclass(frozen=True, eq=False)
class Loss:
    """The loss of a task, in which nodes of every class count by its weight.

    Attributes:
        weights: float64 ``(classes,)``; None: all nodes count alike.
    """

    task: Task
    weights: Array | None = None

    @classmethod
    def of(cls, task: Task, settings: TrainSettings, truth: Array, classes: int) -> Loss:
        """As the settings say.

        Args:
            truth: ``(nodes,)``, of the training nodes.
            classes: how many there may be.
        """
        even = settings.class_weights == "balanced"
        return cls(task, balanced(truth, classes) if even else None)

    def __call__(self, outputs: Tensor, truth: Tensor) -> Tensor:
        """Summed over the nodes, see `Task.loss`."""
        if self.weights is None:
            return self.task.loss(outputs, truth)
        total = outputs.new_zeros(())
        for c, weight in enumerate(self.weights.tolist()):
            of_class = truth == c
            total = total + weight * self.task.loss(outputs[of_class], truth[of_class])
        return total


def balanced(truth: Array, classes: int) -> Array:
    """Weights by which all classes that there are count alike, and a node counts 1 on average.

    Args:
        truth: int ``(nodes,)``, the class of each training node.
        classes: how many there may be.

    Returns:
        Float64 ``(classes,)``, 0 of a class without nodes.
    """
    counts = np.bincount(truth, minlength=classes)
    present = counts > 0
    weights = np.zeros(classes)
    weights[present] = len(truth) / (present.sum() * counts[present])
    return weights
