"""From a spiking model to the hardware-neutral network that the chip's tools understand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.ir import (
    Network,
    Neuron,
    Population,
    Projection,
    Readout,
    SoftResetLIF,
    Stream,
)
from neurograph.models.checkpoint import Checkpoint
from neurograph.models.dysign.model import DySign
from neurograph.models.registry import as_spiking
from neurograph.models.spikenet.model import SpikeNet
from neurograph.models.tree_network import STREAM, compensation, feedback, layer_names, projections


def capture(checkpoint: Checkpoint, *, latency: int | None = None) -> Network:
    """The float network of one target: slots as rows, 1/k and 1/tau folded into weights.

    Stream "x" holds every slot's features; population "h1" is the first spiking layer, and so
    on. A mean over k draws is a sum with 1/k in the weight, so rows with different fan-outs get
    a projection each, "x->h1.neighbours5" for k = 5. A Dy-SIGN also has "h2->h1.feedback", which
    arrives as many updates late as there are layers, and "x->h2.compensation". Dropout is absent:
    it acts in training only.

    Args:
        latency: steps per snapshot, other than trained with; see `Checkpoint.with_latency`.

    Raises:
        ModelError: a model without spikes, or a latency for one that has no latency steps.
    """
    of = checkpoint if latency is None else checkpoint.with_latency(latency)
    return capture_model(as_spiking(of.restore()))


def capture_model(model: SpikeNet | DySign) -> Network:
    """The same of a model with the weights that it has now.

    Raises:
        NetworkError: a weight or bias is not finite.
    """
    config = model.config
    names = layer_names(len(config.hidden))
    populations: list[Population] = []
    joined: list[Projection] = []
    for number, layer in enumerate(model.spiking, 1):
        gain = layer.gain().item()
        own, neighbours = _array(layer.own.weight) * gain, _array(layer.neighbours.weight) * gain
        populations.append(
            Population(
                name=names[number],
                rows=config.tree.rows(number),
                channels=len(own),
                neuron=_neuron(model, number),
                bias=(_array(layer.own.bias) + _array(layer.neighbours.bias)) * gain,
            )
        )
        joined += projections(names, number, own, neighbours, config.tree)
    if isinstance(model, DySign):
        joined += _across_layers(model, names)
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
        latency=model.config.latency if isinstance(model, DySign) else 1,
    )


def _across_layers(model: DySign, names: Sequence[str]) -> Iterator[Projection]:
    tree = model.config.tree
    if model.feedback is not None:
        yield feedback(names, tree, _array(model.feedback.weight))
    if model.compensation is not None:
        yield compensation(names, tree, _array(model.compensation.weight))


def _neuron(model: SpikeNet | DySign, number: int) -> Neuron:
    """Of layer `number`, 1-based."""
    if isinstance(model, DySign):
        config = model.config
        return SoftResetLIF(voltage_decay=1.0 - config.leak, threshold=config.threshold)
    return model.spiking[number - 1].neuron.to_neuron()


def _array(tensor: Tensor) -> Array:
    return tensor.detach().cpu().double().numpy()
