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
   ``A_l(s) = W_self s_v + W_nbr mean s_u + b``. Feedback is from the target to its own row.
9. compensation is ``W_c x``, what the first layer reads of the target, into the last layer. From
   the first layer's spikes, as one might also read 1, it would be the same map as W_self in a
   model of two layers, and no information that spikes have lost.
10. feedback is as many latency steps late as there are layers (see `dysign_dynamics`): that is when
    it arrives on a chip. Where the rates settle does not depend on it.
11. membranes are carried over the snapshots; the gradient is of each snapshot's equilibrium alone.
12. rates are plain means for a leaky membrane too (IDE-FSNN weighs late spikes more): the linear
    readout over all snapshots, on the host or on the chip, counts every spike alike. The layers of
    f are then ``clamp((I / threshold - (1 - leak)) / leak, 0, 1)``, see `dysign_rates`.
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
from neurograph.models.dysign import dynamics as dynamics
from neurograph.models.dysign.config import DySignConfig
from neurograph.models.dysign.dynamics import Drive, Upper
from neurograph.models.dysign.rates import RateCurve, with_target
from neurograph.models.dysign.solver_monitor import Settling
from neurograph.models.layers.aggregate import Dropout, no_dropout, self_and_mean, slot_currents
from neurograph.models.layers.batch import Batch
from neurograph.models.layers.implicit import Solver, bounded, equilibrium, spectral_norm
from neurograph.models.tree_model import TreeLayer, TreeModel

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
        self.solver = Solver(method=config.solver)
        self.settling = Settling()
        self.curve = RateCurve(config.threshold, config.leak, config.surrogate)
        self.after_step()

    def activations(self, batch: Batch, dropout: Dropout | None = None) -> list[Tensor]:
        """Firing rates of every layer, ``(B, T, rows, channels)``; the last one has gradients."""
        drive = self.drive(batch, dropout)
        measured = dynamics.rates(drive)
        if torch.is_grad_enabled():
            measured[-1] = self._with_gradient(drive, measured)
        return measured

    def spikes(self, batch: Batch) -> tuple[list[Tensor], list[Tensor]]:
        """Every spike, bool ``(B, steps * latency, rows, channels)`` per layer, and the rates."""
        return dynamics.spikes(self.drive(batch))

    def rates(self, activations: list[Tensor]) -> list[float]:
        return [float(x.mean()) for x in activations]

    def drive(self, batch: Batch, dropout: Dropout | None = None) -> Drive:
        """Everything that makes the neurons fire for these targets."""
        first, *rest = self.spiking
        products = first.products(batch.features)
        currents = slot_currents(products, batch.where, self.families[0])
        skip = currents.new_zeros(*currents.shape[:2], self.config.hidden[-1])
        if self.compensation is not None:
            skip = self.compensation(batch.features)[batch.where[:, :, 0].long()]
        return Drive(
            currents=currents,
            skip=skip,
            upper=tuple(
                Upper(
                    own=layer.own.weight,
                    near=layer.neighbours.weight,
                    bias=layer.bias(),
                    family=self.families[number],
                )
                for number, layer in enumerate(rest, 1)
            ),
            feedback=None if self.feedback is None else self.feedback.weight,
            dropout=dropout or no_dropout(len(batch.where)),
            latency=self.config.latency,
            leak=self.config.leak,
            threshold=self.config.threshold,
        )

    def _with_gradient(self, drive: Drive, measured: list[Tensor]) -> Tensor:
        """The last layer's rates, differentiable at their equilibrium.

        Feedback reaches row 0 of the first layer, and of each layer only row 0 reads row 0: so f
        needs the target's own row alone, and what it hears of its neighbours is computed before.
        """
        scales: list[Tensor] = []
        currents, of_target = with_target(drive.currents)
        heard = self._neighbours(drive, currents, measured)
        if drive.masks is not None:
            scales = [m[:, :, 0] * drive.scale for m in drive.masks]

        def f(z: Tensor) -> Tensor:
            into = of_target
            if drive.feedback is not None:
                into = into + linear(z, drive.feedback)
            for number, layer in enumerate(drive.upper):
                below = self.curve.at(into, measured[number][:, :, 0])
                if scales:
                    below = below * scales[number]
                into = linear(below, layer.own) + heard[number]
            return self.curve.rate(into + drive.skip)

        found = measured[-1][:, :, 0]
        rates = equilibrium(found, f, self.solver, each=2, report=self.settling.add)
        return rates[:, :, None]

    def _neighbours(self, drive: Drive, into: Tensor, measured: list[Tensor]) -> list[Tensor]:
        """What the target's row hears of its draws in every layer above the first, with the bias.

        Args:
            into: currents of the first layer, ``(B, T, R, H)``.

        Returns:
            ``(B, T, channels)`` each. Nothing of it depends on the feedback.
        """
        heard = []
        for number, layer in enumerate(drive.upper):
            below = self.curve.at(into, measured[number])
            dropout = drive.dropout.of_layer(number + 1)
            beside = self_and_mean(below, layer.family, dropout)
            heard.append(linear(beside[:, :, 0, 1], layer.near, layer.bias))
            if layer.family.rows > 1:
                weight = torch.cat([layer.own, layer.near], 1)
                into = linear(beside.flatten(-2), weight, layer.bias)
        return heard

    def after_step(self) -> None:
        """Feedback back within its bound; raises ModelError if the solver keeps failing."""
        if self.feedback is not None:
            with torch.no_grad():
                self.feedback.weight.copy_(
                    bounded(self.feedback.weight, self.config.spectral_bound)
                )
        self.settling.end_step(self.solver)

    def capture(self) -> Network:
        layers = [layer.numbers(self.config.ir_neuron()) for layer in self.spiking]
        joined = {"feedback": self.feedback, "compensation": self.compensation}
        weights = {name: of.weight for name, of in joined.items() if of is not None}
        return self.config.network(self.numbers(layers, weights))

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
        return self.settling.take()

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
