"""How much the layers of a network fire on calibration nodes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurograph.core.arrays import Array
from neurograph.ir import Network, QNetwork
from neurograph.ir.neurons import Relay
from neurograph.runtime import reference


def measured_spikes(
    network: QNetwork, given: Mapping[str, Array], nodes: Array
) -> tuple[dict[str, Array], dict[str, float]]:
    """Per population, spikes of each neuron ``(rows, channels)``, over all these nodes.

    Args:
        given: what their sampled trees send, by stream.

    Returns:
        The spikes, and the share of a population's neuron updates that fire.
    """
    record = reference.run(network, network.encode(given), nodes)
    spikes = {name: np.count_nonzero(s, axis=(0, 1)) for name, s in record.spikes.items()}
    rates = {name: float(spikes[name].sum() / s.size) for name, s in record.spikes.items()}
    return spikes, rates


def of_layers(network: Network, rates: Mapping[str, float]) -> dict[str, float]:
    """The rates of trained layers: relays send sums, and a readout on the chip has its own pace."""
    layers = (p for p in network.populations if not isinstance(p.neuron, Relay))
    return {p.name: rates[p.name] for p in layers if p.name in rates}
