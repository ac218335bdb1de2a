"""What simulators of the chip say of energy and time, for the section of energy."""

from __future__ import annotations

from typing import Any

from neurograph.cost.witness import TERMS, Sum, Witness
from neurograph.report.inputs import ReportInput


def witnesses(run: ReportInput) -> list[dict[str, Any]]:
    """One for each backend that told them."""
    return [{"backend": name, **_witness(found)} for name, found in run.witnesses.items()]


def _witness(found: Witness) -> dict[str, Any]:
    return {
        "source": found.source,
        "constants": found.constants,
        "inferences": found.inferences,
        "joules": _sum(found.joules, found),
        "seconds": _sum(found.seconds, found),
    }


def _sum(of: Sum, found: Witness) -> dict[str, Any]:
    return {
        "ours": of.ours,
        "its": of.its,
        "difference": of.difference,
        "cause": of.cause and TERMS[of.cause],
        "note": found.notes.get(of.cause or ""),
        "terms": [
            {
                "kind": TERMS[t.kind],
                "ours": t.ours,
                "its": t.its,
                "our_events": t.our_events,
                "its_events": t.its_events,
            }
            for t in of.terms
        ],
    }
