"""What an inference has done so far, in files, so that an interrupted one can go on."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.core.arrays import Array, fingerprint
from neurograph.core.errors import RunError, StoreError
from neurograph.core.files import read_json, write_json
from neurograph.core.reading import within
from neurograph.runtime.record import (
    FLOAT,
    REFERENCE,
    EventCounts,
    InferredPart,
    RunRecord,
    concatenate,
)
from neurograph.workflow import store

PLAN = "plan.json"


class Chunks:
    """Files of consecutive nodes, in a folder of their own.

    Args:
        nodes: int64 ``(nodes,)`` of the whole inference.
        plan: JSON values that decide its
            results; only an inference of the same plan may go on.
        resume: keep what is there; else begin anew.

    Raises:
        RunError: what is there is of another plan.
    """

    def __init__(
        self, folder: Path, nodes: Array, plan: Mapping[str, Any], *, resume: bool
    ) -> None:
        self.folder, self.nodes = folder, nodes
        self._backend = str(plan["backend"])
        self.done = 0
        self._files: list[Path] = []
        wanted = {**plan, "nodes": fingerprint(nodes)}
        if resume and (folder / PLAN).is_file():
            self._check_plan(wanted)
            self._find()
        else:
            self.remove()
            write_json(folder / PLAN, wanted)

    def add(self, part: InferredPart) -> None:
        """Keep the next nodes; their file appears whole or not at all.

        Raises:
            StoreError: it cannot be written.
        """
        path = self._next()
        try:
            store.save(part, path, compress=False)
        finally:
            if path.is_file():  # a Ctrl-C may come just after it has appeared
                self._take(path, part)

    def joined(self) -> InferredPart:
        """All nodes together; each file is read once, and let go record by record."""
        records: dict[str, list[RunRecord]] = {}
        events: list[EventCounts] = []
        seconds: Counter[str] = Counter()
        for path in self._files:
            part = store.load(InferredPart, path)
            for name, record in part.records.items():
                records.setdefault(name, []).append(record)
            events.append(part.events)
            seconds.update(part.seconds)
        try:
            return InferredPart(
                records={name: concatenate(records.pop(name)) for name in list(records)},
                events=reduce(add, events),
                seconds=dict(seconds),
            )
        except (ValueError, KeyError) as error:
            why = "parts of two networks; run without --resume"
            raise StoreError(f"{self.folder}: damaged ({error}): {why}") from error

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _next(self) -> Path:
        return within(self.folder, f"{self.done:09d}.h5")

    def _take(self, path: Path, part: InferredPart) -> None:
        self._files.append(path)
        self.done += _count(part)

    def _check_plan(self, wanted: Mapping[str, Any]) -> None:
        path = within(self.folder, PLAN)
        found = read_json(path)
        if not isinstance(found, dict):
            raise StoreError(f"{path}: damaged (no table); run without --resume")
        found.setdefault("backend", found.pop("target", None))  # its name in version 0.1
        if differing := sorted(k for k in wanted if found.get(k) != wanted[k]):
            raise RunError(
                f"{self.folder.parent}: the interrupted run differs in {', '.join(differing)} and "
                "cannot be gone on with; run without --resume, or with the same options"
            )

    def _find(self) -> None:
        """Take up the files without a gap from the first node on; whatever else is there goes."""
        while (path := self._next()).is_file():
            try:
                part = store.load(InferredPart, path)
            except StoreError:  # of a machine that went down while it was written
                break
            if not self._fits(part):
                break
            self._take(path, part)
        for path in self.folder.iterdir():
            if path.name != PLAN and path not in self._files and not path.is_dir():
                path.unlink()

    def _fits(self, part: InferredPart) -> bool:
        """Whether it is of the next nodes, by what the plan has run and nothing else."""
        members = self.nodes[self.done : self.done + _count(part)]
        return {FLOAT, REFERENCE, self._backend} >= part.records.keys() and all(
            record.backend == name and np.array_equal(record.nodes, members)
            for name, record in part.records.items()
        )


def _count(part: InferredPart) -> int:
    """Nodes that were asked about; where all hear each other, more have run."""
    return len(next(iter(part.records.values())).nodes)
