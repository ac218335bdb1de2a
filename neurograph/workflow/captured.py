"""The float network of a run's model, laid out over sampled trees or over its whole graph."""

from __future__ import annotations

from neurograph.graphs.label_spikes import NOTHING
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import Network
from neurograph.models.config import TREES
from neurograph.workflow.run import Run


def captured(
    run: Run, *, mapping: str | None = None, latency: int | None = None
) -> tuple[Network, TreeSpec | None]:
    """The network, and what it is given per node: a tree, or None where all nodes run at once.

    It has as many snapshots as the graph has now.

    Args:
        mapping: "trees" or "resident"; by default as trained.
        latency: as `models.capture` takes it.

    Raises:
        ModelError, NetworkError: as `models.capture` raises them.
        DataError: as `Run.dataset` raises it.
    """
    from neurograph import models  # takes seconds

    dataset = run.dataset
    checkpoint = run.checkpoint.with_steps(dataset.graph.num_steps)
    mapping = mapping or checkpoint.config.mapping
    if mapping == TREES:
        tree = checkpoint.config.tree
        return models.capture(checkpoint, latency=latency, mapping=mapping), tree
    labels = dataset.labels_in
    network = models.capture(
        checkpoint,
        latency=latency,
        mapping=mapping,
        graph=dataset.graph,
        seen=None if labels is None else labels != NOTHING,
    )
    return network, None
