"""Compare records pair by pair: floats with integers, and integers with what every backend did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from neurograph.core.arrays import Array
from neurograph.core.errors import RunError
from neurograph.runtime.record import REFERENCE, pairs
from neurograph.verify import Agreement, compare
from neurograph.verify.difference import named
from neurograph.workflow.baseline import check_spikes
from neurograph.workflow.explain import explain
from neurograph.workflow.judged import Judged, judged_on_graph
from neurograph.workflow.run import Run
from neurograph.workflow.samples.opened import judged_on_samples

Programs = Mapping[str, Mapping[str, Any]]  # by backend, options that no run folder may say
NONE: Programs = {}


def verify(run: Run, programs: Programs = NONE) -> dict[str, Agreement]:
    """Integers against floats, and every backend against the integers; by `Agreement.pair`.

    Of an imported network, whose floats nobody has, every backend alone.

    Args:
        programs: that a backend may start where it is run again; the run folder names none.

    Raises:
        RunError: nothing was run, or nothing beside the reference; or a model without spikes.
    """
    check_spikes(run, "verify")
    judged = judged_on_samples(run) if run.folder.imported.exists() else judged_on_graph(run)
    if found := agreements(run, judged, programs):
        return found
    raise RunError(
        f"{run.path}: only the reference has run, which leaves nothing to compare; run first: "
        f"neurograph run {run.path} --input FILE --backend NAME"
    )


def agreements(run: Run, judged: Judged, programs: Programs = NONE) -> dict[str, Agreement]:
    """How all pairs of its records agree; none where the reference ran alone."""
    records, of, found = judged.records, judged.of, {}
    for first, second in pairs(records):
        if first not in records:  # the floats of what came in a file
            continue
        agreement = compare(
            records[first],
            records[second],
            truth=judged.truth,
            answers=judged.answers,
            latency=of.integers.latency,
            layer=judged.layer,
            tree=judged.tree,
            words=of.layout.words,
        )
        options = run.last.options_of(second)
        explained = explain(agreement, records, of, options, typed=programs.get(second))
        found[explained.pair] = _named(explained, judged.ids)
    return found


def _named(agreement: Agreement, ids: Array | None) -> Agreement:
    """With the source's id of the node of the first difference, where it has one of its own."""
    if ids is None or agreement.difference is None:
        return agreement
    return replace(agreement, difference=named(agreement.difference, ids))


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
