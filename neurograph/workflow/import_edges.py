"""Lists of edges as `neurograph.graphs.io` reads them, and PyTorch's files too."""

from __future__ import annotations

import functools
from typing import Any

from neurograph.graphs import io
from neurograph.graphs.graph import TemporalGraph


@functools.wraps(io.import_edges)
def import_edges(*edges: Any, **options: Any) -> TemporalGraph:
    """Read edges of any form; see `neurograph.graphs.io.import_edges`."""
    from neurograph.models.torch_file import arrays_of

    return io.import_edges(*edges, **{"readers": {"torch": arrays_of}, **options})
