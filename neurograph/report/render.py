"""The report as one self-contained page, and both files on disk."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from neurograph.core.files import as_json, replacing
from neurograph.core.plain import plain
from neurograph.report import units
from neurograph.report.build import build
from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section
from neurograph.report.sections import sections_of
from neurograph.report.sections.agreement import identical

LONG = 1_000_000  # letters
ARROW = re.compile(r"[\w.]+-&gt;[\w.+-]+")  # in text that is escaped


def write(run: ReportInput, folder: Path) -> tuple[Path, Path]:
    """Write `report.html` and `report.json`; both appear whole, or those that were there stay.

    Returns:
        The paths of the page and of the JSON file.
    """
    report = build(run)
    page, tree = render(run, report).encode(), _written(report).encode()
    html, data = folder / "report.html", folder / "report.json"
    with replacing(html, len(page)) as shown, replacing(data, len(tree)) as told:
        shown.write_bytes(page)
        told.write_bytes(tree)
    return html, data


def _written(report: Mapping[str, Any]) -> str:
    """As JSON; a line per value, unless these are so many that nobody reads them so."""
    text = as_json(report)
    if len(text) > LONG:
        text = json.dumps(report, allow_nan=False, separators=(",", ":")) + "\n"
    return text


def render(run: ReportInput, report: Mapping[str, Any]) -> str:
    """The page of `report`, which `build` made from `run`; only the raster reads `run` itself."""
    environment = _environment()
    environment.globals |= {
        "results": run.results,
        "backends": run.backends,
        "words": run.words,
        "of_graph": run.of_graph,
        "ran": len(run.truth),
    }
    summary, sections = sections_of(run)

    def body(section: Section) -> Markup:
        template = environment.get_template(section.template)
        return Markup(template.render(report, **section.context(run, report)))

    page = environment.get_template("report.html.j2").render(
        report,
        style=Markup(_style()),
        summary=body(summary),
        sections=[(section, body(section)) for section in sections],
    )
    return plain(page)  # a browser, too, obeys what turns the direction of writing


def _environment() -> Environment:
    """Templates beside this file; a name that a template does not know is an error."""
    environment = Environment(
        loader=PackageLoader("neurograph.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    environment.filters |= {
        "quantity": units.quantity,
        "span": units.span,
        "percent": units.percent,
        "sentence": units.sentence,
        "shown": units.shown,
        "count": units.count,
        "counted": units.counted,
        "duration": units.duration,
        "plain": units.text,
        "arrows": _arrows,
    }
    environment.tests["identical"] = identical
    return environment


def _arrows(text: object) -> Markup:
    """The text, in which no line ends within a name such as `x->h1.self`."""
    return Markup(ARROW.sub(r'<span class="name">\g<0></span>', str(escape(text))))


def _style() -> str:
    return files("neurograph.report").joinpath("style.css").read_text(encoding="utf-8")
