"""The sections of the report, in the order of the page; each is a NAME.py and a NAME.j2."""

from dataclasses import replace

from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section
from neurograph.report.sections import (
    accuracy,
    agreement,
    comparison,
    energy,
    origin,
    parts,
    placement,
    provenance,
    quantisation,
    raster,
    rates,
    samples,
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

# of a network that came in a file, which has no graph, no floats and no training
OF_SAMPLES = (
    agreement.SECTION,
    replace(rates.SECTION, title="Firing rate per layer and step"),
    replace(raster.SECTION, title="Spikes of one sample"),
    energy.SECTION,
    placement.SECTION,
    parts.SECTION,
    origin.SECTION,
)


def sections_of(run: ReportInput) -> tuple[Section, tuple[Section, ...]]:
    """What stands at the top of the page, and its sections."""
    return (SUMMARY, SECTIONS) if run.of_graph else (samples.SECTION, OF_SAMPLES)


__all__ = ["OF_SAMPLES", "SECTIONS", "SUMMARY", "sections_of"]
