"""Key numbers, at the top of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section
from neurograph.report.sections.energy import PARTS
from neurograph.report.sections.leaderboard import data as leaderboard
from neurograph.report.sections.yardsticks import picks_by


def _data(run: ReportInput) -> dict[str, Any]:
    return {"nodes": {"run": len(run.truth), "scored": run.scored}, **leaderboard(run)}


def _context(run: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "energy_parts": {part: report["energy"][key] for key, part in PARTS.items()},
        "best_by": picks_by(run, report),
        "named": {row["name"]: row for row in report["leaderboard"]["rows"]},
        "has_twins": bool(run.baselines),
        "has_yardsticks": run.task.has_yardsticks,
    }


SECTION = Section(name="summary", title="Key numbers", data=_data, context=_context)
