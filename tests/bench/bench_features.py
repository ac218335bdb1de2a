"""How long features of the 27 snapshots of DBLP take: the default method, and DeepWalk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from bench_dblp import graph_folder

from neurograph.graphs.embed import DEFAULT, load_features, make_features
from neurograph.graphs.io import load_graph

BAR_S = 180.0
YARDSTICK = "deepwalk"


def rows(data_dir: Path) -> list[dict[str, Any]]:
    """Seconds of both methods, compiling included.

    The yardstick takes a quarter of an hour, so its seconds are those of the one time that it was
    made for the other benchmarks; another run, so no ratio.
    """
    folder = graph_folder(data_dir, YARDSTICK)
    yardstick = float(load_features(folder, YARDSTICK).meta["seconds"])
    with tempfile.TemporaryDirectory() as scratch:
        made = make_features(load_graph(folder), Path(scratch), method=DEFAULT)
    default = float(made.meta["seconds"])
    return [
        _row(f"default features ({DEFAULT}), DBLP, 27 snapshots", default, "s", BAR_S),
        _row(f"{YARDSTICK} features, DBLP, 27 snapshots, when made", yardstick, "s"),
    ]


def _row(name: str, measured: float, unit: str, bar: float | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "measured": round(measured, 2),
        "unit": unit,
        "bar": None if bar is None else f"<= {bar:g}",
        "held": None if bar is None else measured <= bar,
    }
