"""A backend that runs a whole graph in stages: from a state that was kept, to one to be kept."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from neurograph.core.arrays import Array
from neurograph.ir import QNetwork
from neurograph.ir.passes.cut import first_snapshots
from neurograph.runtime.backends import Backend, Feed, Options, Progress, Say
from neurograph.runtime.record import RunRecord
from neurograph.workflow.states import Whole


@dataclass(frozen=True, eq=False)
class Staged(Backend):
    """A backend that runs a whole graph stage by stage.

    Attributes:
        name: of its records.
        backend: what runs.
        folder: of the run.
        keep: keep the state after so many snapshots; 0: none.
        whole: the graph and what its nodes are given.
        begun: what was kept; None: the run begins at the first snapshot.
    """

    name: str
    backend: Backend
    folder: Path
    keep: int
    whole: Whole
    begun: RunRecord | None = None

    def run(
        self,
        network: QNetwork,
        feed: Feed,
        nodes: Array,
        options: Options,
        *,
        chunk: int,
        progress: Progress | None = None,
        say: Say | None = None,
    ) -> Generator[RunRecord, None, None]:
        """See `Backend.run`."""
        payloads, record = feed(slice(0, len(nodes))), self.begun
        how: dict[str, Any] = {"progress": progress, "say": say}
        for end in sorted({self.keep or network.steps, network.steps}):
            part = network if end == network.steps else first_snapshots(network, end)
            assert isinstance(part, QNetwork)
            given = _first(payloads, end)
            if record is None:
                running = self.backend.run(part, given, nodes, options, chunk=chunk, **how)
            else:
                running = self.backend.go_on(part, given, record, options, **how)
            with closing(running) as records:
                (record,) = records
            record = replace(record, backend=self.name)
            if end == self.keep:
                self.whole.keep(self.folder, record)
        assert record is not None
        yield record


def _first(payloads: Mapping[str, Array], steps: int) -> Feed:
    def feed(part: slice) -> Mapping[str, Array]:
        return {name: x[part, :steps] for name, x in payloads.items()}

    return feed
