"""The tasks that are known: the built-in one, and plug-ins found by entry point."""

from __future__ import annotations

from importlib.metadata import entry_points

from neurograph.core.errors import ModelError
from neurograph.tasks.node_classification import NodeClassification
from neurograph.tasks.task import Task

GROUP = "neurograph.tasks"
BUILT_IN: dict[str, type[Task]] = {NodeClassification.name: NodeClassification}
DEFAULT = NodeClassification.name


def known_tasks() -> tuple[str, ...]:
    """Names of all tasks, ours first."""
    return (*BUILT_IN, *sorted(entry.name for entry in entry_points(group=GROUP)))


def find_task(name: str) -> Task:
    """The task called `name`.

    Raises:
        ModelError: no such task, or its package cannot be imported or is none.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]()
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        raise ModelError(f"no task '{name}'; known: {', '.join(known_tasks())}")
    try:
        task = found[name].load()
    except Exception as error:
        raise ModelError(
            f"task '{name}' is installed but does not import ({type(error).__name__}: {error}); "
            "mend or uninstall its package"
        ) from error
    if not (isinstance(task, type) and issubclass(task, Task)):
        raise ModelError(
            f"task '{name}' ({found[name].value}) is not a subclass of neurograph.tasks.Task"
        )
    return task()
