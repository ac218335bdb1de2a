"""Compare records pair by pair: floats with integers, and integers with what every backend did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from neurograph.graphs.graph import TemporalGraph
from neurograph.runtime.record import REFERENCE, pairs
from neurograph.verify import Agreement, compare
from neurograph.verify.difference import named
from neurograph.workflow.explain import explain
from neurograph.workflow.run import Run


def verify(run: Run) -> dict[str, Agreement]:
    """Integers against floats, and every backend against the integers; by `Agreement.pair`."""
    records, deployment, task = run.records, run.deployment, run.dataset.task
    truth = task.truth(run.dataset.graph) if task.classes else None
    found = {}
    for first, second in pairs(records):
        agreement = compare(
            records[first],
            records[second],
            truth=None if truth is None else truth[records[first].nodes],
            answers=task.answers,
            latency=deployment.quantized.latency,
            layer=deployment.network.readout.source,
            tree=deployment.tree,
        )
        options = run.last.runs[second].options if second != REFERENCE else {}
        explained = explain(agreement, records, deployment, run.dataset, options)
        found[explained.pair] = _named(explained, run.dataset.graph)
    return found


def _named(agreement: Agreement, graph: TemporalGraph) -> Agreement:
    """With the source's id of the node of the first difference, where it has one of its own."""
    if graph.ids is None or agreement.difference is None:
        return agreement
    return replace(agreement, difference=named(agreement.difference, graph.ids))


def past_tolerance(agreements: Mapping[str, Agreement], predictions: float) -> list[str]:
    """What is not as it must be: a backend that differs, or too few equal predictions."""
    failures = []
    for agreement in agreements.values():
        pair = f"{agreement.second} against {agreement.first}"
        if agreement.first == REFERENCE and not agreement.identical:
            failures.append(f"{pair} must be identical: {agreement.first_difference}")
        elif agreement.predictions < predictions:
            failures.append(
                f"{pair}: {agreement.predictions:.4f} of the predictions are the same, "
                f"needed {predictions:g}"
            )
    return failures
