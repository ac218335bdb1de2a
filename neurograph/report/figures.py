"""Which charts a report shows: differences, rates, a raster, energy, cores, training curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from neurograph.core.arrays import Array
from neurograph.graphs.sampling import TreeSpec
from neurograph.report import svg, units
from neurograph.report.build import ReportInput
from neurograph.report.energy_part import PARTS

COLOURS = 6  # of the page's palette
RASTER_CELLS = 60_000  # neuron updates that the raster of one layer draws; more bloat the file
RASTER_PIXELS = 260  # height of a panel at most, unless it has more channels than this


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawing and the lines that its legend names."""

    drawing: Markup
    lines: Sequence[svg.Line]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """The spikes of one slot; `height` in pixels is a whole number per channel."""

    label: str
    drawing: Markup
    height: int


@dataclass(frozen=True, kw_only=True)
class LayerRaster:
    """The spikes of one population, as many slots and channels as keep the page small."""

    name: str
    rows: int
    channels: int
    channels_drawn: int
    panels: Sequence[Panel]


@dataclass(frozen=True, kw_only=True)
class Raster:
    """One target's spikes. `correct` is None where its class is not known."""

    node: int
    truth: int
    predicted: int
    correct: bool | None
    layers: Sequence[LayerRaster]


@dataclass(frozen=True, kw_only=True)
class EnergyPart:
    """The rows of one part of the energy, with bars on one scale."""

    part: str
    rows: Sequence[tuple[Mapping[str, Any], Markup]]


def rate_chart(report: Mapping[str, Any]) -> Chart:
    """Firing rate per layer and snapshot: the integer network, and the float one dashed."""
    floats = report["spike_rate_by_result"]["float"]
    lines = []
    for n, (name, rates) in enumerate(report["spike_rate"].items()):
        lines.append(svg.Line(label=name, values=rates, colour=n % COLOURS))
        if floats is not None and name in floats:
            dashed = svg.Line(
                label=f"{name}, float", values=floats[name], colour=n % COLOURS, dashed=True
            )
            lines.append(dashed)
    drawing = svg.line_chart(
        lines,
        range(1, report["network"]["steps"] + 1),
        key="rate",
        title="Firing rate per layer and snapshot",
        x_label="snapshot",
        y_label="share of neurons that fire",
        tick=_percent_tick,
    )
    return Chart(drawing=drawing, lines=lines)


def growth_charts(report: Mapping[str, Any]) -> dict[str, Chart]:
    """Per pair of results whose spikes differ, where they do: a line per layer over snapshots."""
    charts = {}
    for pair, agreed in report["agreement"].items():
        if not agreed["differing_spikes"]:
            continue
        lines = [
            svg.Line(label=name, values=layer["growth"], colour=n % COLOURS)
            for n, (name, layer) in enumerate(agreed["layers"].items())
        ]
        drawing = svg.line_chart(
            lines,
            range(1, report["network"]["steps"] + 1),
            key=f"growth-{pair}",
            title="Neuron updates that differ, per layer and snapshot",
            x_label="snapshot",
            y_label="share of neuron updates that differ",
            tick=_percent_tick,
        )
        charts[pair] = Chart(drawing=drawing, lines=lines)
    return charts


def training_charts(curve: Sequence[Mapping[str, Any]]) -> list[Chart]:
    """Loss, and validation F1, over epochs; none where nothing was logged."""
    if not curve:
        return []
    epochs = [row["epoch"] for row in curve]
    loss = svg.Line(label="training loss", values=_column(curve, "loss"), colour=0)
    scores = [
        svg.Line(label="validation micro-F1", values=_column(curve, "val_micro_f1"), colour=0),
        svg.Line(label="validation macro-F1", values=_column(curve, "val_macro_f1"), colour=1),
    ]
    loss_drawing = svg.line_chart(
        [loss],
        epochs,
        key="loss",
        title="Training loss",
        x_label="epoch",
        y_label="loss",
        tick=_tick,
    )
    score_drawing = svg.line_chart(
        scores,
        epochs,
        key="f1",
        title="Validation F1",
        x_label="epoch",
        y_label="F1",
        tick=_percent_tick,
        from_zero=False,
    )
    return [Chart(drawing=loss_drawing, lines=[loss]), Chart(drawing=score_drawing, lines=scores)]


def _column(curve: Sequence[Mapping[str, Any]], name: str) -> list[float | None]:
    return [row.get(name) for row in curve]


