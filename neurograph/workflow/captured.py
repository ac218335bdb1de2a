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

    Args:
        mapping: "trees" or "resident"; by default as trained.
        latency: as `models.capture` takes it.

    Raises:
        ModelError, NetworkError: as `models.capture` raises them.
        DataError: as `Run.dataset` raises it.
    """
    from neurograph import models  # takes seconds

    config = run.checkpoint.config
    mapping = mapping or config.mapping
    if mapping == TREES:
        return models.capture(run.checkpoint, latency=latency, mapping=mapping), config.tree
    dataset = run.dataset
    labels = dataset.labels_in
    network = models.capture(
        run.checkpoint,
        latency=latency,
        mapping=mapping,
        graph=dataset.graph,
        seen=None if labels is None else labels != NOTHING,
    )
    return network, None
