"""The numbers of a report, as the JSON tree that `schema.json` publishes, section by section."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from neurograph.report.inputs import ReportInput
from neurograph.report.sections import sections_of

SCHEMA_VERSION = 4


def build(run: ReportInput) -> dict[str, Any]:
    """The content of report.json: plain JSON values, no NaN, valid against `schema.json`."""
    tree: dict[str, Any] = {"kind": "neurograph report", "schema_version": SCHEMA_VERSION}
    summary, sections = sections_of(run)
    for section in (summary, *sections):
        tree |= section.data(run)
    plain: dict[str, Any] = _plain(tree)
    return plain


def _plain(value: Any) -> Any:
    """`value` in JSON's types; numbers that JSON cannot hold (NaN, infinities) become null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
