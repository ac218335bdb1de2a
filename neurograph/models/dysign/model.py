"""Dy-SIGN: soft-reset neurons with feedback, trained at the equilibrium of their firing rates.

What the paper states (Yin et al., AAAI 2024, arXiv 2401.05373), which publishes no code:

1. *information compensation*: early-layer information goes straight to the last layer;
2. *implicit differentiation* at the equilibrium state takes the place of back-propagation through
   time, so that memory does not grow with the number of latency steps;
3. both on dynamic graphs, snapshot after snapshot.

What it builds on (IDE-FSNN, Xiao et al., NeurIPS 2021, arXiv 2109.14247):

4. neurons ``u[k+1] = leak u[k] + I``, ``s = 1[u > threshold]``, ``u -= threshold s``; IF: leak 1;
5. feedback from the last layer to the first; the spectral norm of its weight is bounded;
6. rates ``a = mean_k s[k]`` go to the equilibrium ``a = f(a)``, every layer of f being
   ``clamp(I(a below) / threshold, 0, 1)``;
7. the backward pass of 2: the network runs without a graph, f is applied once at the measured
   rates, and ``y = g + y df/da`` is solved before going on through that application.

Our reconstruction, where the paper leaves it open:

8. neighbours are sampled as in SpikeNet; a row of layer l is a slot of the tree, and
   ``A_l(s) = W_self s_v + W_nbr mean s_u + b``. Feedback is from the node to its own row.
9. compensation is ``W_c x``, what the first layer reads of the node, into the last layer. From
   the first layer's spikes, as one might also read 1, it would be the same map as W_self in a
   model of two layers, and no information that spikes have lost.
10. feedback is as many latency steps late as there are layers (see `dynamics`): that is when
    it arrives on a chip. Where the rates settle does not depend on it.
11. membranes are carried over the snapshots; the gradient is of each snapshot's equilibrium alone.
12. rates are plain means for a leaky membrane too (IDE-FSNN weighs late spikes more): the linear
    readout over all snapshots, on the host or on the chip, counts every spike alike. The layers of
    f are then ``clamp((I / threshold - (1 - leak)) / leak, 0, 1)``, see `rates`.
13. in the application of 7, what a layer hands on are the measured rates of the layer below and
    not those of f: they differ by what K latency steps cannot resolve.
14. by default a clamp has the derivative of a logistic curve (`surrogate`), since neurons outside
    it would never learn; `clamp` is the derivative of 6, which finite differences confirm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from neurograph.core.errors import ModelError
from neurograph.ir import Network
from neurograph.models.dysign import dynamics
from neurograph.models.dysign.config import DySignConfig
from neurograph.models.dysign.dynamics import DynamicsInput, Upper
from neurograph.models.dysign.rates import RateCurve, with_row_0
from neurograph.models.dysign.solver_monitor import SolverMonitor
from neurograph.models.layers.aggregate import Dropout, no_dropout, self_and_mean, slot_currents
from neurograph.models.layers.batch import Batch
from neurograph.models.layers.implicit import (
    Solver,
    bounded,
    equilibrium,
    find_method,
    spectral_norm,
)
from neurograph.models.tree_model import TreeLayer, TreeModel
from neurograph.models.tree_network import Numbers

_ROUNDING = 1e-4  # of a spectral norm, relative


class DySign(TreeModel):
    """See the module."""

    config: DySignConfig

    def __init__(self, config: DySignConfig) -> None:
        widths = (config.features, *config.hidden)
        layers = [TreeLayer(inputs, outputs) for inputs, outputs in pairwise(widths)]
        super().__init__(config, layers)
        self.spiking = layers
        first, last = config.hidden[0], config.hidden[-1]
        self.feedback = nn.Linear(last, first, bias=False) if config.feedback else None
        self.compensation = (
            nn.Linear(config.features, last, bias=False) if config.compensation else None
        )
        self.solver = Solver(method=find_method(config.solver))
        self.monitor = SolverMonitor()
        self.curve = RateCurve(config.threshold, config.leak, config.surrogate)
        self.after_step()

    def activations(self, batch: Batch, dropout: Dropout | None = None) -> list[Tensor]:
        """Firing rates ``(nodes, T, rows, channels)`` per layer; the last one has gradients."""
        given = self.dynamics_input(batch, dropout)
        measured = dynamics.rates(given)
        if torch.is_grad_enabled():
            measured[-1] = self._with_gradient(given, measured)
        return measured

    def spikes(self, batch: Batch) -> tuple[list[Tensor], list[Tensor]]:
        """Every spike, bool ``(nodes, T K, rows, channels)`` per layer, and the rates."""
        return dynamics.spikes(self.dynamics_input(batch))

    def rates(self, activations: list[Tensor]) -> list[float]:
        return [float(x.mean()) for x in activations]

    def dynamics_input(self, batch: Batch, dropout: Dropout | None = None) -> DynamicsInput:
        """Everything that makes the neurons of these nodes fire."""
        first, *rest = self.spiking
        products = first.products(batch.features)
        currents = slot_currents(products, batch.where, self.neighbour_groups[0])
        skip = currents.new_zeros(*currents.shape[:2], self.config.hidden[-1])
        if self.compensation is not None:
            skip = self.compensation(batch.features)[batch.where[:, :, 0].long()]
        return DynamicsInput(
            currents=currents,
            skip=skip,
            upper=tuple(
                Upper(
                    self_weight=layer.own.weight,
                    neighbour_weight=layer.neighbours.weight,
                    bias=layer.bias(),
                    groups=self.neighbour_groups[number],
                )
                for number, layer in enumerate(rest, 1)
            ),
            feedback=None if self.feedback is None else self.feedback.weight,
            dropout=dropout or no_dropout(len(batch.where)),
            latency=self.config.latency,
            leak=self.config.leak,
            threshold=self.config.threshold,
        )

    def _with_gradient(self, given: DynamicsInput, measured: list[Tensor]) -> Tensor:
        """The last layer's rates, differentiable at their equilibrium.

        Feedback reaches row 0 of the first layer, and of each layer only row 0 reads row 0: so f
        needs row 0 alone, and what it reads of its neighbours is computed before.
        """
        scales: list[Tensor] = []
        currents, of_row_0 = with_row_0(given.currents)
        from_neighbours = self._from_neighbours(given, currents, measured)
        if given.masks is not None:
            scales = [m[:, :, 0] * given.scale for m in given.masks]

        def f(z: Tensor) -> Tensor:
            into = of_row_0
            if given.feedback is not None:
                into = into + linear(z, given.feedback)
            for number, layer in enumerate(given.upper):
                below = self.curve.at(into, measured[number][:, :, 0])
                if scales:
                    below = below * scales[number]
                into = linear(below, layer.self_weight) + from_neighbours[number]
            return self.curve.rate(into + given.skip)

        found = measured[-1][:, :, 0]
        rates = equilibrium(found, f, self.solver, each=2, report=self.monitor.add)
        return rates[:, :, None]

    def _from_neighbours(
        self, given: DynamicsInput, into: Tensor, measured: list[Tensor]
    ) -> list[Tensor]:
        """What row 0 reads of its neighbours in every layer above the first, with the bias.

        Args:
            into: currents of the first layer, ``(nodes, T, rows, H)``.

        Returns:
            ``(nodes, T, channels)`` each. Nothing of it depends on the feedback.
        """
        found = []
        for number, layer in enumerate(given.upper):
            below = self.curve.at(into, measured[number])
            dropout = given.dropout.of_layer(number + 1)
            self_and_neighbours = self_and_mean(below, layer.groups, dropout)
            found.append(
                linear(self_and_neighbours[:, :, 0, 1], layer.neighbour_weight, layer.bias)
            )
            if layer.groups.rows > 1:
                weight = torch.cat([layer.self_weight, layer.neighbour_weight], 1)
                into = linear(self_and_neighbours.flatten(-2), weight, layer.bias)
        return found

    def after_step(self) -> None:
        """Feedback back within its bound; raises ModelError if the solver keeps failing."""
        if self.feedback is not None:
            with torch.no_grad():
                self.feedback.weight.copy_(
                    bounded(self.feedback.weight, self.config.spectral_bound)
                )
        self.monitor.end_step(self.solver)

    def capture(self) -> Network:
        return self.config.network(self.captured())

    def captured(self) -> Numbers:
        layers = [layer.numbers(self.config.ir_neuron()) for layer in self.spiking]
        joined = {"feedback": self.feedback, "compensation": self.compensation}
        weights = {name: of.weight for name, of in joined.items() if of is not None}
        return self.numbers(layers, weights)

    def warnings(self, history: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """The epochs in which the implicit gradient was not found, if there are any."""
        failed = [row for row in history if row.get("solver_failed", 0.0) > 0.0]
        if failed:
            worst = max(failed, key=lambda row: float(row["solver_residual"]))
            yield (
                f"the {self.config.solver} solver did not converge in "
                f"{max(row['solver_failed'] for row in failed):.0%} of an epoch's steps, in "
                f"{len(failed)} of {len(history)} epochs; the largest residual, "
                f"{worst['solver_residual']:.2g} of the gradient, is in epoch {worst['epoch']} "
                "(metrics.jsonl); lower --spectral-bound, or use --solver broyden"
            )

    def observed(self) -> dict[str, float]:
        return self.monitor.take()

    def check_weights(self) -> None:
        """Raise ModelError if the feedback weight is over its spectral bound."""
        if self.feedback is None:
            return
        norm, bound = spectral_norm(self.feedback.weight), self.config.spectral_bound
        if norm > bound * (1 + _ROUNDING):
            raise ModelError(
                f"feedback.weight has the spectral norm {norm:.4g}, the bound is {bound:g}: its "
                "rates need not settle; train again, or scale the weight down"
            )
