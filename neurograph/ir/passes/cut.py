"""The pass that cuts a network short, so that its last state is its state at an update."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import Network, QNetwork, QProjection, Schedule
from neurograph.ir.schedule import Mix


def cut(network: QNetwork, updates: int) -> QNetwork:
    """The first `updates` updates of every population.

    Each update is a snapshot of its own, so that one may end within a snapshot.

    Requires:
        At most as many updates as `network` has; inputs as `cut_payloads` makes them. Where edges
        change with the snapshots, one update per snapshot.

    Ensures:
        The spikes of those updates are those of `network`, and the last states are its states
        there. The latency is 1, and there is no readout.

    Raises:
        NetworkError: several updates per snapshot of edges that change.
    """
    return replace(
        network,
        steps=updates,
        latency=1,
        readout=None,
        errors=(),
        projections=tuple(_cut(j, network, updates) for j in network.projections),
    )


def first_snapshots(network: Network | QNetwork, steps: int) -> Network | QNetwork:
    """The first so many snapshots, of which the spikes are those of `network`.

    Requires:
        At most as many snapshots as `network` has.

    Ensures:
        A float network reads out these snapshots alone; an integer one has no readout.
    """
    if isinstance(network, QNetwork):
        return replace(
            network,
            steps=steps,
            projections=tuple(replace(j, mix=_first(j.mix, steps)) for j in network.projections),
            readout=None,
            errors=(),
        )
    readout = network.readout
    each = readout.weight.shape[1] // network.steps
    return replace(
        network,
        steps=steps,
        projections=tuple(replace(j, mix=_first(j.mix, steps)) for j in network.projections),
        readout=replace(readout, weight=readout.weight[:, : steps * each]),
    )


def _first(mix: Mix, steps: int) -> Mix:
    return mix.first(steps) if isinstance(mix, Schedule) else mix


def _cut(projection: QProjection, network: QNetwork, updates: int) -> QProjection:
    mix = projection.mix
    if not isinstance(mix, Schedule):
        return projection
    if network.latency > 1:
        raise NetworkError(
            f"{projection.name}: edges change with the snapshots, each of {network.latency} "
            "updates, and cannot be cut between two of them"
        )
    return replace(projection, mix=mix.first(updates))


def cut_payloads(
    network: QNetwork, payloads: Mapping[str, Array], updates: int
) -> dict[str, Array]:
    """Payloads of `network` for what `cut` makes of it; each is sent as often as before.

    Args:
        payloads: per stream, ``(nodes, steps, rows, channels)``.

    Returns:
        Per stream, ``(nodes, updates, rows, channels)``.
    """
    return {
        name: np.repeat(x, network.latency, axis=1)[:, :updates] for name, x in payloads.items()
    }
