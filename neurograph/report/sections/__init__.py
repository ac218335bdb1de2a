"""The sections of the report, in the order of the page; each is a NAME.py and a NAME.j2."""

from neurograph.report.sections import (
    accuracy,
    comparison,
    energy,
    parts,
    placement,
    provenance,
    quantisation,
    raster,
    rates,
    summary,
    training,
    yardsticks,
)

SUMMARY = summary.SECTION  # at the top of the page, without a number
SECTIONS = (
    accuracy.SECTION,
    yardsticks.SECTION,
    rates.SECTION,
    raster.SECTION,
    energy.SECTION,
    comparison.SECTION,
    placement.SECTION,
    quantisation.SECTION,
    training.SECTION,
    parts.SECTION,
    provenance.SECTION,
)

__all__ = ["SECTIONS", "SUMMARY"]