def _tick(value: float) -> str:
    return f"{value:g}"


def _percent_tick(value: float) -> str:
    return f"{100 * value:.3g}{units.GAP}%"


def packing_chart(packing: Sequence[Mapping[str, Any]]) -> Chart | None:
    """Joules per inference over copies per chip, each point twice the one before."""
    if len(packing) < 2:
        return None
    lines = [
        svg.Line(
            label=end,
            values=[point["joules"][end] for point in packing],
            colour=0,
            dashed=end != "typical",
        )
        for end in ("high", "typical", "low")
    ]
    drawing = svg.line_chart(
        lines,
        range(len(packing)),
        key="packing",
        title="Energy per inference against copies per chip",
        x_label="copies that share a chip",
        y_label="joules of the chip per inference",
        tick=_joules_tick,
        x_tick=lambda n: f"{packing[n]['copies']:,}",
    )
    return Chart(drawing=drawing, lines=lines)


def snapshot_chart(energy: Mapping[str, Any]) -> Chart:
    """Dynamic joules of the chip in each snapshot."""
    snapshots = energy["per_snapshot"]["dynamic_j"]
    lines = [
        svg.Line(label=end, values=[s[end] for s in snapshots], colour=0, dashed=end != "typical")
        for end in ("high", "typical", "low")
    ]
    drawing = svg.line_chart(
        lines,
        range(1, len(snapshots) + 1),
        key="snapshots",
        title="Dynamic energy of the chip per snapshot",
        x_label="snapshot",
        y_label="joules",
        tick=_joules_tick,
    )
    return Chart(drawing=drawing, lines=lines)


def _joules_tick(value: float) -> str:
    return units.quantity(value, "J") if value else "0"


def energy_totals(energy: Mapping[str, Any]) -> list[tuple[str, Mapping[str, float], Markup]]:
    """Each part's name and joules, with bars on one scale for all of them."""
    top = max(energy[name]["high"] for name in PARTS)
    return [(part, energy[name], _bar(energy[name], top)) for name, part in PARTS.items()]


def energy_parts(energy: Mapping[str, Any]) -> list[EnergyPart]:
    """Every row with its bar, grouped by part; bars share a scale within a part only."""
    parts = []
    for part in dict.fromkeys(row["part"] for row in energy["rows"]):
        rows = [row for row in energy["rows"] if row["part"] == part]
        top = max(row["joules"]["high"] for row in rows)
        barred = [(row, _bar(row["joules"], top)) for row in rows]
        parts.append(EnergyPart(part=part, rows=barred))
    return parts


def _bar(joules: Mapping[str, float], top: float) -> Markup:
    title = f"typically {units.quantity(joules['typical'], 'J')}, {units.span(joules, 'J')}"
    return svg.interval_bar(joules, top, title=title)


def raster(run: ReportInput) -> Raster:
    """The first target that the integer network classifies correctly, or else the first one."""
    record = run.reference
    predicted = record.predictions
    right = np.flatnonzero(predicted == run.truth)
    at = int(right[0]) if len(right) else 0
    truth = int(run.truth[at])
    return Raster(
        node=int(record.nodes[at]),
        truth=truth,
        predicted=int(predicted[at]),
        correct=None if truth < 0 else bool(len(right)),
        layers=[
            _layer(p.name, record.spikes[p.name][at], n, run.deployment.tree)
            for n, p in enumerate(run.deployment.quantized.populations)
        ],
    )


def _layer(name: str, spikes: Array, number: int, tree: TreeSpec) -> LayerRaster:
    updates, rows, channels = spikes.shape
    wide = max(min(channels, RASTER_CELLS // updates), 1)
    deep = max(min(rows, RASTER_CELLS // (updates * wide)), 1)
    height = wide * min(max(RASTER_PIXELS // wide, 1), 12)
    panels = []
    labels = tree.slot_names(rows) or tuple(f"row {row + 1}" for row in range(rows))
    for row, label in enumerate(labels[:deep]):
        drawing = svg.raster(
            spikes[:, row, :wide],
            key=f"raster-{number}-{row}",
            title=f"Spikes of {name}, {label}",
            colour=number % COLOURS,
        )
        panels.append(Panel(label=label, drawing=drawing, height=height))
    return LayerRaster(name=name, rows=rows, channels=channels, channels_drawn=wide, panels=panels)
