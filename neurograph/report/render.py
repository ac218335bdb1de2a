"""The report as one self-contained page, and both files on disk."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from neurograph.core.files import write_json, write_text
from neurograph.report import figures, units
from neurograph.report.build import ReportInput, build
from neurograph.report.chip_map import DRAWN, chip_map

CORES_LISTED = 64


def write(run: ReportInput, folder: Path) -> tuple[Path, Path]:
    """Write `report.html` and `report.json`; each appears whole or not at all.

    Returns:
        The paths of the page and of the JSON file.
    """
    report = build(run)
    page = render(run, report)
    html, data = folder / "report.html", folder / "report.json"
    write_text(html, page)
    write_json(data, report)
    return html, data


def render(run: ReportInput, report: Mapping[str, Any]) -> str:
    """The page of `report`, which `build` made from `run`; only the raster reads `run` itself."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "quantity": units.quantity,
        "span": units.span,
        "percent": units.percent,
        "count": units.count,
        "duration": units.duration,
        "plain": units.text,
    }
    pieces: dict[int, list[Mapping[str, Any]]] = {}
    for piece in report["placement"]["slices"]:
        pieces.setdefault(piece["core"], []).append(piece)
    return environment.from_string(_resource("report.html.j2")).render(
        report,
        style=Markup(_resource("style.css")),
        growth_charts=figures.growth_charts(report),
        rate_chart=figures.rate_chart(report),
        training_charts=figures.training_charts(report["training"]["curve"]),
        raster=figures.raster(run),
        energy_totals=figures.energy_totals(report["energy"]),
        energy_parts=figures.energy_parts(report["energy"]),
        chip_map=chip_map(
            report["placement"], [p["name"] for p in report["network"]["populations"]]
        ),
        packing_chart=figures.packing_chart(report["energy"]["packing"]),
        snapshot_chart=figures.snapshot_chart(report["energy"]),
        pieces=pieces,
        cores_listed=CORES_LISTED,
        chips_drawn=DRAWN,
    )


def _resource(name: str) -> str:
    return files("neurograph.report").joinpath(name).read_text(encoding="utf-8")
