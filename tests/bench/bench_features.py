"""How long features of the 27 snapshots of DBLP take: the default method, and DeepWalk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from neurograph.data import import_edges
from neurograph.features import DEFAULT, make_features
from neurograph.graph import TemporalGraph

BAR_S = 180.0
YARDSTICK = "deepwalk"


def rows(data_dir: Path) -> list[dict[str, Any]]:
    """Wall seconds of both methods, compiling included, and how many times faster ours is."""
    graph = import_edges(data_dir / "dblp" / "dblp.npz", name="dblp")
    default, yardstick = _seconds(graph, DEFAULT), _seconds(graph, YARDSTICK)
    return [
        _row(f"default features ({DEFAULT}), DBLP, 27 snapshots", default, "s", BAR_S),
        _row(f"{YARDSTICK} features, DBLP, 27 snapshots", yardstick, "s"),
        _row(f"{YARDSTICK} / {DEFAULT}", yardstick / default, "x"),
    ]


def _seconds(graph: TemporalGraph, method: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return float(make_features(graph, Path(folder), method=method).meta["seconds"])


def _row(name: str, measured: float, unit: str, bar: float | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "measured": round(measured, 2),
        "unit": unit,
        "bar": None if bar is None else f"<= {bar:g}",
        "held": None if bar is None else measured <= bar,
    }
