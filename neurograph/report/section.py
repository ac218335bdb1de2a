"""What a section of the report is: its numbers, its charts, its template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from neurograph.report.inputs import ReportInput

Data = Callable[[ReportInput], dict[str, Any]]
Context = Callable[[ReportInput, Mapping[str, Any]], dict[str, Any]]


def _no_data(_: ReportInput) -> dict[str, Any]:
    return {}


def _no_context(_: ReportInput, __: Mapping[str, Any]) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section; its number is its place among the sections of the page.

    Attributes:
        name: of its template, ``sections/NAME.j2``, and of its anchor on the page.
        title: its heading.
        entry: its name in the contents, where the title is too long for it.
        data: the keys that it adds to report.json.
        context: what its template reads beside report.json, by name: charts, mostly.
    """

    name: str
    title: str
    entry: str | None = None
    data: Data = _no_data
    context: Context = _no_context

    @property
    def template(self) -> str:
        return f"sections/{self.name}.j2"
