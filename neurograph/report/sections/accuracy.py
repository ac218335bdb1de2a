"""Scores of every result, and how well the results agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurograph.report.inputs import ReportInput, Result
from neurograph.report.section import Section
from neurograph.report.sections.agreement import agreement, growth_charts
from neurograph.tasks import f1


def _data(run: ReportInput) -> dict[str, Any]:
    return {
        "accuracy": {result.name: _scores(run, result) for result in run.results},
        "agreement": {
            pair.key: agreement(pair, run.agreements.get(pair.key)) for pair in run.pairs
        },
        "runs": {result.name: _run(run, result) for result in run.results},
    }


def _scores(run: ReportInput, result: Result) -> dict[str, float | None]:
    """F1 over the nodes of known class; null where there is none, or nothing ran."""
    record, known = run.records.get(result.name), run.truth >= 0
    if record is None or not known.any():
        return {"micro_f1": None, "macro_f1": None}
    scores = f1(run.truth[known], record.predictions[known])
    return {"micro_f1": scores.micro, "macro_f1": scores.macro}


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
    return {"pairs": run.pairs, "growth_charts": growth_charts(report)}


SECTION = Section(
    name="accuracy",
    title="Accuracy and agreement",
    entry="Accuracy",
    data=_data,
    context=_context,
)
