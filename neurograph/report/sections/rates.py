"""How often the neurons of each layer fire, snapshot by snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurograph.ir import QNetwork
from neurograph.report import svg, units
from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section
from neurograph.runtime.record import FLOAT, RunRecord


def _data(run: ReportInput) -> dict[str, Any]:
    network = run.deployment.quantized
    return {
        "spike_rate": _rates(run.reference, network),
        "spike_rate_by_result": {
            result.name: _rates(record, network)
            if (record := run.records.get(result.name))
            else None
            for result in run.results
        },
        "spike_rate_overall": _overall(run),
    }


def _rates(record: RunRecord, network: QNetwork) -> dict[str, list[float]]:
    """Per population of the run, the share of neurons that fire in each snapshot.

    A run in floats lacks the populations of an on-chip readout.
    """
    shape = (network.steps, network.latency)
    return {
        p.name: record.rate(p.name).reshape(shape).mean(axis=1).tolist()
        for p in network.populations
        if p.name in record.spikes
    }


def _overall(run: ReportInput) -> float:
    """Over the populations of the model: a readout on the chip has a clock, gates and sums."""
    model = run.deployment.network or run.deployment.quantized
    trained = [run.reference.spikes[p.name] for p in model.spiking]
    fired = sum(int(np.count_nonzero(spikes)) for spikes in trained)
    return fired / sum(spikes.size for spikes in trained)


def _rate_chart(report: Mapping[str, Any], step: str) -> svg.Chart:
    """Firing rate per layer and step: the integer network, and the float one dashed."""
    floats = report["spike_rate_by_result"].get(FLOAT) or {}
    lines = []
    for n, (name, rates) in enumerate(report["spike_rate"].items()):
        colour = n % svg.COLOURS
        lines.append(svg.Line(label=name, values=rates, colour=colour))
        if name in floats:
            label = f"{name}, float"
            lines.append(svg.Line(label=label, values=floats[name], colour=colour, dashed=True))
    return svg.line_chart(
        lines,
        range(1, report["network"]["steps"] + 1),
        key="rate",
        title=f"Firing rate per layer and {step}",
        x_label=step,
        y_label="share of neurons that fire",
        tick=units.percent_tick,
    )


def _context(run: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    return {"rate_chart": _rate_chart(report, run.words.step)}


SECTION = Section(
    name="rates",
    title="Firing rate per layer and snapshot",
    entry="Firing rates",
    data=_data,
    context=_context,
)
