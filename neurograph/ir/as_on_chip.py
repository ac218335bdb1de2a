"""What an integer network may ask that a chip does, and a model here does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.errors import NetworkError

if TYPE_CHECKING:
    from neurograph.ir.quantized import QNetwork, QPopulation


def check_as_on_chip(network: QNetwork) -> None:
    """Raise NetworkError if it begins together, resets or takes biases where that is not defined.

    A stream that sets biases sends nothing, has a number for each neuron, and stays with the
    population's own bias within the 13 bits of a mantissa.
    """
    if not isinstance(network.begin_together, bool):
        raise NetworkError(f"begin_together is {network.begin_together!r}, expected true or false")
    if network.nodes is not None:
        _check_alone(network)
    if network.begin_together and not network.streams:
        raise NetworkError("a network without a stream; needed at least one, whatever it sends")
    for p in network.populations:
        if p.bias_from:
            _check_stream(network, p)


def _check_alone(network: QNetwork) -> None:
    asked = ["begin_together"] if network.begin_together else []
    asked += [f"the reset of '{p.name}'" for p in network.populations if p.reset]
    asked += [f"the bias of '{p.name}' from a stream" for p in network.populations if p.bias_from]
    if asked:
        raise NetworkError(
            f"{', '.join(asked)}: not where nodes hear each other, whose layers follow their "
            "inputs; leave it out"
        )


def _check_stream(network: QNetwork, population: QPopulation) -> None:
    name, known = population.bias_from, {s.name: s for s in network.streams}
    where = f"{population.name}: its bias comes from '{name}'"
    if name not in known:
        raise NetworkError(f"{where}, no such stream; known: {', '.join(known)}")
    shape, needed = (known[name].rows, known[name].channels), (population.rows, population.channels)
    if shape != needed:
        raise NetworkError(
            f"{where} of {shape[0]} rows x {shape[1]} channels, needed {needed[0]} x {needed[1]}, "
            "a number for each neuron"
        )
    if heard := [j.name for j in network.projections if j.source == name]:
        raise NetworkError(
            f"{where}, which also sends along {', '.join(heard)}; needed a stream for each"
        )
    largest = int(np.max(network.largest_bias(population) >> population.bias_exp))
    if largest > fx.BIAS_MANT_MAX:
        raise NetworkError(
            f"{where}, and its mantissa can reach {largest:,}, limit {fx.BIAS_MANT_MAX:,}: of "
            f"payloads up to {known[name].payload_max:,} and biases of its own; give the stream "
            "fewer bits"
        )
