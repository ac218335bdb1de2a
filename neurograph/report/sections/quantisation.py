"""What quantisation cost: by layer, input and weight, with the reason of every choice."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from neurograph.ir import QuantisationError
from neurograph.quantization.report import quantisation_report
from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section


def _data(run: ReportInput) -> dict[str, Any]:
    network = run.deployment.quantized
    return {
        "quantisation": {
            "errors": [_error(error) for error in network.errors],
            **asdict(quantisation_report(run.deployment.floats, network)),
            "choices": [asdict(choice) for choice in network.choices],
        }
    }


def _error(error: QuantisationError) -> dict[str, Any]:
    return {**asdict(error), "share": error.amount / error.total if error.total else None}


SECTION = Section(
    name="quantisation",
    title="What quantisation took",
    entry="Quantisation",
    data=_data,
)
