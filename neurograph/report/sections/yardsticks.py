"""The network beside simple methods that were fitted on the same training nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section
from neurograph.runtime.record import REFERENCE
from neurograph.tasks.yardsticks.measured import Measured


def _data(run: ReportInput) -> dict[str, Any]:
    if run.yardsticks is None:
        return {"yardsticks": None}
    measured = [_measured(run, one) for one in run.yardsticks.measured]
    network = run.score(run.records[REFERENCE])
    return {
        "yardsticks": {
            "train": run.yardsticks.count["train"],
            "val": run.yardsticks.count["val"],
            "folds": run.yardsticks.folds,
            "measured": measured,
            "above": _above(measured, network, run.task.best_by),
        }
    }


def _measured(run: ReportInput, one: Measured) -> dict[str, Any]:
    told = {n: getattr(one, n) for n in ("name", "title", "about", "chosen", "seconds")}
    scores = run.score_outputs(one.outputs[run.reference.nodes])
    return {**told, "val_scores": dict(one.scores["val"]), "scores": scores}


def _above(
    measured: list[dict[str, Any]], network: Mapping[str, float | None], by: str
) -> list[str]:
    """Names of those that have more than the network, the best first."""
    if (limit := network[by]) is None:
        return []
    found = [one for one in measured if one["scores"][by] > limit]
    return [one["name"] for one in sorted(found, key=lambda one: -one["scores"][by])]


def better(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those of report.json that have more than the integer network, the best first."""
    if (found := report["yardsticks"]) is None:
        return []
    by_name = {one["name"]: one for one in found["measured"]}
    return [by_name[name] for name in found["above"]]


def picks_by(run: ReportInput, report: Mapping[str, Any]) -> Mapping[str, Any]:
    """The score by which validation picks a model, as report.json has it."""
    scores: list[Mapping[str, Any]] = report["task"]["scores"]
    return next(score for score in scores if score["name"] == run.task.best_by)


def _context(run: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "best_by": picks_by(run, report),
        "better": better(report),
        "task_has_any": run.task.has_yardsticks,
    }


SECTION = Section(
    name="yardsticks",
    title="Beside simple methods",
    entry="Yardsticks",
    data=_data,
    context=_context,
)
