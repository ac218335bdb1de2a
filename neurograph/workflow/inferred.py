"""An inference from its first row to its records: chunk by chunk, kept as far as it came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from neurograph.core.words import Words
from neurograph.runtime.record import InferredPart
from neurograph.workflow.chunks import Chunks
from neurograph.workflow.draws import run_chunks
from neurograph.workflow.inference import Inference
from neurograph.workflow.results import keep_results
from neurograph.workflow.run import Run
from neurograph.workflow.run_entry import BackendRun, RunEntry
from neurograph.workflow.running import Running
from neurograph.workflow.ui import Ui


def keep_all(
    run: Run,
    of: Inference,
    running: Running,
    about: RunEntry,
    *,
    plan: Mapping[str, Any],
    options: Mapping[str, Any],
    resume: bool,
    ui: Ui,
) -> InferredPart:
    """Run all rows, and write records, events and the manifest's entry; the caller holds the lock.

    Args:
        about: what is said of these rows, and packages; the rest is filled in here.
        plan: JSON values that decide the results, beside backend and options.
        options: of the backend, by name, as they were given.
        resume: go on from where an interrupted run of the same plan was.

    Raises:
        RunError: what is to be gone on with is of another plan.
    """
    layout, name, kept = of.layout, running.name, running.backend.kept(options)
    whole = {**plan, "backend": name, "options": kept}
    chunks = Chunks(run.folder.chunks, layout.nodes, whole, resume=resume)
    with _said_what_is_kept(chunks, layout.words, ui):
        with ui.task(f"inference on {name}, {layout.words.many}") as progress:
            run_chunks(of, chunks, running, progress, ui.say)
        found = chunks.joined()
        runs = {
            n: BackendRun(
                seconds=found.seconds.get(n, 0.0),
                options=kept if n == name else {},
                record=r.sha256,
            )
            for n, r in found.records.items()
        }
        entry = replace(
            about,
            count=len(layout.nodes),
            network=of.integers.sha256,
            events=found.events.sha256,
            runs=runs,
        )
        keep_results(run, found, entry)
    chunks.remove()
    return found


@contextmanager
def _said_what_is_kept(chunks: Chunks, words: Words, ui: Ui) -> Iterator[None]:
    """Say what is not lost, and how to go on, if the block fails."""
    try:
        yield
    except BaseException:
        if chunks.done:
            total = len(chunks.nodes)
            kept = f"{chunks.done:,} of {total:,} {words.many} are kept"
            ui.say(f"{kept}; to go on: {ui.again}")
        raise
