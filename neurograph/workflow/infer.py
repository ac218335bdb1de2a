"""Run the integers on a backend, with floats and the reference beside it: writes records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from neurograph.core.arrays import fingerprint
from neurograph.runtime.backends import Say, find_backend
from neurograph.runtime.record import InferredPart, RunRecord
from neurograph.workflow.chunks import Chunks
from neurograph.workflow.draws import run_chunks
from neurograph.workflow.results import keep_results
from neurograph.workflow.run import Run
from neurograph.workflow.run_entry import BackendRun, RunEntry
from neurograph.workflow.running import Running
from neurograph.workflow.stages import Stages, in_stages
from neurograph.workflow.ui import SILENT, Ui


def infer(
    run: Run,
    *,
    backend: str | None = None,
    part: str = "test",
    limit: int | None = None,
    resume: bool = False,
    from_snapshot: int = 0,
    keep_state: int = 0,
    options: Mapping[str, Any] | None = None,
    ui: Ui = SILENT,
) -> InferredPart:
    """Run the float network, the integer reference and a backend over the same nodes.

    Records of other backends stay where they are of the same nodes and integers.

    Args:
        backend: default: the one exported for.
        part: whose nodes, as `Dataset.nodes` takes it.
        limit: at most so many nodes.
        resume: go on from where an interrupted run was.
        from_snapshot: go on from the state that was kept after so many snapshots of a whole
            graph; 0: from the first one.
        keep_state: keep the state after so many snapshots; 0: none.
        options: the backend's own, by name.
    """
    with run.folder.lock("run"):
        run.forget("deployment")  # read before the lock held, it may be another by now
        deployment, name = run.deployment, backend or run.backend
        chosen = find_backend(name)
        settings = chosen.settings(options or {})
        nodes = run.dataset.nodes(part, limit, ui.say)
        made_from = fingerprint(run.folder.deployment.read_bytes())
        plan = {"deployment": made_from, "backend": name, "options": dict(options or {})}
        stages = Stages(folder=run.path, begin=from_snapshot, keep=keep_state)
        running = Running(name=name, backend=chosen, options=settings)
        if stages.facts:
            running = in_stages(running, stages, deployment, run.dataset)
            plan |= stages.facts
        chunks = Chunks(run.folder.chunks, nodes, plan, resume=resume)
        with _said_what_is_kept(chunks, ui.say):
            with ui.task(f"inference on {name}, nodes") as progress:
                run_chunks(deployment, run.dataset, chunks, running, progress, ui.say)
            found = chunks.joined()
            entry = RunEntry(
                nodes=part,
                count=len(nodes),
                nodes_sha256=fingerprint(nodes),
                network=deployment.quantized.sha256,
                runs={n: BackendRun(seconds=s) for n, s in found.seconds.items()}
                | {name: BackendRun(seconds=found.seconds[name], options=dict(options or {}))},
                packages=chosen.packages,
            )
            keep_results(run, found, entry)
        chunks.remove()
    return found


def score(run: Run, records: Mapping[str, RunRecord]) -> dict[str, dict[str, float | None]]:
    """Scores of every record, by their names; None where no truth is known."""
    return {name: run.dataset.score(r.logits, r.nodes) for name, r in records.items()}


@contextmanager
def _said_what_is_kept(chunks: Chunks, say: Say) -> Iterator[None]:
    """Say what is not lost, and how to go on, if the block fails."""
    try:
        yield
    except BaseException:
        if chunks.done:
            total = len(chunks.nodes)
            say(f"{chunks.done:,} of {total:,} nodes are kept; to go on: the same with --resume")
        raise
