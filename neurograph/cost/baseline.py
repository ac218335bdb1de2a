"""What a model without spikes does on the same nodes: what a report sets beside the spikes."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurograph.core.errors import ModelError, StoreError
from neurograph.core.json_text import parse_json
from neurograph.core.machine import unreadable
from neurograph.core.nearest import unknown
from neurograph.core.reading import read_bytes
from neurograph.core.typed import check_fields
from neurograph.cost.complexity import Complexity
from neurograph.tasks import find_task

KIND, SCHEMA = "neurograph baseline", 2
_OLD_SCORES = ("micro_f1", "macro_f1")  # of the first schema, which knew one task


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """One run of a model without spikes.

    Attributes:
        model: its name.
        nodes: which (train, val, test or all).
        count: how many.
        nodes_sha256: of their ids.
        graph_sha256, features_sha256, split: what it was trained and run on.
        hidden, fanouts: widths of its layers and draws per hop.
        task: its name.
        scores: of the task, over the nodes of known truth; None where none is known.
        complexity: operations per inference, zeros and size.
        seconds: wall time of the run.
    """

    model: str
    nodes: str
    count: int
    nodes_sha256: str
    graph_sha256: str
    features_sha256: str
    split: str
    hidden: tuple[int, ...]
    fanouts: tuple[int, ...]
    seed: int
    task: str
    scores: Mapping[str, float | None]
    complexity: Complexity
    seconds: float
    versions: Mapping[str, str]

    def __post_init__(self) -> None:
        for name in ("hidden", "fanouts"):  # lists, where they come from a file
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not (self.scores and all(map(self._possible, self.scores)) and self.count >= 1):
            raise StoreError(
                f"scores {dict(self.scores)} over {self.count} nodes; needed finite numbers, "
                "shares from 0 to 1, over at least 1"
            )

    def _possible(self, name: str) -> bool:
        value = self.scores[name]
        shares = {score.name for score in find_task(self.task).scores if score.percent}
        return value is None or (0 <= value <= 1 if name in shares else math.isfinite(value))

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        given = {**vars(self), "complexity": self.complexity.to_dict()}
        return {"kind": KIND, "schema_version": SCHEMA, **given}


def load_baseline(path: Path, models: Collection[str] | None = None) -> Baseline:
    """Read a `baseline.json`.

    Args:
        models: names of the models without spikes; None for any.

    Raises:
        StoreError: no such file, another kind or schema version, or a damaged file.
    """
    try:
        given = parse_json(read_bytes(path))
    except FileNotFoundError as error:
        raise StoreError(
            f"{path}: no such file; run first: neurograph run on the model without spikes"
        ) from error
    except (OSError, ValueError) as error:
        damaged = StoreError(f"{path}: damaged or not a baseline ({error}); run it again")
        raise unreadable(path, error, damaged) from error
    if not isinstance(given, dict) or given.pop("kind", None) != KIND:
        raise StoreError(f"{path}: not a {KIND}")
    if (schema := given.pop("schema_version", None)) not in (1, SCHEMA):
        raise StoreError(
            f"{path}: schema {schema}, this neurograph reads 1 to {SCHEMA}; run it again"
        )
    try:
        if schema == 1:
            scores = {name: given.pop(name) for name in _OLD_SCORES}
            given |= {"task": "node-classification", "scores": scores}
            given["count"] = given.pop("targets")
        given = {n: tuple(x) if isinstance(x, list) else x for n, x in given.items()}
        check_fields(Baseline, {n: x for n, x in given.items() if n != "complexity"})
        complexity = Complexity.from_dict(given.pop("complexity"))
        found = Baseline(**given, complexity=complexity)
        _check_model(found.model, models)
    except (KeyError, TypeError, AttributeError, ModelError, StoreError) as error:
        raise StoreError(f"{path}: damaged baseline ({error}); run it again") from error
    return found


def _check_model(name: str, models: Collection[str] | None) -> None:
    if models is not None and name not in models:
        raise StoreError(unknown("model without spikes", name, models))
