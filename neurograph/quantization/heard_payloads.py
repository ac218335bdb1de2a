"""What relays send that hear along edges: all nodes of a graph, in integers or in floats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import Mix, Network, QNetwork, QPopulation, QProjection, QStream, Schedule
from neurograph.quantization.calibration import Calibration, Sent
from neurograph.quantization.neighbourhood import Neighbourhood
from neurograph.quantization.site import emitted_by, relays_along, sent_by
from neurograph.runtime.engine import Chunk, FloatArithmetic, IntegerArithmetic, Simulation


def handing_on(network: Network) -> list[str]:
    """Relays that hand on to weights or to each other, each behind those that it hears."""
    along = {r.name for p in network.spiking for r in relays_along(network, p.name)}
    return [p.name for p in network.populations if p.neuron.graded and p.name not in along]


def heard_payloads(
    measured: Calibration, relay: QPopulation, pieces: Mapping[str, Sequence[QProjection]]
) -> Sent:
    """What a relay sends of all payloads, spikes of the float run, and relays before it.

    Args:
        relay: in integers.
        pieces: of each projection into it, those in integers that add up to it.
    """
    network = measured.extended
    sources = dict.fromkeys(j.source for js in pieces.values() for j in js)
    streams = [replace(measured.stream(name), name=emitted_by(name)) for name in sources]
    inputs = {
        emitted_by(name): sent_by(name, measured.given, measured.activity, network.updates)
        for name in sources
    }
    alone = QNetwork(
        streams=tuple(streams),
        populations=(relay,),
        projections=tuple(
            replace(
                j,
                source=emitted_by(j.source),
                mix=_each_update(j.mix, network.latency),
                delay=network.wiring.lag[name],
            )
            for name, js in pieces.items()
            for j in js
        ),
        readout=None,
        steps=network.updates,
    )
    payloads = Chunk(alone, IntegerArithmetic(alone), inputs, {}).sent(relay.name)
    bits = max(int(np.abs(payloads).max()).bit_length() + 1, 2)
    scale = relay.scale
    assert not isinstance(scale, tuple), "weights follow, which share the payloads' scale"
    stream = QStream(name=relay.name, rows=1, channels=relay.channels, bits=bits, scale=scale)
    return Sent(stream=stream, payloads=payloads)


def heard_numbers(
    network: Network, inputs: Mapping[str, Array], activity: Simulation, names: Sequence[str]
) -> dict[str, Array]:
    """What relays send in floats, float32 ``(nodes, updates, 1, channels)``, by name.

    Args:
        network: with relays, in floats.
        inputs: per stream, numbers ``(nodes, steps, rows, channels)``.
        activity: of its populations that fire.
    """
    if not names:
        return {}
    whole = Chunk(network, FloatArithmetic(network), inputs, activity.spikes)
    return {name: whole.sent(name).astype(np.float32) for name in names}


def _each_update(mix: Mix, latency: int) -> Mix:
    """A snapshot for each update."""
    if not isinstance(mix, Schedule) or latency == 1:
        return mix
    nodes = np.arange(mix.nodes)
    return Neighbourhood(nodes=nodes, rows=nodes).schedule(mix, latency)
