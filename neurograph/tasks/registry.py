"""The tasks that are known: the built-in one, and those that packages add by entry point."""

from __future__ import annotations

from neurograph.core.errors import ModelError
from neurograph.core.plugins import Registry
from neurograph.tasks.node_classification import NodeClassification
from neurograph.tasks.task import Task

DEFAULT = NodeClassification.name
TASKS = Registry(
    group="neurograph.tasks",
    noun="task",
    base=Task,
    error=ModelError,
    built_in={DEFAULT: f"{NodeClassification.__module__}:{NodeClassification.__name__}"},
)


def known_tasks() -> tuple[str, ...]:
    """Names of all tasks, ours first."""
    return TASKS.names()


def find_task(name: str) -> Task:
    """The task called `name`.

    Raises:
        ModelError: no such task, or its package cannot be imported or is none.
    """
    found: Task = TASKS.load(name)
    return found
