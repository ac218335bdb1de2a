"""The command run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from neurograph.cli import backend_options, baseline_view, console, generated
from neurograph.cli.options import Nodes, Run
from neurograph.core.errors import RunError


def panels() -> Iterator[generated.Panel]:
    """What every backend lets its user choose."""
    return backend_options.panels()


def run(
    context: typer.Context,
    run: Run = None,
    backend: Annotated[
        str | None,
        typer.Option(
            "--backend", "--target", help="what runs it [default what it is exported for]"
        ),
    ] = None,
    nodes: Nodes = "test",
    limit: Annotated[int | None, typer.Option(help="at most so many nodes")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on with an interrupted run")] = False,
    from_snapshot: Annotated[
        int | None,
        typer.Option(
            help="of a whole graph: go on from the state that was kept after so many snapshots"
        ),
    ] = None,
    keep_state: Annotated[
        int | None,
        typer.Option(help="of a whole graph: keep every node's state after so many snapshots"),
    ] = None,
) -> None:
    """Run the integers on a backend, and on the reference beside it; or a model without spikes."""
    from neurograph.workflow.baseline import has_spikes, infer_baseline
    from neurograph.workflow.infer import infer, score
    from neurograph.workflow.run import Run as OpenRun

    opened = OpenRun.find(run)
    if not has_spikes(opened):
        typed = generated.options(context)
        stages = {"--from-snapshot": from_snapshot, "--keep-state": keep_state}
        baseline_view.refuse({"--backend": backend, **typed, "--resume": resume or None, **stages})
        with console.RichUi().task("inference, nodes") as progress:
            found = infer_baseline(opened, part=nodes, limit=limit, progress=progress)
        baseline_view.show(opened.folder.baseline, found)
        return
    options = {}
    if generated.options(context):
        backend = backend or opened.backend
        options = backend_options.given(context, backend)
    done = infer(
        opened,
        backend=backend,
        part=nodes,
        limit=limit,
        resume=resume,
        from_snapshot=_snapshots("--from-snapshot", from_snapshot),
        keep_state=_snapshots("--keep-state", keep_state),
        options=options,
        ui=console.RichUi(),
    )
    records, seconds = done.records, done.seconds
    scores, task = score(opened, records), opened.dataset.task
    rows = [
        (
            name,
            len(r.nodes),
            *(s.shown(scores[name][s.name]) for s in task.scores),
            f"{seconds[name]:.1f}",
        )
        for name, r in records.items()
    ]
    columns = ("ran on", "nodes", *(s.title for s in task.scores), "seconds")
    told = opened.dataset.told(next(iter(records.values())).nodes, nodes)
    title = f"{opened.path}: {nodes} nodes"
    console.table(f"{title} ({told})" if told else title, columns, rows)


def _snapshots(option: str, given: int | None) -> int:
    """How many snapshots an option says; 0 where it is not given.

    Raises:
        RunError: less than one.
    """
    if given is not None and given < 1:
        raise RunError(f"{option} is {given}, needed at least 1: so many snapshots are done")
    return given or 0
