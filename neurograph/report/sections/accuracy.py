"""Scores of every result, and how well the results agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurograph.report.inputs import PAIRS, RESULTS, ReportInput, Result
from neurograph.report.section import Section
from neurograph.report.sections.agreement import agreement, growth_charts
from neurograph.tasks import f1


def _data(run: ReportInput) -> dict[str, Any]:
    return {
        "accuracy": {result.key: _scores(run, result) for result in RESULTS},
        "agreement": {pair.key: agreement(run.agreements.get(pair.key, {})) for pair in PAIRS},
        "runs": {result.key: _run(run, result) for result in RESULTS},
    }


def _scores(run: ReportInput, result: Result) -> dict[str, float | None]:
    """F1 over the nodes of known class; null where there is none, or nothing ran."""
    record, known = run.record(result), run.truth >= 0
    if record is None or not known.any():
        return {"micro_f1": None, "macro_f1": None}
    scores = f1(run.truth[known], record.predictions[known])
    return {"micro_f1": scores.micro, "macro_f1": scores.macro}


def _run(run: ReportInput, result: Result) -> dict[str, Any] | None:
    if (record := run.record(result)) is None:
        return None
    return {
        "target": record.target,
        "seconds": run.seconds.get(record.target),
        "network_sha256": record.network_sha256,
        "versions": dict(record.versions),
    }


def _context(_: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    return {"pairs": PAIRS, "growth_charts": growth_charts(report)}


SECTION = Section(
    name="accuracy",
    title="Accuracy and agreement",
    entry="Accuracy",
    data=_data,
    context=_context,
)
