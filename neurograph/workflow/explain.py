"""Go back to where two runs first differ, to read the membranes there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np

from neurograph.chip.deployment import Deployment
from neurograph.core.arrays import Array
from neurograph.core.errors import BackendError
from neurograph.ir import Network, QNetwork
from neurograph.ir.passes.cut import cut, cut_payloads
from neurograph.runtime import reference
from neurograph.runtime.backends import Backend, find_backend
from neurograph.runtime.record import FLOAT, REFERENCE, RunRecord
from neurograph.verify import Agreement, Rerun, SpikeDifference, final_membrane, membrane
from neurograph.workflow.dataset import Dataset


def explain(
    agreement: Agreement,
    records: Mapping[str, RunRecord],
    deployment: Deployment,
    dataset: Dataset,
    options: Mapping[str, Any],
    find: Callable[[str], Backend] = find_backend,
) -> Agreement:
    """`agreement` with the membranes behind its first difference, where that is a spike.

    Floats and the reference are recomputed from their records. A backend is run again on the one
    node, up to the update that differs, with the `options` of its run; that may start a simulator.

    Args:
        records: by backend.
        find: gives the backend of a name.

    Raises:
        NetworkError: the integer records are not of the deployment's network.
    """
    difference = agreement.difference
    if not isinstance(difference, SpikeDifference):
        return agreement
    at, nodes = difference.place, np.array([difference.place.node])
    given = dataset.inputs(nodes, deployment.tree, seed=deployment.sample_seed)
    integers = deployment.quantized.encode(given)
    known: dict[str, tuple[Network | QNetwork, Mapping[str, Array]]] = {
        FLOAT: (deployment.network, given),
        REFERENCE: (deployment.quantized, integers),
    }
    membranes = {
        side: membrane(*known[name], records[name], at, difference.update)
        for side, name in (("first", agreement.first), ("second", agreement.second))
        if name in known
    }
    rerun = None
    if agreement.second not in known:
        rerun = _rerun(difference, deployment.quantized, integers, options, find)
    seen = replace(
        difference,
        first_membrane=membranes.get("first"),
        second_membrane=membranes.get("second"),
        rerun=rerun,
    )
    return replace(agreement, difference=seen)


def _rerun(
    difference: SpikeDifference,
    network: QNetwork,
    given: Mapping[str, Array],
    options: Mapping[str, Any],
    find: Callable[[str], Backend],
) -> Rerun:
    """Whether the backend still differs, and both final states of the run that ends there."""
    place = replace(difference.place, index=0)
    nodes = np.array([place.node])
    updates = difference.update + 1
    shorter, inputs = cut(network, updates), cut_payloads(network, given, updates)

    def feed(part: slice) -> dict[str, Array]:
        return {name: x[part] for name, x in inputs.items()}

    try:
        backend = find(difference.second)
        running = backend.run(shorter, feed, nodes, backend.settings(options), chunk=1)
        with closing(running) as found:
            theirs = next(found)
    except BackendError as error:
        return Rerun(reproduced=None, failure=str(error))
    fires = theirs.spikes[place.population][0, -1, place.row, place.channel]
    if fires == difference.first_fires:
        return Rerun(reproduced=False)
    ours = reference.run(shorter, inputs, nodes)
    return Rerun(
        reproduced=True,
        first=final_membrane(shorter, ours, place),
        second=final_membrane(shorter, theirs, place),
    )
