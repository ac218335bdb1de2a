"""The rows of metrics.jsonl, one per epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurograph.core.errors import StoreError
from neurograph.core.files import read_rows
from neurograph.core.form import NUMBER, Maybe, check_form

FORM = [{"epoch": int, "loss": Maybe(NUMBER), "phase": Maybe(str), "seconds": Maybe(NUMBER)}]


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """What a training wrote; raises StoreError for a damaged file."""
    rows = read_rows(path)
    try:
        check_form(rows, FORM)
    except ValueError as error:
        raise StoreError(f"{path}: damaged ({error}); train again") from error
    return rows
