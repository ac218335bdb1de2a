"""What a model makes of nodes, averaged over all rows that answer for each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import numpy as np

from neurograph.core.arrays import Array
from neurograph.runtime.backends import monotonic
from neurograph.runtime.record import RunRecord
from neurograph.workflow.executor import Executor, Ran
from neurograph.workflow.layout import Layout
from neurograph.workflow.ui import Ui


def average(
    executor: Executor,
    layout: Layout,
    read: Callable[[RunRecord], Array],
    ui: Ui,
    seen: Callable[[Ran], object] = lambda _: None,
) -> Array:
    """The mean over the draws; of one draw, what `read` gives, in its own type.

    Args:
        read: what is averaged, ``(nodes, ...)`` of a record.
        seen: is called with everything that ran.

    Returns:
        ``(nodes, ...)`` of `layout`; no more than a few chunks of records exist at once.
    """
    total, done = np.empty(0), 0
    with ui.task(f"inference on {executor.name}, {layout.unit}") as progress:
        progress(0, len(layout))
        with closing(executor.run(layout, monotonic(progress), ui.say)) as running:
            for ran in running:
                seen(ran)
                found = read(ran.record)
                if not done:
                    total = np.zeros((len(layout.nodes), *found.shape[1:]), found.dtype)
                part = slice(done, done + len(found))
                for asked, here in layout.places(part):
                    total[asked] += found[here]
                done = part.stop
    return total if layout.draws == 1 else total / layout.draws
