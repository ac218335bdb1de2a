"""How the network of a run is judged so far: by validation, and by whatever ran it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from neurograph.cost.baseline import load_baseline
from neurograph.runtime.record import FLOAT, REFERENCE
from neurograph.workflow.infer import score
from neurograph.workflow.run import Run

TITLES = {FLOAT: "in floats", REFERENCE: "in integers"}


@dataclass(frozen=True, kw_only=True)
class NetworkScores:
    """What one form of the network has.

    Attributes:
        title: as a person reads it.
        nodes: how many were scored on; None where it is all of the part.
        scores: by part of the split, then as the task has them.
    """

    title: str
    nodes: int | None
    scores: Mapping[str, Mapping[str, float | None]]


def network_scores(run: Run) -> Iterator[NetworkScores]:
    """Of the model that validation picked, then of every record of the last inference."""
    task, picked = run.dataset.task, run.checkpoint.meta["metrics"]
    val = {of.name: picked.get(f"val_{of.name}") for of in task.scores}
    yield NetworkScores(title="as validation picked it", nodes=None, scores={"val": val})
    if run.folder.baseline.exists():
        found = load_baseline(run.folder.baseline)
        title = f"{found.model}, without spikes"
        yield NetworkScores(title=title, nodes=found.count, scores={found.nodes: found.scores})
    if run.folder.events.exists():
        part, records = run.last.nodes, run.records
        for name, found_scores in score(run, records).items():
            count = len(records[name].nodes)
            scores = {part: found_scores}
            yield NetworkScores(title=TITLES.get(name, name), nodes=count, scores=scores)
