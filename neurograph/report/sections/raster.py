"""Every spike of one node or sample, drawn; report.json holds no spikes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from neurograph.core.arrays import Array
from neurograph.ir.output import output
from neurograph.report import svg
from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section
from neurograph.runtime.record import RunRecord

CELLS = 60_000  # neuron updates that the raster of one layer draws; more bloat the file
PANELS = 12  # rows that are drawn of a layer of a network that came in a file
PIXELS = 260  # height of a panel at most, unless it has more channels than this


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
    """The spikes of one node or sample.

    Attributes:
        node: the source's id of it.
        truth: what is right of it; None where that is not known, or no class.
        predicted: the class that the integer network says; None where answers are no classes.
        correct: whether that is right; None where it cannot be said.
    """

    node: str
    truth: int | None
    predicted: int | None
    correct: bool | None
    layers: Sequence[LayerRaster]


def _raster(run: ReportInput) -> Raster:
    """The first one that the integer network classifies correctly, or else the first."""
    record, classes = run.reference, run.task.classes
    said = run.task.answers(record.logits)
    layers = [p for p in run.deployment.quantized.spiking if run.of_graph or _small(record, p.name)]
    right = np.flatnonzero(said == run.truth) if classes else np.zeros(0, int)
    at = int(right[0]) if len(right) else 0
    known = classes and run.truth[at] >= 0
    return Raster(
        node=str((record.nodes if run.ids is None else run.ids)[at]),
        truth=int(run.truth[at]) if known else None,
        predicted=int(said[at]) if classes else None,
        correct=bool(len(right)) if known else None,
        layers=[
            _layer(p.name, record.spikes[p.name][at], n, run)
            for n, p in enumerate(layers or [output(run.deployment.quantized)])
        ],
    )


def _small(record: RunRecord, name: str) -> bool:
    """Whether the whole of a layer is drawn: that of a large network is not, but for its last."""
    updates, rows, channels = record.spikes[name].shape[1:]
    return bool(rows <= PANELS and updates * rows * channels <= CELLS)


def _layer(name: str, spikes: Array, number: int, run: ReportInput) -> LayerRaster:
    """The panels of one population; `spikes` are bool ``(updates, rows, channels)``."""
    updates, rows, channels = spikes.shape
    wide = max(min(channels, CELLS // updates), 1)
    most = rows if run.of_graph else PANELS
    deep = max(min(rows, most, CELLS // (updates * wide)), 1)
    height = wide * min(max(PIXELS // wide, 1), 12)
    tree = run.deployment.tree
    labels = (tree and tree.slot_names(rows)) or tuple(f"row {row + 1}" for row in range(rows))
    panels = []
    for row, label in enumerate(labels[:deep]):
        drawing = svg.raster(
            spikes[:, row, :wide],
            key=f"raster-{number}-{row}",
            title=f"Spikes of {name}, {label}",
            colour=number % svg.COLOURS,
        )
        panels.append(Panel(label=label, drawing=drawing, height=height))
    return LayerRaster(name=name, rows=rows, channels=channels, channels_drawn=wide, panels=panels)


def _context(run: ReportInput, _: Mapping[str, Any]) -> dict[str, Any]:
    return {"raster": _raster(run)}


SECTION = Section(
    name="raster",
    title="Spikes of one node",
    entry="Spikes",
    context=_context,
)
