"""What a model makes of nodes, averaged over several sampled trees of each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import numpy as np

from neurograph.core.arrays import Array
from neurograph.runtime.backends import monotonic
from neurograph.runtime.record import RunRecord
from neurograph.workflow.executor import Executor, Ran
from neurograph.workflow.trees import Trees
from neurograph.workflow.ui import Ui


def average(
    executor: Executor,
    trees: Trees,
    read: Callable[[RunRecord], Array],
    ui: Ui,
    seen: Callable[[Ran], object] = lambda _: None,
) -> Array:
    """The mean over the draws; of one draw, what `read` gives, in its own type.

    Args:
        read: what is averaged, ``(nodes, ...)`` of a record.
        seen: is called with everything that ran.

    Returns:
        ``(nodes, ...)`` of `trees`; no more than a few chunks of records exist at once.
    """
    total, done = np.empty(0), 0
    with ui.task(f"inference on {executor.name}, trees") as progress:
        progress(0, len(trees))
        with closing(executor.run(trees, monotonic(progress), ui.say)) as running:
            for ran in running:
                seen(ran)
                found = read(ran.record)
                if not done:
                    total = np.zeros((len(trees.nodes), *found.shape[1:]), found.dtype)
                first = done
                for _, of in trees.by_draw(slice(first, first + len(found))):
                    total[of] += found[done - first : done - first + of.stop - of.start]
                    done += of.stop - of.start
    return total if trees.draws == 1 else total / trees.draws
