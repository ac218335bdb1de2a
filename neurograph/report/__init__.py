"""The report of a run: one page for people, one JSON file for programs, from the same numbers."""

from neurograph.report.build import build
from neurograph.report.inputs import ReportInput
from neurograph.report.render import render, write

__all__ = ["ReportInput", "build", "render", "write"]
