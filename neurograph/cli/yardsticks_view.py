"""What `train` and `baseline` show of yardsticks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neurograph.cli import console

if TYPE_CHECKING:
    from neurograph.tasks import Task
    from neurograph.tasks.yardsticks.measured import Yardsticks

Row = tuple[str, ...]


def beside(found: Yardsticks, network: Mapping[str, float]) -> None:
    """One line with all of them on what chose the model, and a warning where they are better.

    Args:
        network: its scores there.
    """
    from neurograph.tasks import find_task

    task = find_task(found.task)
    (by,) = (score for score in task.scores if score.name == task.best_by)
    each = ", ".join(
        f"{one.title} {by.shown(one.scores['val'][by.name])}" for one in found.measured
    )
    shown, val = by.shown(network[by.name]), found.count["val"]
    nodes = f"{val:,} nodes that {found.folds} folds leave out"
    if not found.folds:
        nodes = f"{val:,} validation nodes"
    console.out.print(
        f"yardsticks on the same {nodes}, {by.title}: {each}; the network has {shown}",
        markup=False,
    )
    if better := found.above(network[by.name], "val"):
        names = ", ".join(f"{one.title} ({by.shown(one.scores['val'][by.name])})" for one in better)
        console.err.print(
            f"warning: on these nodes the network ({shown}) is below {names}", markup=False
        )


def to_dict(found: Yardsticks) -> dict[str, Any]:
    """All but the answers of each, as JSON values."""
    tree = found.to_dict()
    for one in tree["measured"]:
        del one["packed"]
    return tree


def row(task: Task, title: str, scores: Mapping[str, Mapping[str, float | None]]) -> Row:
    """A name, then validation and test of each score."""
    shown = (
        score.shown(scores[part][score.name]) if part in scores else "-"
        for score in task.scores
        for part in ("val", "test")
    )
    return (title, *shown)


def columns(task: Task) -> Row:
    """The heads of those rows."""
    return ("", *(f"{score.title} {part}" for score in task.scores for part in ("val", "test")))


def parts(found: Yardsticks) -> str:
    """How many nodes have which part."""
    train, val, test = (f"{found.count[part]:,}" for part in ("train", "val", "test"))
    if found.folds:
        return f"{train} train (val: left out by {found.folds} folds), {test} test nodes"
    return f"{train} train, {val} val, {test} test nodes"
