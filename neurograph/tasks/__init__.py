"""What a model is asked of every node: examples, loss, scores; found by entry point.

Built in is `node-classification`. A package adds one as a subclass of `Task`, named under the entry
points `neurograph.tasks`; nothing here has to change for it.
"""

from neurograph.tasks.f1 import F1, f1
from neurograph.tasks.node_classification import NodeClassification
from neurograph.tasks.registry import DEFAULT, find_task, known_tasks
from neurograph.tasks.split import SPLITS, split_nodes
from neurograph.tasks.task import Score, Task

__all__ = [
    "DEFAULT",
    "F1",
    "SPLITS",
    "NodeClassification",
    "Score",
    "Task",
    "f1",
    "find_task",
    "known_tasks",
    "split_nodes",
]
