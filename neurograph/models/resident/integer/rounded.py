"""A model's present weights in the integers of a scheme.

Edges do not change with weights, so they are rounded once, in `whole`; here the network is that of
a graph of one node, which has every population and projection of the real one by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurograph.ir import Meetings, Network, QPopulation, Readout, Schedule, Scheme
from neurograph.ir.passes.means import with_means
from neurograph.ir.passes.relays import with_relays
from neurograph.ir.rounding import (
    Rounded,
    check_scheme,
    gain,
    round_population,
    round_projection,
    round_readout,
)
from neurograph.models.resident_network import resident_network
from neurograph.models.schedules import LabelSchedules
from neurograph.models.spikenet.model import SpikeNet


@dataclass(frozen=True, eq=False, kw_only=True)
class RoundedModel:
    """What of a model has integers, by name.

    Attributes:
        network: in floats, of one node, with its relays and means.
        weights: the projections within a node.
        populations: spiking ones and relays.
        readout: in integers.
    """

    network: Network
    weights: Mapping[str, Rounded]
    populations: Mapping[str, QPopulation]
    readout: Readout

    @classmethod
    def of(cls, model: SpikeNet, scheme: Scheme) -> RoundedModel:
        """Round `model` as it is now; to be called anew when its weights have changed.

        Raises:
            NetworkError: the scheme is of another model, or cannot hold a weight or a bias.
        """
        network = with_means(with_relays(of_one_node(model), scheme.first), scheme.streams)
        check_scheme(network, scheme)
        channels = {p.name: p.channels for p in network.populations}
        within = [j for j in network.projections if not isinstance(j.mix, Schedule)]
        return cls(
            network=network,
            weights={
                j.name: round_projection(
                    j, scheme.projections[j.name], gain(j, scheme, channels[j.target])
                )
                for j in within
            },
            populations={
                p.name: round_population(p, scheme.populations[p.name]) for p in network.populations
            },
            readout=round_readout(network.readout, network.steps, network.latency),
        )


def of_one_node(model: SpikeNet) -> Network:
    """The network of `model` over a graph of one node that meets nobody."""
    config = model.config
    schedule = _alone(config.steps)
    labels = LabelSchedules(share=schedule, so_far=schedule, new=schedule, onward=schedule)
    return resident_network(
        model.captured(),
        schedule,
        steps=config.steps,
        binary=config.binary,
        feature_hops=config.feature_hops,
        labels=labels if config.label_input else None,
    )


def _alone(steps: int) -> Schedule:
    nobody = Meetings(
        indptr=np.zeros(2, np.int64),
        indices=np.zeros(0, np.int32),
        before=np.zeros((steps + 1, 1), np.int32),
    )
    nothing = np.zeros((steps, 1))
    return Schedule(
        so_far=nobody, new=nobody, of_so_far=nothing, of_new=nothing, of_self=nothing + 1
    )
