"""The command run."""

from __future__ import annotations

from typing import Annotated

import typer

from neurograph.cli import baseline_view, console
from neurograph.cli.options import LavaPython, Run


def run(
    run: Run = None,
    target: Annotated[str | None, typer.Option(help="Default: the one exported for.")] = None,
    nodes: Annotated[str, typer.Option(help="train, val, test or all.")] = "test",
    limit: Annotated[int | None, typer.Option(help="At most so many nodes.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run.")
    ] = False,
    lava_python: LavaPython = None,
    lowering: Annotated[
        str | None,
        typer.Option(help="loihi-sim: fused, or stock (Lava's own connections, to compare)."),
    ] = None,
    batch: Annotated[
        int | None, typer.Option(help="loihi-sim: targets side by side in a Lava process.")
    ] = None,
) -> None:
    """Run the integers on the target, and on the reference beside it; or a model without spikes."""
    from neurograph.workflow.baseline import has_spikes, infer_baseline
    from neurograph.workflow.infer import infer, score
    from neurograph.workflow.run import Run as OpenRun

    opened = OpenRun.find(run)
    given = {"python": lava_python, "lowering": lowering, "batch": batch}
    if not has_spikes(opened):
        names = {"--lava-python": lava_python, "--lowering": lowering, "--batch": batch}
        baseline_view.refuse({"--target": target, **names, "--resume": resume or None})
        with console.RichUi().task("inference, nodes") as progress:
            found = infer_baseline(opened, part=nodes, limit=limit, progress=progress)
        baseline_view.show(opened.folder.baseline, found)
        return
    done = infer(
        opened,
        backend=target,
        part=nodes,
        limit=limit,
        resume=resume,
        options={name: value for name, value in given.items() if value is not None},
        ui=console.RichUi(),
    )
    records, seconds = done.records, done.seconds
    scores = score(opened, records)
    rows = [
        (
            name,
            len(r.nodes),
            console.percent(scores[name].micro),
            console.percent(scores[name].macro),
            f"{seconds[name]:.1f}",
        )
        for name, r in records.items()
    ]
    columns = ("ran on", "nodes", "micro-F1", "macro-F1", "seconds")
    console.table(f"{opened.path}: {nodes} nodes", columns, rows)
