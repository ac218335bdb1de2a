"""The rows of metrics.jsonl, one per epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurograph.core.errors import StoreError
from neurograph.core.files import read_rows
from neurograph.core.form import NUMBER, Each, Maybe, check_form
from neurograph.workflow.run import Run

SCORES = "val_"  # begins the name of each score of validation nodes
FORM = [{"epoch": int, "loss": Maybe(NUMBER), "phase": Maybe(str), "seconds": Maybe(NUMBER)}]


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """What a training wrote; raises StoreError for a damaged file."""
    rows = read_rows(path)
    try:
        check_form(rows, FORM)
        for number, row in enumerate(rows):
            scores = {name: x for name, x in row.items() if name.startswith(SCORES)}
            check_form(scores, Each((*NUMBER, type(None))), f"[{number}]")
    except ValueError as error:
        raise StoreError(f"{path}: damaged ({error}); train again") from error
    return rows


def metrics_of(run: Run) -> list[dict[str, Any]]:
    """A row per epoch.

    Raises:
        RunError: nothing was trained there.
    """
    path = run.folder.require(run.folder.metrics, "neurograph train")
    return read_metrics(path)


def seconds_of(run: Run) -> float | None:
    """Wall time of the training; None where nobody knows."""
    of_epochs = sum(row.get("seconds") or 0.0 for row in metrics_of(run))  # in runs of 0.1
    return run.trained.get("seconds", of_epochs or None)
