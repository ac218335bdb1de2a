"""When each step of a graph was, where the rule that made its steps still says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.graph import TemporalGraph

SECONDS = {"": 1, "s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
DAY = 86_400


def step_times(graph: TemporalGraph) -> Array | None:
    """The source's time at which each step begins ``(T,)``; None where it is not known.

    Numbers as the source counts, or texts such as 2011-03-13 where its times are dates.
    """
    rule = graph.meta.get("time_rule")
    if not isinstance(rule, Mapping):
        return None
    times = _numbers(rule, graph.num_steps)
    if times is None or len(times) != graph.num_steps:
        return None
    return _dates(times) if rule.get("first_time_shown") else times


def _numbers(rule: Mapping[str, Any], steps: int) -> Array | None:
    kind = rule.get("kind")
    if kind == "distinct" and "slots" not in rule:
        return np.array(rule["times"])
    if kind == "count":
        return np.array(rule["first_times"])
    if kind == "steps":
        return _even(rule["first_time"], rule["width"], steps)
    if kind == "window" and (unit := rule.get("width_unit", "")) in SECONDS:
        return _even(rule.get("start", rule["first_time"]), rule["width"] * SECONDS[unit], steps)
    return None


def _even(start: float, width: float, steps: int) -> Array:
    """Integers where all are whole."""
    width = int(width) if float(width).is_integer() else width
    times: Array = start + np.arange(steps) * width
    return times


def _dates(seconds: Array) -> Array:
    """Days where all begin at midnight, else with the time of day (UTC)."""
    exact = np.round(seconds * 1e6).astype("datetime64[us]")
    unit = "D" if (seconds % DAY == 0).all() else "s" if (seconds % 1 == 0).all() else "us"
    return exact.astype(f"datetime64[{unit}]").astype(np.str_)
