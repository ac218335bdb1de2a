"""Operations of the models without spikes, counted from their activations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from neurograph.core.arrays import Array
from neurograph.cost.complexity import Complexity, Operations
from neurograph.models.layers.batch import KEPT_AT_ONCE, in_chunks, load_batch
from neurograph.models.layers.neighbour_groups import NeighbourGroups
from neurograph.models.tree_model import TreeLayer

if TYPE_CHECKING:
    from neurograph.models.sage.model import Sage

GATES = 3  # of a GRU: reset, update, new


class Counter:
    """Adds up what a baseline computes, batch after batch."""

    def __init__(self, model: Sage) -> None:
        self.model = model
        self.binary = model.config.binary
        self.count = 0
        self.macs: dict[str, float] = {}
        self.acs: dict[str, float] = {}
        self.dense: dict[str, float] = {}
        self.activations = self.silent = 0.0

    def add(self, values: Array, slots: Array, activations: list[Tensor]) -> None:
        """One batch: the features of all nodes, its sampled trees, and what every layer gave."""
        self.count += len(slots)
        batch = load_batch(values, slots)
        inputs = (batch.features != 0)[batch.where.long()]  # (nodes, T, slots, F)
        for number, layer in enumerate(self.model.dense):
            groups, plain = self.model.neighbour_groups[number], number == 0 and self.binary
            self._layer(f"h{number + 1}", layer, inputs, groups, plain=plain)
            inputs = activations[number] != 0
        if self.model.gru is not None:
            self._gru(self.model.gru, activations[-2].squeeze(2), activations[-1].squeeze(2))
        self._linear("readout", self.model.readout.over_time(), (activations[-1] != 0).flatten(1))
        for found in activations:
            self.activations += found.numel()
            self.silent += found.numel() - int(found.count_nonzero())

    def infer(self, values: Array, slots: Array) -> Array:
        """Logits ``(nodes, classes)`` of sampled trees, and count what they take."""
        logits = [np.zeros((0, self.model.config.classes), np.float32)]
        with torch.no_grad():
            for part in in_chunks(slots, KEPT_AT_ONCE):
                found = self.model.of_trees(values, part)
                logits.append(self.model.read_out(found).cpu().numpy())
                self.add(values, part, [x.cpu() for x in found])
        return np.concatenate(logits)

    def complexity(self) -> Complexity:
        """Per inference. The biases of a GRU are connections, as NeuroBench has it."""
        parameters = list(self.model.parameters())
        weights = [p for name, p in self.model.named_parameters() if p.dim() == 2 or "gru." in name]
        return Complexity(
            layers=tuple(
                Operations(
                    name=name,
                    macs=self.macs[name] / self.count,
                    acs=self.acs.get(name, 0.0) / self.count,
                    dense=self.dense[name] / self.count,
                )
                for name in self.macs
            ),
            activations=self.activations / self.count,
            silent=self.silent / self.count,
            weights=sum(w.numel() for w in weights),
            absent=sum(w.numel() - int(w.count_nonzero()) for w in weights),
            parameters=sum(p.numel() for p in parameters),
            footprint=sum(p.numel() * p.element_size() for p in parameters),
        )

    def _layer(
        self,
        name: str,
        layer: TreeLayer,
        inputs: Tensor,
        groups: NeighbourGroups,
        *,
        plain: bool,
    ) -> None:
        """Own inputs, and the means of the neighbours', which are added up first.

        Products with own inputs that are `plain`, 0 or 1, are accumulates.
        """
        from_self, from_neighbours = inputs[:, :, : groups.rows], _any_drawn(inputs, groups)
        self._linear(name, layer.own.weight, from_self, self.acs if plain else self.macs)
        self._linear(name, layer.neighbours.weight, from_neighbours)
        children = inputs[:, :, groups.first[0] : groups.first[-1] + groups.fanout[-1]]
        self._count(self.acs, name, int(children.count_nonzero()))

    def _gru(self, gru: nn.GRU, inputs: Tensor, states: Tensor) -> None:
        """Products of all gates with inputs and earlier states, and three products per unit.

        Those are the reset gate by the state's part, the complement of the update gate by the new
        state, and the update gate by the earlier one, which is 0 at first. Sigmoids and tanh are
        no products.
        """
        before = torch.zeros_like(states)
        before[:, 1:] = states[:, :-1]
        weights = dict(gru.named_parameters())
        self._linear("gru", weights["weight_ih_l0"], inputs != 0)
        self._linear("gru", weights["weight_hh_l0"], before != 0)
        by_gates = 2 * states.numel() + int(before.count_nonzero())
        self._count(self.macs, "gru", by_gates)
        self._count(self.dense, "gru", GATES * states.numel())

    def _linear(
        self, name: str, weight: Tensor, inputs: Tensor, into: dict[str, float] | None = None
    ) -> None:
        """Products of ``(..., C)`` inputs with ``(H, C)`` weights, by default in `macs`."""
        used = inputs.reshape(-1, inputs.shape[-1])
        fan_out = weight.detach().count_nonzero(0).to(torch.float64)
        products = float(used.sum(0, dtype=torch.float64) @ fan_out)
        self._count(self.macs if into is None else into, name, products)
        self._count(self.dense, name, float(len(used)) * weight.numel())

    @staticmethod
    def _count(into: dict[str, float], name: str, amount: float) -> None:
        into[name] = into.get(name, 0.0) + amount


def _any_drawn(inputs: Tensor, groups: NeighbourGroups) -> Tensor:
    """Bool ``(nodes, T, rows, C)``: whether the mean of a row's draws can be anything but 0."""
    return groups.sum(inputs.to(torch.float32)) > 0
