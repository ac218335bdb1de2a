"""A model whose weights are those that its integers hold.

In this state it is trained: gradients are those of the floats that the integers stand for, and
reach the weights that are rounded as if nothing were (straight through). In this state it is kept,
too: rounded again it gives the same integers, and in floats it is the network that was trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from neurograph.core.arrays import Array
from neurograph.ir import STREAM, Scheme
from neurograph.models.layers.readout import FlatReadout
from neurograph.models.resident.integer.rounded import RoundedModel
from neurograph.models.resident_network import AFAR, HEARD
from neurograph.models.spikenet.model import SpikeNet
from neurograph.models.tree_network import layer_names, of_itself


@dataclass(frozen=True, eq=False)
class Held:
    """What integers hold of a model.

    Attributes:
        rounded: the integers; of weights that follow from others, of what these hold.
        state: weights by name, as of `state_dict`; those that have no integers are the model's.
        inside: by name, 0 where the ends of a range clip a weight, which learns nothing, else 1.
    """

    rounded: RoundedModel
    state: Mapping[str, Tensor]
    inside: Mapping[str, Tensor]

    @classmethod
    def of(cls, model: SpikeNet, scheme: Scheme) -> Held:
        """Of `model` as it is now.

        Raises:
            NetworkError: see `RoundedModel.of`.
        """
        rounded = RoundedModel.of(model, scheme)
        with torch.no_grad():
            state = {name: x.detach().clone() for name, x in model.state_dict().items()}
            inside = {}
            for name, names, factor in _weights(model):
                decoded, within = (
                    np.concatenate(x, axis=1)
                    for x in zip(*(_held(rounded, scheme, n) for n in names), strict=True)
                )
                state[name] = _like(decoded / factor, state[name])
                inside[name] = _like(within, state[name])
            _hold_biases(model, rounded, state)
            if isinstance(model.readout, FlatReadout):  # others follow from weights that are fewer
                state["readout.weight"] = _like(rounded.readout.weight, state["readout.weight"])
            state["readout.bias"] = _like(rounded.readout.bias, state["readout.bias"])
        with _in_place(model, state):
            return cls(RoundedModel.of(model, scheme), state, inside)

    @contextmanager
    def in_place(self, model: SpikeNet) -> Iterator[None]:
        """`model` has these weights until the block ends; its gradients stay, masked."""
        with _in_place(model, self.state):
            yield
        for name, weight in model.named_parameters():
            if name in self.inside and weight.grad is not None:
                weight.grad *= self.inside[name]


@contextmanager
def _in_place(model: SpikeNet, state: Mapping[str, Tensor]) -> Iterator[None]:
    with torch.no_grad():
        own = {name: x.clone() for name, x in model.state_dict().items()}
    model.load_state_dict(dict(state))
    try:
        yield
    finally:
        model.load_state_dict(own)


def _weights(model: SpikeNet) -> Iterator[tuple[str, list[str], float]]:
    """Of every weight: its name, its projections side by side, and what these are times of it."""
    names, far = layer_names(len(model.spiking)), bool(model.config.feature_hops)
    for number, layer in enumerate(model.spiking, 1):
        source, target = names[number - 1], names[number]
        if number == 1 and (far or not model.config.features):
            continue
        factor, of = layer.gain().item() * layer.input_gain, f"layers.{number - 1}"
        yield f"{of}.own.weight", [of_itself(source, target)], factor
        yield f"{of}.neighbours.weight", [f"{source}->{target}.neighbours"], factor
    gains = [layer.gain().item() for layer in model.spiking]
    if far:
        yield "extra.features", [f"{STREAM}->{AFAR}"], gains[0] * model.spiking[0].input_gain
    if "labels" in model.extra:
        hops = range(1, model.config.label_hops + 1)
        relays = [HEARD if hop == 1 else f"{HEARD}{hop}" for hop in hops]
        yield "extra.labels", [f"{relay}->{names[1]}" for relay in relays], gains[0]
    if "recurrence" in model.extra:
        yield "extra.recurrence", [f"{names[-1]}->{names[-1]}.recurrence"], gains[-1]


def _held(rounded: RoundedModel, scheme: Scheme, name: str) -> tuple[Array, Array]:
    """Of a projection: float64 weights as integers hold them, and which no end of a range clips.

    A weight that would change sides of the cut between outliers and others stays as it is.
    """
    found, cut = rounded.weights[name], scheme.projections[name].cut
    if cut is None:
        return found.decoded, found.inside
    given = next(j.weight for j in rounded.network.projections if j.name == name)
    moved = (np.abs(found.decoded) > cut) != (np.abs(given) > cut)
    return np.where(moved, given, found.decoded), found.inside


def _hold_biases(model: SpikeNet, rounded: RoundedModel, state: dict[str, Tensor]) -> None:
    """The own bias of a layer takes what rounding changes of the sum of both."""
    for number, (layer, p) in enumerate(zip(model.spiking, rounded.network.spiking, strict=True)):
        found = rounded.populations[p.name]
        decoded = found.bias / found.unit / layer.gain().item()
        own, other = (f"layers.{number}.{of}.bias" for of in ("own", "neighbours"))
        state[own] = _like(decoded, state[own]) - state[other]


def _like(numbers: Array, tensor: Tensor) -> Tensor:
    return torch.tensor(numbers, dtype=tensor.dtype)
