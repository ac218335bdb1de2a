"""Labels of one of two kinds of nodes, which write ids without the mark of their kind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurograph.graphs.io.doubts import Doubts
from neurograph.graphs.io.ends import Ends
from neurograph.graphs.io.label_list import LabelList
from neurograph.graphs.io.names import NodeNames


def marked(labels: LabelList, ends: Ends, edges: NodeNames, doubts: Doubts) -> LabelList:
    """Labels by the ids of the graph: "user:3" where a file of users has 3.

    Args:
        edges: the nodes that edges have.
        doubts: asked where both kinds have such ids.
    """
    if ends.kinds is None or labels.ids is None or (edges.index(labels.ids) >= 0).any():
        return labels
    forms = [
        np.array([f"{kind}:{one}" for one in labels.ids.tolist()], object) for kind in ends.kinds
    ]
    known = [int((edges.index(ids) >= 0).sum()) for ids in forms]
    if not any(known):
        return labels
    best = int(known[1] > known[0])
    kind, other = ends.kinds[best], ends.kinds[1 - best]
    told = f"node {labels.ids[0]} is {kind}:{labels.ids[0]}"
    if known[1 - best]:
        doubts.ask(
            f"{labels.what}: are its {len(labels):,} nodes of kind {kind} ({known[best]:,} are "
            f"there) or {other} ({known[1 - best]:,})?",
            f"they are of kind {kind}: {told}",
            f"--yes; else write the ids as {other}:{labels.ids[0]}",
        )
    note = f"nodes of {labels.what} are of kind {kind}: {told}"
    return replace(labels, ids=forms[best], notes=(*labels.notes, note))
