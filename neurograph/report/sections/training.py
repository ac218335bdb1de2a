"""Loss and validation scores, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from neurograph.report import svg, units
from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section

Rows = Sequence[Mapping[str, Any]]


def _data(run: ReportInput) -> dict[str, Any]:
    rows = run.training
    return {
        "training": {
            "epochs": len(rows),
            "seconds": sum(row.get("seconds") or 0.0 for row in rows),
            "best_epoch": _best_epoch(rows),
            "curve": [dict(row) for row in rows],
        }
    }


def _best_epoch(rows: Rows) -> int | None:
    """The first epoch of the highest validation micro-F1, in the last phase of the training."""
    last = rows[-1].get("phase") if rows else None  # integer epochs come after those in floats
    picked = [r for r in rows if r.get("phase") == last and not r.get("out_of_range")]
    scores = [(row.get("val_micro_f1"), row.get("epoch")) for row in picked]
    scored = [(s, epoch) for s, epoch in scores if s is not None and not math.isnan(s)]
    return max(scored, key=lambda pair: pair[0])[1] if scored else None


def _charts(curve: Rows) -> list[svg.Chart]:
    """Loss, and validation F1, over epochs; none where nothing was logged."""
    return [_loss_chart(curve), _score_chart(curve)] if curve else []


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


def _score_chart(curve: Rows) -> svg.Chart:
    return svg.line_chart(
        [
            svg.Line(label="validation micro-F1", values=_column(curve, "val_micro_f1"), colour=0),
            svg.Line(label="validation macro-F1", values=_column(curve, "val_macro_f1"), colour=1),
        ],
        [row["epoch"] for row in curve],
        key="f1",
        title="Validation F1",
        x_label="epoch",
        y_label="F1",
        tick=units.percent_tick,
        from_zero=False,
    )


def _column(curve: Rows, name: str) -> list[float | None]:
    return [row.get(name) for row in curve]


def _context(_: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    return {"charts": _charts(report["training"]["curve"])}


SECTION = Section(name="training", title="Training", data=_data, context=_context)
