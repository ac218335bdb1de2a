"""Scores of every result, and how well the results agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from neurograph.report.inputs import ReportInput, Result
from neurograph.report.section import Section
from neurograph.report.sections.agreement import agreement, growth_charts


def _data(run: ReportInput) -> dict[str, Any]:
    return {
        "task": {
            "name": run.task.name,
            "title": run.task.title,
            "scores": [asdict(score) for score in run.task.scores],
        },
        "scores": {r.name: run.score(run.records.get(r.name)) for r in run.results},
        "agreement": {
            pair.key: agreement(pair, run.agreements.get(pair.key)) for pair in run.pairs
        },
        "runs": {result.name: _run(run, result) for result in run.results},
    }


def _run(run: ReportInput, result: Result) -> dict[str, Any] | None:
    if (record := run.records.get(result.name)) is None:
        return None
    return {
        "title": run.title(result),
        "seconds": run.seconds.get(result.name),
        "network_sha256": record.network_sha256,
        "versions": dict(record.versions),
    }


def _context(run: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    return {"pairs": run.pairs, "learned": run.learned, "growth_charts": growth_charts(report)}


SECTION = Section(
    name="accuracy",
    title="Accuracy and agreement",
    entry="Accuracy",
    data=_data,
    context=_context,
)
