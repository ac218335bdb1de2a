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
    from neurograph.workflow import pipeline
    from neurograph.workflow.folder import find_run
    from neurograph.workflow.twin import infer_twin, is_twin

    folder = find_run(run)
    given = {"python": lava_python, "lowering": lowering, "batch": batch}
    if is_twin(folder):
        names = {"--lava-python": lava_python, "--lowering": lowering, "--batch": batch}
        baseline_view.refuse({"--target": target, **names, "--resume": resume or None})
        with console.RichUi().task("inference, targets") as progress:
            found = infer_twin(folder, part=nodes, limit=limit, progress=progress)
        baseline_view.show(folder.baseline, found)
        return
    done = pipeline.infer(
        folder,
        target=target,
        part=nodes,
        limit=limit,
        resume=resume,
        options={name: value for name, value in given.items() if value is not None},
        ui=console.RichUi(),
    )
    records, seconds = done.records, done.seconds
    scores = pipeline.score(folder, records)
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
    columns = ("ran on", "targets", "micro-F1", "macro-F1", "seconds")
    console.table(f"{folder.path}: {nodes} nodes", columns, rows)
