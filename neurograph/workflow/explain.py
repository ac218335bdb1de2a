"""Go back to where two runs first differ, to read the membranes there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError, NetworkError
from neurograph.ir import Network, QNetwork
from neurograph.ir.passes.cut import cut, cut_payloads, first_snapshots
from neurograph.runtime import reference
from neurograph.runtime.backends import Backend, Options, find_backend
from neurograph.runtime.record import REFERENCE, RunRecord
from neurograph.verify import Agreement, Rerun, SpikeDifference, final_membrane, membrane
from neurograph.workflow.inference import Inference

_Known = dict[str, tuple[Network | QNetwork, Mapping[str, Array]]]  # a network and its inputs


def explain(
    agreement: Agreement,
    records: Mapping[str, RunRecord],
    of: Inference,
    options: Mapping[str, Any],
    find: Callable[[str], Backend] = find_backend,
    *,
    typed: Mapping[str, Any] | None = None,
) -> Agreement:
    """`agreement` with the membranes behind its first difference, where that is a spike.

    Floats and the reference are recomputed from their records, or run again where nodes hear each
    other. A backend is run again on the one node, or then on all, up to the update that differs,
    with the `options` of its run; that may start a simulator, but no program that they name.

    Args:
        records: by backend.
        of: that made them.
        find: gives the backend of a name.
        typed: options that the user has typed now, such as a program to start.

    Raises:
        NetworkError: the integer records are of another network.
    """
    difference = agreement.difference
    if not isinstance(difference, SpikeDifference):
        return agreement
    at, nodes = difference.place, np.array([difference.place.node])
    alone, network = of.of(nodes), of.integers
    every, rows = alone.given(), alone.layout.rows
    known = {name: every[name] for name in (agreement.first, agreement.second) if name in every}
    if network.nodes is not None:  # what it heard is in spikes of nodes that nobody asked about
        at = replace(at, index=at.node)
        known = _until(known, difference.update // network.latency + 1)
        records = _all_nodes(known, rows)
    membranes = {
        side: membrane(*known[name], records[name], at, difference.update)
        for side, name in (("first", agreement.first), ("second", agreement.second))
        if name in known
    }
    rerun = None
    if agreement.second not in known:

        def how(backend: Backend) -> Options:
            return backend.settings({**backend.kept(options), **(typed or {})})

        rerun = _rerun(difference, network, every[REFERENCE][1], rows, how, find)
    seen = replace(
        difference,
        first_membrane=membranes.get("first"),
        second_membrane=membranes.get("second"),
        rerun=rerun,
    )
    return replace(agreement, difference=seen)


def _until(known: _Known, steps: int) -> _Known:
    """The first so many snapshots."""
    return {
        name: (first_snapshots(network, steps), {n: x[:, :steps] for n, x in inputs.items()})
        for name, (network, inputs) in known.items()
    }


def _all_nodes(known: _Known, nodes: Array) -> dict[str, RunRecord]:
    found = {}
    for name, (network, inputs) in known.items():
        if isinstance(network, QNetwork):
            found[name] = reference.run(network, inputs, nodes)
        else:
            found[name] = reference.run_float(network, inputs, nodes)
    return found


def _rerun(
    difference: SpikeDifference,
    network: QNetwork,
    given: Mapping[str, Array],
    nodes: Array,
    how: Callable[[Backend], Options],
    find: Callable[[str], Backend],
) -> Rerun:
    """Whether the backend still differs, and both final states of the run that ends there."""
    place = difference.place
    place = replace(place, index=int(np.flatnonzero(nodes == place.node)[0]))
    updates = difference.update + 1
    try:
        shorter, inputs = cut(network, updates), cut_payloads(network, given, updates)
    except NetworkError as error:
        return Rerun(reproduced=None, failure=str(error))

    def feed(part: slice) -> dict[str, Array]:
        return {name: x[part] for name, x in inputs.items()}

    try:
        backend = find(difference.second)
        running = backend.run(shorter, feed, nodes, how(backend), chunk=len(nodes))
        with closing(running) as found:
            theirs = next(found)
    except BackendError as error:
        return Rerun(reproduced=None, failure=str(error))
    fires = theirs.spikes[place.population][place.index, -1, place.row, place.channel]
    if fires == difference.first_fires:
        return Rerun(reproduced=False)
    ours = reference.run(shorter, inputs, nodes)
    return Rerun(
        reproduced=True,
        first=final_membrane(shorter, ours, place),
        second=final_membrane(shorter, theirs, place),
    )
