"""How well two results agree, where they differ, and what that changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurograph.report import svg, units
from neurograph.report.inputs import Pair, ReportInput, Result
from neurograph.report.section import Section

FOUND = (
    "nodes",
    "predictions",
    "predictions_interval",
    "spikes",
    "differing_spikes",
    "identical",
    "first_difference",
    "difference",
    "labels",
)


def compared(run: ReportInput) -> dict[str, Any]:
    """What made each result, and how every pair of them agrees."""
    return {
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


def agreement(pair: Pair, found: Mapping[str, Any] | None) -> dict[str, Any]:
    """What `verify` found of a pair; null, or empty, where nothing was compared."""
    given = found or {}
    return {
        "first": pair.first.name,
        "second": pair.second.name,
        **{name: given.get(name) for name in FOUND},
        "state_identical": given.get("state_identical", given.get("final_states")),
        "spikes_by_population": dict(given.get("spikes_by_population", {})),
        "layers": dict(given.get("layers", {})),
        "alarms": list(given.get("alarms", ())),
    }


def identical(agreed: Mapping[str, Any]) -> bool:
    """Every spike is the same, and every final state, if states were compared."""
    return bool(agreed["identical"]) and agreed["state_identical"] is not False


def growth_charts(report: Mapping[str, Any], step: str) -> dict[str, svg.Chart]:
    """Per pair of results whose spikes differ, where they do: a line per layer over snapshots."""
    return {
        pair: _growth_chart(agreed, report["network"]["steps"], step)
        for pair, agreed in report["agreement"].items()
        if agreed["differing_spikes"]
    }


def _growth_chart(agreed: Mapping[str, Any], steps: int, step: str) -> svg.Chart:
    lines = [
        svg.Line(label=name, values=layer["growth"], colour=n % svg.COLOURS)
        for n, (name, layer) in enumerate(agreed["layers"].items())
    ]
    return svg.line_chart(
        lines,
        range(1, steps + 1),
        key=f"growth-{agreed['first']}-{agreed['second']}",
        title=f"Neuron updates that differ, per layer and {step}",
        x_label=step,
        y_label="share of neuron updates that differ",
        tick=units.percent_tick,
    )


def _context(run: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    return {"pairs": run.pairs, "growth_charts": growth_charts(report, run.words.step)}


SECTION = Section(
    name="same",
    title="The same on every backend?",
    entry="Agreement",
    data=compared,
    context=_context,
)
