"""Layers of spiking neurons: one step for all kinds, forward and exact backward over all steps.

    charge:  v = keep v + u
    fire:    s = 1[v > theta]
    reset:   v = (1 - s) v, or v - theta s;   theta = hold theta + jump s

A neuron takes in `gain` of its input, which the layer folds into its weights, so that u here is
already multiplied. Gradients flow through reset and threshold; nothing is detached.

Source: SpikeNet (Li et al., AAAI 2023).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Protocol

from torch import Tensor, nn

from neurograph.core.errors import ModelError
from neurograph.ir import Neuron
from neurograph.ir.neurons.kinds import Settings
from neurograph.models.layers import compiled, plain
from neurograph.models.layers.device import in_compiled_loops
from neurograph.models.layers.neurons.cell import Cell


class LayerSettings(Settings, Protocol):
    """What a layer is made from.

    Attributes:
        surrogate, alpha: name and width of the surrogate gradient.
    """

    @property
    def surrogate(self) -> str: ...
    @property
    def alpha(self) -> float: ...


class NeuronLayer(nn.Module, ABC):
    """A layer of neurons of one kind.

    Args:
        start: what it is before training; `to_neuron` gives what it has become.
        settings: its time constant `tau`, in steps, and its surrogate gradient.

    Attributes:
        cell_type: the step of its neurons, see `Cell`; one of its own runs by autograd.
    """

    cell_type: type[Cell] = Cell

    def __init__(self, start: Neuron, settings: LayerSettings) -> None:
        super().__init__()
        self.start, self.tau = start, settings.tau
        self.cell = self.cell_type.of(start, settings.surrogate, settings.alpha)
        if start.current_decay != 1.0:
            raise ModelError(
                f"a {start.kind} is trained without synaptic memory; its current_decay is "
                f"{start.current_decay}, needed 1"
            )

    @abstractmethod
    def gain(self) -> Tensor:
        """Share of the input that reaches the membrane."""

    @abstractmethod
    def keep(self) -> Tensor:
        """Share of the membrane kept per step."""

    def to_neuron(self) -> Neuron:
        """What this layer's neurons are in a network, with the parameters it has now."""
        return replace(self.start, voltage_decay=1.0 - self.keep().item())

    def forward(self, current: Tensor) -> Tensor:
        """Spikes (0 or 1) of currents ``(nodes, steps, rows, channels)``, already times gain."""
        fast = in_compiled_loops(current) and self.cell.compiled
        fire = compiled.fire if fast else plain.fire
        return fire(current, self.keep(), self.cell)
