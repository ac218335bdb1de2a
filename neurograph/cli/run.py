"""The command run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurograph.cli import (
    backend_options,
    baseline_view,
    console,
    generated,
    names,
    samples_view,
)
from neurograph.cli.generated import completing
from neurograph.cli.options import AsJson, Moved, Nodes, Overwrite, Run
from neurograph.core.errors import RunError

if TYPE_CHECKING:
    from neurograph.workflow.run import Run as OpenRun


def panels() -> Iterator[generated.Panel]:
    """What every backend lets its user choose."""
    return backend_options.panels()


def run(
    context: typer.Context,
    run: Run = None,
    backend: Annotated[
        str | None,
        typer.Option(
            "--backend",
            "--target",
            help="what runs it [default what it is exported for]",
            autocompletion=completing(names.backends),
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
    given: Annotated[
        Path | None,
        typer.Option(
            "--input",
            help="of an imported network: .npz file with an integer array per input (samples, "
            "steps, rows, channels), and labels where they are known",
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(help="of an imported network: so many steps [default as many as the input]"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            help="of an imported network: file for output spikes and their counts, .npz, .json, "
            ".csv or .parquet",
        ),
    ] = None,
    overwrite: Overwrite = False,
    graph: Moved = None,
    as_json: AsJson = False,
) -> str | None:
    """Run the integers on a backend, and on the reference beside it; or a model without spikes."""
    from neurograph.workflow.baseline import has_spikes, infer_baseline
    from neurograph.workflow.infer import infer, score
    from neurograph.workflow.run import Run as OpenRun

    opened = OpenRun.find(run, graph=graph)
    of_graph = {
        "--nodes": None if nodes == "test" else nodes,
        "--from-snapshot": from_snapshot,
        "--keep-state": keep_state,
    }
    of_samples = {
        "--input": given,
        "--steps": steps,
        "--out": out,
        "--overwrite": overwrite or None,
    }
    if opened.folder.imported.exists():
        samples_view.refuse(of_graph, f"{opened.path}: an imported network has no graph")
        if given is None:
            raise RunError(f"{opened.path}: an imported network needs its input: --input FILE.npz")
        asked = {"steps": steps, "limit": limit, "resume": resume}
        return _over_samples(
            context, opened, given, backend, out, overwrite=overwrite, as_json=as_json, **asked
        )
    samples_view.refuse(of_samples, f"{opened.path}: its inputs are those of its graph")
    if not has_spikes(opened):
        typed = generated.options(context)
        stages = {"--from-snapshot": from_snapshot, "--keep-state": keep_state}
        baseline_view.refuse({"--backend": backend, **typed, "--resume": resume or None, **stages})
        with console.RichUi().task("inference, nodes") as progress:
            found = infer_baseline(opened, part=nodes, limit=limit, progress=progress)
        then = console.typed("neurograph", "report", "RUN", "--baseline", opened.path)
        if as_json:
            console.as_json({"run": str(opened.path), **found.to_dict(), "next": then})
            return None
        baseline_view.show(opened.folder.baseline, found)
        return then
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
        ui=console.RichUi(generated.again(context, "--resume")),
    )
    records, seconds = done.records, done.seconds
    scores, task = score(opened, records), opened.dataset.task
    told = opened.dataset.told(next(iter(records.values())).nodes, nodes)
    then = console.typed("neurograph", "verify", opened.path)
    if as_json:
        by = {
            name: {"nodes": len(r.nodes), "scores": scores[name], "seconds": seconds[name]}
            for name, r in records.items()
        }
        facts = {"run": str(opened.path), "nodes": nodes, "told": told}
        console.as_json({**facts, "ran_on": by, "next": then})
        return None
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
    title = f"{opened.path}: {nodes} nodes"
    console.table(f"{title} ({told})" if told else title, columns, rows)
    return then


def _over_samples(
    context: typer.Context,
    opened: OpenRun,
    given: Path,
    backend: str | None,
    out: Path | None,
    *,
    overwrite: bool,
    as_json: bool,
    **asked: Any,
) -> str | None:
    from neurograph.core.table_file import check_output
    from neurograph.runtime.backends import default_backend
    from neurograph.workflow.samples.infer import infer_samples
    from neurograph.workflow.samples.written import outputs

    name = backend or default_backend()
    options = backend_options.given(context, name)
    if out is not None:
        check_output(out, overwrite=overwrite)
    ui = console.RichUi(generated.again(context, "--resume"))
    ran = infer_samples(opened, given, backend=name, options=options, ui=ui, **asked)
    if out is not None:
        outputs(ran.judged, name).write(out)
    then = console.typed("neurograph", "verify", opened.path)
    if as_json:
        facts = {"run": str(opened.path), "input": str(given), "file": out and str(out)}
        console.as_json({**facts, **samples_view.to_dict(ran), "next": then})
        return None
    samples_view.show(f"{opened.path}: {given.name}", ran)
    if out is not None:
        console.out.print(f"{out}: spikes of {ran.judged.layer}, on {name}", markup=False)
    return then


def _snapshots(option: str, given: int | None) -> int:
    """How many snapshots an option says; 0 where it is not given.

    Raises:
        RunError: less than one.
    """
    if given is not None and given < 1:
        raise RunError(f"{option} is {given}, needed at least 1: so many snapshots are done")
    return given or 0
