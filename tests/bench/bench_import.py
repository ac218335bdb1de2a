"""How long DBLP takes from its text files to both neighbour lists."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from neurograph.graphs.io import import_edges

BAR_S = 5.0


def rows(data_dir: Path) -> list[dict[str, Any]]:
    """One row per way in; the text is SpikeNet's format, gzipped."""
    folder = data_dir / "dblp"
    ways = {
        "text": (folder / "dblp_unique.txt.gz", folder / "node2label.txt.gz"),
        "npz": (folder / "dblp.npz", None),
    }
    found = []
    for name, (edges, labels) in ways.items():
        start = time.perf_counter()
        import_edges(edges, labels=labels)
        seconds = time.perf_counter() - start
        found.append(
            {
                "name": f"DBLP import and both CSRs ({name})",
                "measured": round(seconds, 3),
                "unit": "s",
                "bar": f"<= {BAR_S:g}",
                "held": seconds <= BAR_S,
            }
        )
    return found
