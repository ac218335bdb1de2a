"""What quantisation took: evidence by layer, input and weight, choices with reasons, losses."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from neurograph.ir import Loss
from neurograph.quantization.evidence import evidence
from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section


def _data(run: ReportInput) -> dict[str, Any]:
    network = run.deployment.quantized
    return {
        "quantisation": {
            "lost": [_loss(loss) for loss in network.lost],
            **asdict(evidence(run.deployment.network, network)),
            "choices": [asdict(choice) for choice in network.choices],
        }
    }


def _loss(loss: Loss) -> dict[str, Any]:
    return {**asdict(loss), "share": loss.amount / loss.total if loss.total else None}


SECTION = Section(
    name="quantisation",
    title="What quantisation took",
    entry="Quantisation",
    data=_data,
)
