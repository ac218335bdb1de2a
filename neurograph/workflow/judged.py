"""What has run, and by what its answers are judged: of a graph's nodes, or of samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from neurograph.core.arrays import Array
from neurograph.graphs.sampling import TreeSpec
from neurograph.runtime.record import RunRecord
from neurograph.verify.compare import largest
from neurograph.workflow.inference import Inference
from neurograph.workflow.kept_results import nodes_of
from neurograph.workflow.laid_out import laid_out
from neurograph.workflow.run import Run


@dataclass(frozen=True, eq=False, kw_only=True)
class Judged:
    """The last inference of a run.

    Attributes:
        of: networks and rows.
        records: by backend, with logits.
        layer: the one whose spikes the answers are read from.
        truth: int ``(rows,)`` classes of the records, -1 where unknown; None: no classes.
        answers: what logits say.
        tree: what the rows of layers stand for.
        ids: of all nodes, as their source has them; None: as we number them.
    """

    of: Inference
    records: Mapping[str, RunRecord]
    layer: str
    truth: Array | None = None
    answers: Callable[[Array], Array] = largest
    tree: TreeSpec | None = None
    ids: Array | None = None


def judged_on_graph(run: Run) -> Judged:
    """Of a deployment: integers against floats, and every backend against the integers."""
    records, deployment, dataset = run.records, run.deployment, run.dataset
    nodes = nodes_of(records, dataset.graph.num_nodes, run.folder)
    task, tree = dataset.task, deployment.tree
    return Judged(
        of=Inference(
            integers=deployment.quantized,
            floats=deployment.network,
            layout=laid_out(dataset, nodes, tree, seed=deployment.sample_seed),
        ),
        records=records,
        layer=deployment.floats.readout.source,
        truth=task.truth(dataset.graph)[nodes] if task.classes else None,
        answers=task.answers,
        tree=tree,
        ids=dataset.graph.ids,
    )
