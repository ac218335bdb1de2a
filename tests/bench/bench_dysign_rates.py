"""How the rates of a Dy-SIGN go to their equilibrium as the latency steps become more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from table import Row, row
from torch import Tensor
from torch.nn.functional import linear

from neurograph.models.dysign import dynamics as dynamics
from neurograph.models.dysign.config import DySignConfig
from neurograph.models.dysign.dynamics import DynamicsInput
from neurograph.models.dysign.model import DySign
from neurograph.models.dysign.rates import RateCurve
from neurograph.models.layers.batch import Batch

LATENCIES = tuple(10 * 2**n for n in range(8))
TARGETS, FEATURES, BAR = 64, 128, 0.15


def rows() -> list[Row]:
    """Of random weights and features, in float64."""
    drive = random_drive()
    gaps = [gap(drive, latency) for latency in LATENCIES]
    slope = float(np.polyfit(np.log(LATENCIES), np.log(gaps), 1)[0])
    return [
        *(
            row(f"|a[K] - f(a[K])|, mean of {TARGETS} targets, K = {latency}", found, "")
            for latency, found in zip(LATENCIES, gaps, strict=True)
        ),
        row("... slope of its logarithm over that of K", slope, ""),
        row("... distance of the slope from -1", abs(slope + 1), "", BAR),
    ]


def random_drive() -> DynamicsInput:
    """One snapshot; every singular value of the feedback is at its bound."""
    config = DySignConfig(features=FEATURES, classes=2, steps=1, leak=1.0, spectral_bound=1.0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = DySign(config).double()
        assert model.feedback is not None
        torch.nn.init.normal_(model.feedback.weight)
        model.after_step()
        slots = config.tree.slots
        given = torch.randn(TARGETS * slots, FEATURES, dtype=torch.float64)
    where = torch.arange(TARGETS * slots, dtype=torch.int32).reshape(TARGETS, 1, slots)
    with torch.no_grad():
        return model.dynamics_input(Batch(given, where))


def gap(drive: DynamicsInput, latency: int) -> float:
    """Of the rates of all layers, measured over so many latency steps; the mean over targets."""
    measured = dynamics.rates(replace(drive, latency=latency))
    with torch.no_grad():
        settled = settled_rates(drive, measured)
    apart = [(a - f).flatten(1) for a, f in zip(measured, settled, strict=True)]
    return float(torch.cat(apart, 1).norm(dim=1).mean())


def settled_rates(drive: DynamicsInput, measured: list[Tensor]) -> list[Tensor]:
    """The equilibrium map f of every layer, at these rates of the layers that it reads."""
    into = drive.currents.clone()
    if drive.feedback is not None:
        into[:, :, 0] += linear(measured[-1][:, :, 0], drive.feedback)
    settled = []
    for layer, below in zip(drive.upper, measured, strict=False):
        settled.append(RateCurve(drive.threshold).rate(into))
        own = linear(below[:, :, : layer.groups.rows], layer.self_weight, layer.bias)
        into = own + linear(layer.groups.mean(below), layer.neighbour_weight)
    into[:, :, 0] += drive.skip
    return [*settled, RateCurve(drive.threshold).rate(into)]
