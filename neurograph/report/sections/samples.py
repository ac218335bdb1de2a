"""Key numbers of a network that came in a file, at the top of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurograph.chip.footprint import synapses_per_node
from neurograph.ir.output import answers_by
from neurograph.report.inputs import ReportInput
from neurograph.report.section import Section
from neurograph.report.sections.energy import PARTS


def _data(run: ReportInput) -> dict[str, Any]:
    network = run.deployment.quantized
    known = np.asarray(run.truth) >= 0
    right = {
        name: run.task.answers(record.logits)[known] == run.truth[known]
        for name, record in run.records.items()
    }
    return {
        "samples": {
            "run": len(run.truth),
            "neurons": sum(p.rows * p.channels for p in network.populations),
            "synapses": round(sum(map(synapses_per_node, network.projections))),
            "labelled": int(known.sum()),
            "by": answers_by(network),
            "accuracy": {n: float(x.mean()) for n, x in right.items()} if known.any() else None,
        }
    }


def _context(_: ReportInput, report: Mapping[str, Any]) -> dict[str, Any]:
    with_rows = {row["part"] for row in report["energy"]["rows"]}
    shown = {key: part for key, part in PARTS.items() if part in with_rows}
    return {"energy_parts": {part: report["energy"][key] for key, part in shown.items()}}


SECTION = Section(name="samples", title="Key numbers", data=_data, context=_context)
