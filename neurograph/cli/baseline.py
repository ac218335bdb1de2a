"""The command baseline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurograph.cli import console, yardsticks_view
from neurograph.cli.options import AsJson, Moved
from neurograph.core.errors import RunError

if TYPE_CHECKING:
    from neurograph.tasks.yardsticks.measured import Yardsticks
    from neurograph.workflow.network_scores import NetworkScores


def baseline(
    of: Annotated[
        Path | None,
        typer.Argument(metavar="[RUN|GRAPH]", help="run or graph folder [default the latest run]"),
    ] = None,
    features: Annotated[
        str | None, typer.Option(help="feature method, of a graph that has several")
    ] = None,
    graph: Moved = None,
    as_json: AsJson = False,
) -> str | None:
    """Measure simple methods that a network should beat, on the same split."""
    from neurograph.workflow.network_scores import network_scores
    from neurograph.workflow.run import Run
    from neurograph.workflow.yardsticks import measure_again, measure_on

    ui = console.RichUi()
    if of is not None and (of / "graph.json").exists():
        found, with_features = measure_on(of, features, ui=ui)
        if not with_features:
            ui.say(
                f"{of}: no features here, so no logistic regression on them; first: "
                f"neurograph features {of}"
            )
        _show(str(of), found, (), as_json)
        return None if as_json else console.typed("neurograph", "train", of)
    if features is not None:
        raise RunError("--features is for a graph folder; a run has its own: leave it out")
    if of is not None and not (of / "manifest.json").exists():
        raise RunError(
            f"{of}: needed the folder of a run (with manifest.json) or of a graph (with "
            "graph.json); run first: neurograph train, or neurograph data import"
        )
    run = Run.find(of, graph=graph)
    found = measure_again(run, ui=ui)
    _show(str(run.path), found, [*network_scores(run)], as_json)
    return None if as_json else console.typed("neurograph", "report", run.path)


def _show(title: str, found: Yardsticks, beside: Sequence[NetworkScores], as_json: bool) -> None:
    from neurograph.tasks import find_task

    if as_json:
        console.as_json(_tree(found, beside))
        return
    task = find_task(found.task)
    rows = [yardsticks_view.row(task, one.title, one.scores) for one in found.measured]
    for one in beside:
        if not {"val", "test"} & set(one.scores):
            continue  # of all nodes, or of those in a file: no column is theirs
        nodes = "" if one.nodes is None else f", {one.nodes:,} nodes"
        rows.append(yardsticks_view.row(task, f"* {one.title}{nodes}", one.scores))
    parts = yardsticks_view.parts(found)
    columns = yardsticks_view.columns(task)
    console.table(f"{title}: split {found.split}, {parts}", columns, rows)
    note = "; * the network of this run" if beside else ""
    console.out.print(
        f"{len(found.measured)} yardsticks in {console.waited():.1f} s{note}", markup=False
    )


def _tree(found: Yardsticks, beside: Sequence[NetworkScores]) -> dict[str, Any]:
    return {**yardsticks_view.to_dict(found), "network": [vars(one) for one in beside]}
