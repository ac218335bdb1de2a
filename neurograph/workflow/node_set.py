"""Which nodes a command is about: a part of the split, all, those without a label, or a file's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import RunError
from neurograph.core.nearest import did_you_mean
from neurograph.graphs.graph import PARTS
from neurograph.graphs.io.node_list import find_ids, read_nodes

if TYPE_CHECKING:
    from neurograph.workflow.dataset import Dataset

ALL, UNLABELLED = "all", "unlabelled"
Wanted = str | Path | Sequence[Any] | Array
NODE_SETS = (*PARTS, ALL, UNLABELLED)  # by name; any other is a file


def find_nodes(dataset: Dataset, wanted: Wanted, say: Callable[[str], object]) -> Array:
    """Nodes by the name of their set, ascending; or those of a list of ids, in its order.

    Args:
        wanted: one of `NODE_SETS`, the path of a file, or ids.
        say: is told of ids that are there more than once.

    Returns:
        Their indices, int64 and all different.

    Raises:
        RunError: no such set and no such file, or an empty one.
        DataError: the file cannot be read, or ids of no node of the graph.
    """
    if not isinstance(wanted, (str, Path)):
        return _once(find_ids(np.asarray(wanted), dataset.graph, "nodes"), "nodes", say)
    wanted = str(wanted)
    if wanted in PARTS:
        found: Array = getattr(dataset.split, wanted)
        why = f"the split {dataset.split.name} has no {wanted} nodes"
    elif wanted == ALL:
        found, why = np.arange(dataset.graph.num_nodes), "the graph has no nodes"
    elif wanted == UNLABELLED:
        found = np.flatnonzero(~dataset.task.known(dataset.graph))
        why = f"every node of graph '{dataset.graph.name}' has a label; all of them: --nodes all"
    else:
        return _listed(dataset, Path(wanted), say)
    if not len(found):
        raise RunError(why)
    return found


def _listed(dataset: Dataset, path: Path, say: Callable[[str], object]) -> Array:
    if not path.is_file():
        raise RunError(
            f"no node set '{path}', and no such file; known: {', '.join(NODE_SETS)}, or a file "
            f"with an id per line{did_you_mean(str(path), NODE_SETS)}"
        )
    return _once(read_nodes(path, dataset.graph), str(path), say)


def _once(found: Array, where: str, say: Callable[[str], object]) -> Array:
    """Each node where it comes first."""
    if not len(found):
        raise RunError(f"{where}: no ids; give at least one")
    first = np.sort(np.unique(found, return_index=True)[1])
    if again := len(found) - len(first):
        say(f"{where}: {again:,} of its {len(found):,} ids are there before; each node counts once")
    return found[first]
