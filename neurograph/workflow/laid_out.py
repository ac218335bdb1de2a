"""Which layout a trained or deployed network runs on."""

from __future__ import annotations

from neurograph.core.arrays import Array
from neurograph.core.errors import RunError
from neurograph.graphs.sampling import TreeSpec
from neurograph.workflow.dataset import SAMPLE_SEED, Dataset
from neurograph.workflow.layout import GraphLayout
from neurograph.workflow.trees import Trees
from neurograph.workflow.whole_graph import WholeGraph


def laid_out(
    dataset: Dataset,
    nodes: Array,
    tree: TreeSpec | None,
    *,
    draws: int = 1,
    seed: int = SAMPLE_SEED,
) -> GraphLayout:
    """The rows to run.

    Args:
        tree: what a node's network reads; None: all nodes run at once, and hear each other.
        draws: sampled trees per node.

    Raises:
        RunError: less than one draw, or several where nothing is drawn.
    """
    if draws < 1:
        raise RunError(f"--draws is {draws}, needed at least 1")
    if tree is not None:
        return Trees(dataset=dataset, nodes=nodes, spec=tree, draws=draws, seed=seed)
    if draws > 1:
        raise RunError(
            f"--draws is {draws}, and a network of the whole graph draws nothing: all runs are "
            "alike; leave it out"
        )
    return WholeGraph(dataset=dataset, nodes=nodes)
