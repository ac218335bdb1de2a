"""What a training tells while it works: loss, validation scores and firing rates, by epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from neurograph.tasks import Task
from neurograph.workflow.ui import Report


class Epochs:
    """Hears of every epoch, and tells how far the training is."""

    def __init__(self, report: Report, task: Task) -> None:
        self.report, self.task, self.note = report, task, ""

    def observe(self, row: Mapping[str, Any]) -> None:
        """Take in the metrics of an epoch that is over."""
        self.note = ", ".join(_told(row, self.task))

    def progress(self, done: int, total: int) -> None:
        """Tell that so many epochs are done, with the metrics of the last one."""
        self.report(done, total, self.note)


def _told(row: Mapping[str, Any], task: Task) -> Iterator[str]:
    yield f"loss {row['loss']:.4g}"
    for score in task.scores:
        if (value := row.get(f"val_{score.name}")) is not None:
            yield f"validation {score.title} {score.shown(value)}"
    if rates := row.get("firing_rate"):
        yield f"firing {', '.join(f'{100 * rate:.1f} %' for rate in rates)}"
