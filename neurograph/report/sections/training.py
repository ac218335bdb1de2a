"""Loss and validation scores, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from neurograph.report import svg, units
from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section
from neurograph.tasks import Task

Rows = Sequence[Mapping[str, Any]]


def _data(run: ReportInput) -> dict[str, Any]:
    rows = run.training
    return {
        "training": {
            "epochs": len(rows),
            "seconds": run.training_seconds,
            "best_epoch": _best_epoch(rows, f"val_{run.task.best_by}"),
            "curve": [dict(row) for row in rows],
        }
    }


def _best_epoch(rows: Rows, score: str) -> int | None:
    """The first epoch of the highest score, in the last phase of the training."""
    last = rows[-1].get("phase") if rows else None  # integer epochs come after those in floats
    picked = [r for r in rows if r.get("phase") == last and not r.get("out_of_range")]
    scores = [(row.get(score), row.get("epoch")) for row in picked]
    scored = [(s, epoch) for s, epoch in scores if s is not None and not math.isnan(s)]
    return max(scored, key=lambda pair: pair[0])[1] if scored else None


def _charts(curve: Rows, task: Task) -> list[svg.Chart]:
    """Loss, and validation scores, over epochs; none where nothing was logged."""
    return [_loss_chart(curve), _score_chart(curve, task)] if curve else []


def _loss_chart(curve: Rows) -> svg.Chart:
    return svg.line_chart(
        [svg.Line(label="training loss", values=_column(curve, "loss"), colour=0)],
        [row["epoch"] for row in curve],
        key="loss",
        title="Training loss",
        x_label="epoch",
        y_label="loss",
        tick=units.number_tick,
    )


def _score_chart(curve: Rows, task: Task) -> svg.Chart:
    return svg.line_chart(
        [
            svg.Line(
                label=f"validation {score.title}",
                values=_column(curve, f"val_{score.name}"),
                colour=number,
            )
            for number, score in enumerate(task.scores)
        ],
        [row["epoch"] for row in curve],
        key="scores",
        title="Validation scores",
        x_label="epoch",
        y_label="score",
        tick=units.percent_tick if all(s.percent for s in task.scores) else units.number_tick,
        from_zero=False,
    )


def _column(curve: Rows, name: str) -> list[float | None]:
    return [row.get(name) for row in curve]


def _context(run: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    (best_by,) = (score for score in run.task.scores if score.name == run.task.best_by)
    return {"best_by": best_by, "charts": _charts(report["training"]["curve"], run.task)}


SECTION = Section(name="training", title="Training", data=_data, context=_context)
