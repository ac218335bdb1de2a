"""Scores of every result, and how well the results agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section
from neurograph.report.sections.agreement import compared, growth_charts


def _data(run: ReportInput) -> dict[str, Any]:
    return {
        "task": {
            "name": run.task.name,
            "title": run.task.title,
            "scores": [asdict(score) for score in run.task.scores],
        },
        "scores": {r.name: run.score(run.records.get(r.name)) for r in run.results},
        **compared(run),
    }


def _context(run: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "pairs": run.pairs,
        "learned": run.learned,
        "growth_charts": growth_charts(report, run.words.step),
    }


SECTION = Section(
    name="accuracy",
    title="Accuracy and agreement",
    entry="Accuracy",
    data=_data,
    context=_context,
)
