"""From a SpikeNet to the hardware-neutral network that the chip's tools understand."""

from __future__ import annotations

from torch import Tensor

from neurograph.arrays import Array
from neurograph.ir import LIF, AdaptiveLIF, Network, Neuron, Population, Projection, Readout, Stream
from neurograph.snn.checkpoint import Checkpoint
from neurograph.snn.config import SpikeNetConfig
from neurograph.snn.models import as_spiking
from neurograph.snn.spikenet import Layer, SpikeNet
from neurograph.tree_network import STREAM, layer_names, projections


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
    names = layer_names(len(config.hidden))
    populations: list[Population] = []
    joined: list[Projection] = []
    for number, layer in enumerate(model.spiking, 1):
        populations.append(_population(names[number], number, layer, config))
        gain = layer.neuron.gain().item()
        own, neighbours = _array(layer.own.weight) * gain, _array(layer.neighbours.weight) * gain
        joined += projections(names, number, own, neighbours, config.tree)
    return Network(
        streams=(Stream(name=STREAM, rows=config.tree.slots, channels=config.features),),
        populations=tuple(populations),
        projections=tuple(joined),
        readout=Readout(
            source=names[-1],
            weight=_array(model.readout.weight),
            bias=_array(model.readout.bias),
        ),
        steps=config.steps,
    )


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


def _array(tensor: Tensor) -> Array:
    return tensor.detach().cpu().double().numpy()
