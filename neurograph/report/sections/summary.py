"""Key numbers, at the top of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section
from neurograph.report.sections.energy import PARTS
from neurograph.report.sections.yardsticks import better, picks_by


def _data(run: ReportInput) -> dict[str, Any]:
    return {"nodes": {"run": len(run.truth), "scored": run.scored}}


def _context(run: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "energy_parts": {part: report["energy"][key] for key, part in PARTS.items()},
        "best_by": picks_by(run, report),
        "better": better(report),
    }


SECTION = Section(name="summary", title="Key numbers", data=_data, context=_context)
