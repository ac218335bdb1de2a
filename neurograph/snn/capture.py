"""From a SpikeNet to the hardware-neutral network that the chip's tools understand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from torch import Tensor

from neurograph.arrays import Array
from neurograph.ir import LIF, AdaptiveLIF, Network, Neuron, Population, Projection, Readout, Stream
from neurograph.snn.checkpoint import Checkpoint
from neurograph.snn.config import SpikeNetConfig
from neurograph.snn.models import as_spiking
from neurograph.snn.spikenet import Layer, SpikeNet
from neurograph.tree import TreeSpec

STREAM = "x"


def capture(checkpoint: Checkpoint) -> Network:
    """The float network of one target: slots as rows, 1/k and 1/tau folded into weights.

    Stream "x" holds every slot's features; population "h1" is the first spiking layer, and so
    on. A mean over k draws is a sum with 1/k in the weight, so rows with different fan-outs get
    a projection each, "x->h1.neighbours5" for k = 5. Dropout is absent: it acts in training only.

    Raises:
        ModelError: a model without spikes.
    """
    return capture_model(as_spiking(checkpoint.restore()))


def capture_model(model: SpikeNet) -> Network:
    """The same of a model with the weights that it has now.

    Raises:
        NetworkError: a weight or bias is not finite.
    """
    config = model.config
    names = [STREAM, *(f"h{n}" for n in range(1, len(config.hidden) + 1))]
    populations: list[Population] = []
    projections: list[Projection] = []
    for number, layer in enumerate(model.spiking, 1):
        populations.append(_population(names[number], number, layer, config))
        projections += _projections(names[number - 1], names[number], number, layer, config.tree)
    return Network(
        streams=(Stream(name=STREAM, rows=config.tree.slots, channels=config.features),),
        populations=tuple(populations),
        projections=tuple(projections),
        readout=Readout(
            source=names[-1],
            weight=_array(model.readout.weight),
            bias=_array(model.readout.bias),
        ),
        steps=config.steps,
    )


def of_itself(source: str, target: str) -> str:
    """Name of the projection by which each row reads itself."""
    return f"{source}->{target}.self"


def of_neighbours(source: str, target: str, fanout: int) -> str:
    """Name of the projection by which the rows with so many draws read them."""
    return f"{source}->{target}.neighbours{fanout}"


def _population(name: str, number: int, layer: Layer, config: SpikeNetConfig) -> Population:
    gain = layer.neuron.gain().item()
    bias = (_array(layer.own.bias) + _array(layer.neighbours.bias)) * gain
    return Population(
        name=name,
        rows=config.tree.rows(number),
        channels=len(bias),
        neuron=_neuron(config, voltage_decay=1.0 - layer.neuron.keep().item()),
        bias=bias,
    )


def _neuron(config: SpikeNetConfig, *, voltage_decay: float) -> Neuron:
    if config.neuron != "alif":
        return LIF(voltage_decay=voltage_decay, threshold=config.threshold)
    return AdaptiveLIF(
        voltage_decay=voltage_decay,
        threshold=config.threshold,
        threshold_decay=config.threshold_decay,
        threshold_step=config.gamma,
    )


def _projections(
    source: str, target: str, number: int, layer: Layer, tree: TreeSpec
) -> Iterator[Projection]:
    gain = layer.neuron.gain().item()
    own, neighbours = _array(layer.own.weight) * gain, _array(layer.neighbours.weight) * gain

    def projection(name: str, mix: sp.csr_array, weight: Array) -> Projection:
        return Projection(name=name, source=source, target=target, mix=mix, weight=weight)

    yield projection(of_itself(source, target), tree.self_mix(number), own)
    fanout = tree.fanout(number)
    for k in np.unique(fanout).tolist():
        mix = sp.csr_array(tree.neighbour_mix(number).multiply((fanout == k)[:, None]))
        yield projection(of_neighbours(source, target, k), mix, neighbours / k)


def _array(tensor: Tensor) -> Array:
    return tensor.detach().cpu().double().numpy()
