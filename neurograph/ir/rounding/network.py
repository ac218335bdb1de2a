"""A float network in the integers of a scheme: what quantisation and training share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import Network, Projection, QNetwork, Schedule, Scheme
from neurograph.ir.passes.means import with_means
from neurograph.ir.passes.relays import with_relays
from neurograph.ir.readout_grid import round_readout
from neurograph.ir.rounding.neurons import round_population
from neurograph.ir.rounding.weights import Rounded, round_projection


def round_network(network: Network, scheme: Scheme) -> QNetwork:
    """Round every weight, bias, threshold and readout weight to the nearest that `scheme` holds.

    A projection along edges gets its relay first, where it has none.

    Whether its sums stay within 24 bits is not looked at: see `check_ranges`.

    Raises:
        NetworkError: the scheme is of another network.
    """
    relayed = with_relays(network, scheme.first)
    extended = with_means(relayed, scheme.streams)
    check_scheme(extended, scheme)
    return QNetwork(
        streams=scheme.streams,
        populations=tuple(
            round_population(p, scheme.populations[p.name]) for p in relayed.populations
        ),
        projections=tuple(
            piece for r in round_projections(extended, scheme).values() for piece in r.pieces
        ),
        readout=round_readout(network.readout, network.steps, network.latency),
        steps=network.steps,
        latency=network.latency,
    )


def round_projections(extended: Network, scheme: Scheme) -> Mapping[str, Rounded]:
    """Every projection of a network that has its means already, by name."""
    channels = {p.name: p.channels for p in extended.populations}
    return {
        j.name: round_projection(j, scheme.projections[j.name], gain(j, scheme, channels[j.target]))
        for j in extended.projections
    }


def gain(projection: Projection, scheme: Scheme, channels: int) -> Array:
    """Float64 ``(channels,)``: units of a sum per float unit, over payload units per float unit."""
    payload: Array | float = {s.name: s.scale for s in scheme.streams}.get(projection.source, 1.0)
    sender = scheme.populations.get(projection.source)
    if sender is not None and sender.payload_bits:
        payload = np.asarray(sender.scale)
        if payload.size > 1 and not _each_to_itself(projection):
            raise NetworkError(
                f"{projection.name}: from a relay whose channels have scales of their own, needed "
                "one for all: only edges, channel by channel, lead on from such a one"
            )
    return np.full(channels, scheme.populations[projection.target].scale) / payload


def _each_to_itself(projection: Projection) -> bool:
    """Whether it leads along edges, channel by channel."""
    weight = projection.weight
    alike = weight.shape[0] == weight.shape[1] and not (weight - np.diag(np.diag(weight))).any()
    return isinstance(projection.mix, Schedule) and alike


def check_scheme(extended: Network, scheme: Scheme) -> None:
    """Raise NetworkError unless `scheme` is of this network, which has its means already."""
    for what, ours, theirs in (
        ("streams", [s.name for s in extended.streams], [s.name for s in scheme.streams]),
        ("populations", [p.name for p in extended.populations], scheme.populations),
        ("projections", [j.name for j in extended.projections], scheme.projections),
    ):
        if set(ours) != set(theirs):
            raise NetworkError(
                f"quantisation scheme of another network: it has the {what} "
                f"{', '.join(theirs)}; needed {', '.join(ours)}; quantise again"
            )
