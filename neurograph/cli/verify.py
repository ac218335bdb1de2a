"""The command verify."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from neurograph.cli import backend_options, console
from neurograph.cli.options import AsJson, Moved, Run
from neurograph.cli.status import Status
from neurograph.core.words import NODES, SAMPLES, Words

if TYPE_CHECKING:
    from neurograph.verify import Activity, Agreement

LEGEND = (
    "moved: earth mover's distance between the firing rates of the neurons (one row of one "
    "channel); before -> after, of so many channels: dead (never fire), full (fire in at least "
    "99 % of updates), copies (of another channel, spike for spike), each in all rows, over all"
)


def verify(
    context: typer.Context,
    run: Run = None,
    tolerance: Annotated[
        float, typer.Option(help="share of predictions in which integers must agree with floats")
    ] = 0.9,
    as_json: AsJson = False,
    graph: Moved = None,
) -> str | None:
    """Compare floats with integers, and integers with every backend (all identical).

    Exit 5 if they agree less than they should.
    """
    from neurograph.workflow.kept_results import changed_records
    from neurograph.workflow.run import Run as OpenRun
    from neurograph.workflow.verify import past_tolerance
    from neurograph.workflow.verify import verify as verify_run

    opened = OpenRun.find(run, graph=graph)
    agreements = verify_run(opened, backend_options.typed_programs(context))
    if as_json:
        console.as_json({name: a.to_dict() for name, a in agreements.items()})
    else:
        words = SAMPLES if opened.folder.imported.exists() else NODES
        _show(str(opened.path), agreements.values(), words)
    failures = past_tolerance(agreements, tolerance)
    if failures := [*failures, *changed_records(opened.records, opened.folder, opened.last)]:
        for failure in failures:
            console.err.print(f"past the tolerance: {failure}", markup=False)
        raise typer.Exit(Status.TOLERANCE)
    return None if as_json else console.typed("neurograph", "report", opened.path)


def _show(title: str, agreements: Iterable[Agreement], words: Words) -> None:
    columns = ("", "same predictions", "95 % interval", "same spikes", "final states")
    kept = [n for n in range(len(columns)) if words is NODES or n not in (1, 2)]
    rows = [[row[n] for n in kept] for row in map(_overview, agreements)]
    console.table(title, [columns[n] for n in kept], rows)
    for agreement in agreements:
        console.out.print()
        if agreement.identical:
            console.out.print(f"{_pair(agreement)}: no difference", markup=False)
        else:
            _show_differences(agreement, words)


def _show_differences(agreement: Agreement, words: Words) -> None:
    pair = _pair(agreement)
    console.out.print(f"{pair}: first difference: {agreement.first_difference}", markup=False)
    for line in _label_lines(agreement, words):
        console.out.print(line, markup=False)
    if agreement.differing_spikes:
        console.table(
            f"{pair}: neuron updates that differ, per {words.step}",
            ("layer", "first", "mean", "largest", f"in {words.step}"),
            list(_growth(agreement)),
        )
        console.table(
            f"{pair}: mean firing rates, and channels that carry nothing",
            ("layer", agreement.first, agreement.second, "moved", "dead", "full", "copies", "of"),
            list(_health(agreement)),
        )
        console.out.print(LEGEND, markup=False)
    for alarm in agreement.alarms:
        console.out.print(f"ALARM {alarm}", markup=False, style="bold red")


def _pair(agreement: Agreement) -> str:
    return f"{agreement.first} against {agreement.second}"


def _overview(a: Agreement) -> tuple[str, ...]:
    low, high = a.predictions_interval
    return (
        _pair(a),
        console.percent(a.predictions),
        f"{100 * low:.1f} to {100 * high:.1f} %",
        console.percent(a.spikes, 4),
        {None: "-", True: "equal", False: "differ"}[a.final_states],
    )


def _label_lines(agreement: Agreement, words: Words) -> Iterator[str]:
    labels, flips = agreement.labels, agreement.labels.flips
    changed = f"{labels.changed:,} of {agreement.nodes:,} predictions changed"
    if not labels.changed or flips is None:
        yield changed
    else:
        yield (
            f"{changed}; where the class is known: {flips.right_to_wrong:,} from right to wrong, "
            f"{flips.wrong_to_right:,} from wrong to right, {flips.wrong_to_wrong:,} from wrong to "
            "another wrong"
        )
    if labels.touched_share is not None:
        yield (
            f"{labels.touched:,} {words.many} have a differing spike in {labels.layer}, the last "
            f"layer; the prediction of {labels.touched_and_changed:,} of them "
            f"({console.percent(labels.touched_share, 1)}) changed"
        )
    if agreement.differing_spikes:
        share = labels.spikes_of_changed / agreement.differing_spikes
        yield (
            f"{labels.spikes_of_changed:,} of {agreement.differing_spikes:,} differing spikes "
            f"({console.percent(share, 1)}) are of {words.many} whose prediction changed"
        )


def _growth(agreement: Agreement) -> Iterator[tuple[str, ...]]:
    for name, layer in agreement.layers.items():
        worst = layer.worst
        shares = (layer.growth[0], layer.mean, layer.growth[worst])
        where = f"{worst + 1} of {len(layer.growth)}" if layer.mean else "-"
        yield name, *(console.percent(share, 3) for share in shares), where


def _health(agreement: Agreement) -> Iterator[tuple[str, ...]]:
    for name, layer in agreement.layers.items():
        first, second = layer.first, layer.second
        yield (
            name,
            console.percent(first.rate),
            console.percent(second.rate),
            console.percent(layer.emd, 3),
            *(
                f"{before} -> {after}"
                for before, after in zip(_counts(first), _counts(second), strict=True)
            ),
            f"{layer.channels:,}",
        )


def _counts(activity: Activity) -> tuple[int, int, int]:
    return len(activity.dead), len(activity.saturated), len(activity.duplicates)
