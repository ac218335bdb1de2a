"""What every node holds after a snapshot, in the folder of a run, so that another can go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from neurograph.core.arrays import Array, fingerprint
from neurograph.core.errors import NetworkError, RunError
from neurograph.graphs.graph import TemporalGraph
from neurograph.ir import QNetwork, Schedule
from neurograph.ir.passes.cut import first_snapshots
from neurograph.ir.passes.later import of_nodes
from neurograph.runtime import reference
from neurograph.runtime.legs import KeptState
from neurograph.runtime.record import RunRecord, concatenate
from neurograph.workflow import store
from neurograph.workflow.state_files import missing_state, state_file

AGAIN = "keep it anew: neurograph run --keep-state"


@dataclass(frozen=True, eq=False, kw_only=True)
class Whole:
    """All nodes of a graph, and what they are given.

    Attributes:
        network: of all snapshots.
        payloads: of all nodes and snapshots, by stream.
    """

    graph: TemporalGraph
    network: QNetwork
    payloads: Mapping[str, Array]

    def keep(self, folder: Path, record: RunRecord) -> None:
        """Write the state at the end of a record of the first snapshots, over all nodes."""
        steps = next(iter(record.spikes.values())).shape[1] // self.network.latency
        nodes = np.arange(self.graph.num_nodes)
        ids = self.graph.node_ids
        state = KeptState(
            steps=steps,
            ids=np.char.encode(ids, "utf-8") if ids.dtype.kind == "U" else ids,
            integers=integers_of(self.network),
            edges=self._edges(steps, nodes),
            inputs=self._inputs(steps, nodes),
            record=replace(record, logits=np.zeros((len(nodes), 0))),
        )
        store.save(state, state_file(folder, record.backend, steps))

    def taken_up(self, folder: Path, backend: str, steps: int) -> RunRecord:
        """The record of the first snapshots, over all nodes that there are now.

        New nodes have heard nobody yet: what they did, the reference computes.

        Raises:
            RunError: no such state, or one of other integers, edges, nodes or inputs.
        """
        path = state_file(folder, backend, steps)
        if not path.exists():
            raise RunError(missing_state(folder, backend, steps))
        state = store.load(KeptState, path)
        if state.integers != integers_of(self.network):
            raise RunError(
                f"{path}: of other integers than those of the deployment; {AGAIN} {steps}. Where a "
                "graph has gone on, neurograph export keeps the integers, without --calibrate"
            )
        places = self._places(state, path)
        what = f"{path}: of other {{}} in its {steps} snapshots than the graph has; {AGAIN} {steps}"
        try:
            edges = self._edges(steps, places)
        except NetworkError:  # a node of then hears a new one
            edges = ""
        if edges != state.edges:
            raise RunError(what.format("edges"))
        if self._inputs(steps, places) != state.inputs:
            raise RunError(what.format("features or labels"))
        return self._with_new(state.record, places, steps)

    def _places(self, state: KeptState, path: Path) -> Array:
        ids = np.char.decode(state.ids, "utf-8") if state.ids.dtype.kind == "S" else state.ids
        where = {name: place for place, name in enumerate(self.graph.node_ids.tolist())}
        if gone := [name for name in ids.tolist() if name not in where]:
            raise RunError(
                f"{path}: of another graph: node {gone[0]} is not in '{self.graph.name}' "
                f"({len(gone):,} such); restore the graph"
            )
        return np.array([where[name] for name in ids.tolist()], np.int64)

    def _edges(self, steps: int, nodes: Array) -> str:
        """Fingerprint of who hears whom in the first snapshots among some nodes."""
        return of_nodes(_first(self.network, steps), nodes).sha256

    def _inputs(self, steps: int, nodes: Array) -> str:
        given = sorted(self.payloads.items())
        parts = [(name, np.ascontiguousarray(x[nodes, :steps])) for name, x in given]
        return fingerprint(*(part for both in parts for part in both))

    def _with_new(self, record: RunRecord, places: Array, steps: int) -> RunRecord:
        """The record with rows for the nodes that are new, all in the order of the graph."""
        count = self.graph.num_nodes
        new = np.setdiff1d(np.arange(count), places)
        order = np.argsort(np.concatenate([places, new]))
        if not len(new):
            return _ordered(record, record, order)
        given = {name: x[new, :steps] for name, x in self.payloads.items()}
        alone = of_nodes(_first(self.network, steps), new)
        return _ordered(record, concatenate([record, _as(record, alone, given, new)]), order)


def _as(
    record: RunRecord, network: QNetwork, payloads: Mapping[str, Array], nodes: Array
) -> RunRecord:
    """What the reference makes of nodes that hear nobody, as a record of the same run."""
    found = reference.run(network, payloads, nodes)
    return replace(found, backend=record.backend, network_sha256=record.network_sha256)


def _ordered(record: RunRecord, whole: RunRecord, order: Array) -> RunRecord:
    """All rows in this order, numbered anew, made by what made `record`."""
    found = whole.of(order)
    return replace(found, nodes=np.arange(len(order)), versions=record.versions)


def integers_of(network: QNetwork) -> str:
    """Fingerprint of all that decides a spike but edges, inputs, and the number of snapshots."""
    parts: list[Array | str] = [f"latency {network.latency}"]
    parts += [repr(s) for s in network.streams]
    for p in network.populations:
        parts += p.identity
    for j in network.projections:
        still = () if isinstance(j.mix, Schedule) else (j.mix.toarray(),)
        name = f"{j.name} {j.source}>{j.target} {j.exponent} {j.delay}"
        parts += [name, j.weight, *still]
    return fingerprint(*parts)


def _first(network: QNetwork, steps: int) -> QNetwork:
    cut = first_snapshots(network, steps)
    assert isinstance(cut, QNetwork)
    return cut
