"""Yardsticks as they are kept beside a run: scores by part of the split, and every answer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from neurograph.core.arrays import Array
from neurograph.core.errors import NeuroGraphError, StoreError
from neurograph.core.json_text import parse_json
from neurograph.core.machine import unreadable
from neurograph.core.reading import read_bytes
from neurograph.tasks.registry import find_task
from neurograph.tasks.task import Task
from neurograph.tasks.yardsticks.arithmetic import Arithmetic
from neurograph.tasks.yardsticks.packed import pack, unpack
from neurograph.tasks.yardsticks.yardstick import Yardstick, checked

KIND, SCHEMA = "neurograph yardsticks", 2
PARTS = ("val", "test")  # that are scored
Scores = Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A yardstick whose answers are scored.

    Attributes:
        name, title, about, chosen, seconds, hears_labels, arithmetic: see `Yardstick`; the last two
            are None in files of the first schema.
        scores: by part ("val", "test"), then as the task has them; with folds, "val" is of the
            nodes that they leave out.
        packed: the outputs, see `packed.pack`.
    """

    name: str
    title: str
    about: str
    chosen: str
    scores: Mapping[str, Scores]
    packed: Mapping[str, Any]
    seconds: float = 0.0
    hears_labels: bool | None = None
    arithmetic: Arithmetic | None = None

    @classmethod
    def of(cls, yardstick: Yardstick, scores: Mapping[str, Scores]) -> Measured:
        """With scores by part."""
        names = ("name", "title", "about", "chosen", "seconds", "hears_labels", "arithmetic")
        told = {name: getattr(yardstick, name) for name in names}
        return cls(**told, scores=scores, packed=pack(yardstick.outputs))

    @cached_property
    def outputs(self) -> Array:
        """``(nodes, outputs)``, of every node of the graph."""
        return unpack(self.packed)


@dataclass(frozen=True, kw_only=True)
class Yardsticks:
    """What simple methods make of the nodes on which a network is judged.

    Attributes:
        task: its name.
        graph_sha256: of the graph.
        features_sha256: of what logistic regression read; empty where there are no features.
        split: its name.
        split_sha256: of its nodes.
        folds: parts of the training and validation nodes that were left out in turn to choose among
            settings; 0 where validation nodes chose.
        count: how many nodes were fitted on ("train"), chose ("val"), and only score ("test").
        measured: simplest first.
        versions: of what computed them.
    """

    task: str
    graph_sha256: str
    features_sha256: str
    split: str
    split_sha256: str
    folds: int
    count: Mapping[str, int]
    measured: tuple[Measured, ...]
    versions: Mapping[str, str]

    def __post_init__(self) -> None:
        task = find_task(self.task)
        for one in self.measured:
            for part in PARTS:
                _check_scores(task, f"{one.name}, {part}", one.scores[part])

    def above(self, value: float, part: str) -> list[Measured]:
        """Those with a better score there, by what the task picks by; the best first."""
        by = find_task(self.task).best_by
        found = [(score, one) for one in self.measured if (score := one.scores[part][by])]
        better = [pair for pair in found if pair[0] > value]
        return [one for _, one in sorted(better, key=lambda pair: -pair[0])]

    def to_dict(self) -> dict[str, Any]:
        """JSON values, without times: the same yardsticks make the same file."""
        tree = {"kind": KIND, "schema_version": SCHEMA, **asdict(self)}
        for one in tree["measured"]:
            del one["seconds"]
        return tree

    def taking(self, seconds: Mapping[str, float]) -> Yardsticks:
        """The same, with how long each took, by name."""
        timed = (replace(one, seconds=seconds.get(one.name, one.seconds)) for one in self.measured)
        return replace(self, measured=tuple(timed))


def _check_scores(task: Task, where: str, scores: Scores) -> None:
    shares = {score.name for score in task.scores if score.percent}
    if scores.keys() != {score.name for score in task.scores}:
        raise StoreError(f"{where}: scores {', '.join(scores)}, the task has others")
    for name, value in scores.items():
        if value is not None and not (0 <= value <= 1 if name in shares else math.isfinite(value)):
            raise StoreError(f"{where}: {name} is {value}")


def load_yardsticks(path: Path, remedy: str = "neurograph baseline") -> Yardsticks:
    """Read a `yardsticks.json`.

    Args:
        remedy: the command that writes it again.

    Raises:
        StoreError: no such file, another kind or schema version, or a damaged file.
    """
    again = f"run: {remedy}"
    try:
        given = parse_json(read_bytes(path))
    except FileNotFoundError as error:
        raise StoreError(f"{path}: no such file; {again}") from error
    except (OSError, ValueError) as error:
        damaged = StoreError(f"{path}: damaged or no yardsticks ({error}); {again}")
        raise unreadable(path, error, damaged) from error
    if not isinstance(given, dict) or given.pop("kind", None) != KIND:
        raise StoreError(f"{path}: not {KIND}; {again}")
    if (schema := given.pop("schema_version", None)) not in (1, SCHEMA):
        raise StoreError(f"{path}: schema {schema}, this neurograph reads 1 to {SCHEMA}; {again}")
    try:
        measured = tuple(_measured(given.pop("measured")))
        return Yardsticks(**given, measured=measured)
    except (KeyError, TypeError, ValueError, AttributeError, NeuroGraphError) as error:
        raise StoreError(f"{path}: damaged yardsticks ({error}); {again}") from error


def _measured(given: Iterable[Mapping[str, Any]]) -> Iterable[Measured]:
    """Each with outputs that can be read."""
    for one in given:
        taken = one.get("arithmetic")
        found = Measured(**{**one, "arithmetic": Arithmetic(**taken) if taken else None})
        checked(found.name, found.outputs)
        yield found
