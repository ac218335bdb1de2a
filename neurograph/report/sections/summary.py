"""Key numbers, at the top of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section
from neurograph.report.sections.energy import PARTS


def _data(run: ReportInput) -> dict[str, Any]:
    return {"nodes": {"run": len(run.truth), "scored": run.scored}}


def _context(_: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    return {"energy_parts": {part: report["energy"][key] for key, part in PARTS.items()}}


SECTION = Section(name="summary", title="Key numbers", data=_data, context=_context)
