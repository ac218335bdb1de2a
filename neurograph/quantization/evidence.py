"""What quantisation did to each part of a network, in numbers, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from neurograph.chip.footprint import mantissa_bits
from neurograph.core.arrays import Array
from neurograph.ir import Network, QNetwork, QPopulation, QProjection, QStream
from neurograph.ir.rounding import parts_of, with_means

# what a `Loss` of these names says is attributed below
PAYLOADS_ALONE = "spikes that payloads alone change"
OWN_INTEGERS_ALONE = "spikes that its own integers alone change"
DIFFER = "spikes that differ on calibration nodes"
CLIPPED, ZEROED = "weights clipped", "weights rounded to zero"
FEATURES_CLIPPED = "features clipped"
TRAINED = "fixed in training, whose forward pass ran these integers"  # why a `Choice` is so

_FEW = 0.001  # share of differing spikes below which nothing is suggested
_MAIN = 0.5  # share of a layer's own differences that makes a cause the main one
_MANY_ZEROS, _MUCH_CLIPPED = 0.2, 0.02


@dataclass(frozen=True, kw_only=True)
class InputEvidence:
    """A stream of payloads: `clip` is the largest magnitude it holds, in float units."""

    name: str
    bits: int
    scale: float
    clip: float
    clipped: float
    mean_of: str


@dataclass(frozen=True, kw_only=True)
class WeightEvidence:
    """The weights of one projection of the float network.

    Attributes:
        exponents: of the shifts of its parts. parts: integer projections that add up to it.
        largest: magnitude of its largest mantissa. bits_used: of mantissa, sign included, that
            its largest weight needs at its finest step. levels: different weights that it holds.
        clipped, zeroed: shares of its non-zero weights. error: rms, over that of the weights.
    """

    name: str
    parts: int
    exponents: tuple[int, ...]
    largest: int
    bits_used: int
    levels: int
    clipped: float
    zeroed: float
    error: float


@dataclass(frozen=True, kw_only=True)
class LayerEvidence:
    """A population, on calibration nodes.

    Attributes:
        scale, threshold: smallest and largest over channels, in units of a sum per float unit,
            and in units of v.
        differ: share of its spikes that differ from the floats'. payloads: share that changes
            where only features are rounded. own: where only it and the weights into it are.
        suggestion: what would help most; empty if hardly a spike differs.
    """

    name: str
    neuron: str
    guard_bits: int
    scale: tuple[float, float]
    threshold: tuple[int, int]
    differ: float
    payloads: float
    own: float
    suggestion: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Every input, projection and layer; `suggestions` of the whole, most helpful first."""

    inputs: tuple[InputEvidence, ...]
    weights: tuple[WeightEvidence, ...]
    layers: tuple[LayerEvidence, ...]
    suggestions: tuple[str, ...]


def evidence(network: Network, quantized: QNetwork) -> Evidence:
    """What `quantized` holds of `network`, and what its losses suggest."""
    shares = _Shares(quantized)
    means = [s for s in quantized.streams if s.mean_of]
    projections = [j.name for j in with_means(network, means).projections]
    known = {p.name for p in network.populations}
    features = [s for s in quantized.streams if shares.known(s.name, FEATURES_CLIPPED) or s.mean_of]
    weights = tuple(_weights(quantized, name, shares) for name in projections)
    layers = tuple(_layer(p, quantized, shares) for p in quantized.populations if p.name in known)
    return Evidence(
        inputs=tuple(_input(s, shares) for s in features),
        weights=weights,
        layers=layers,
        suggestions=tuple(_suggestions(weights, layers, shares)),
    )


class _Shares:
    """Losses by place and name."""

    def __init__(self, quantized: QNetwork) -> None:
        self._lost = {(x.where, x.what): x for x in quantized.lost}

    def known(self, where: str, what: str) -> bool:
        return (where, what) in self._lost

    def __call__(self, where: str, what: str) -> float:
        loss = self._lost.get((where, what))
        return loss.amount / loss.total if loss and loss.total else 0.0


def _input(stream: QStream, shares: _Shares) -> InputEvidence:
    return InputEvidence(
        name=stream.name,
        bits=stream.bits,
        scale=stream.scale,
        clip=stream.payload_max / stream.scale,
        clipped=shares(stream.name, FEATURES_CLIPPED),
        mean_of=stream.mean_of,
    )


def _weights(quantized: QNetwork, name: str, shares: _Shares) -> WeightEvidence:
    parts = parts_of(quantized.projections, name)
    return WeightEvidence(
        name=name,
        parts=len(parts),
        exponents=tuple(dict.fromkeys(j.exponent for j in parts)),
        largest=max(int(np.abs(j.weight.astype(int)).max(initial=0)) for j in parts),
        bits_used=max(mantissa_bits(j) for j in parts),
        levels=_levels(parts),
        clipped=shares(name, CLIPPED),
        zeroed=shares(name, ZEROED),
        error=shares(name, "rms error of weights"),
    )


def _levels(parts: Sequence[QProjection]) -> int:
    """Different weights that the parts hold together, at one exponent and zero aside."""
    held = [np.unique(j.weight.astype(np.float64)) * 2.0**j.exponent for j in parts]
    return len(np.unique(np.concatenate(held)))


def _layer(population: QPopulation, quantized: QNetwork, shares: _Shares) -> LayerEvidence:
    p, name = population, population.name
    differ, payloads = shares(name, DIFFER), shares(name, PAYLOADS_ALONE)
    own = shares(name, OWN_INTEGERS_ALONE)
    return LayerEvidence(
        name=name,
        neuron=p.neuron.kind,
        guard_bits=p.neuron.guard_bits,
        scale=_span(p.scales),
        threshold=(int(p.theta.min()), int(p.theta.max())),
        differ=differ,
        payloads=payloads,
        own=own,
        suggestion=_layer_suggestion(differ, payloads, own, quantized),
    )


def _span(numbers: Array) -> tuple[float, float]:
    return float(numbers.min()), float(numbers.max())


def _layer_suggestion(differ: float, payloads: float, own: float, quantized: QNetwork) -> str:
    if differ < _FEW:
        return ""
    bits = max((s.bits for s in quantized.streams if s.bits > 1), default=0)
    if payloads >= _MAIN * differ and bits:
        return f"its features cost most: export with --feature-bits {bits + 2}"
    if own >= _MAIN * differ:
        more = "train with more --bits" if trained(quantized) else "train --qat, or more bits"
        return f"its own weights and threshold cost most: {more}"
    return "the layers before it cost most: mend those first"


def trained(quantized: QNetwork) -> bool:
    """Whether training ran in these integers."""
    return any(choice.why == TRAINED for choice in quantized.choices)


def _suggestions(
    weights: Sequence[WeightEvidence], layers: Sequence[LayerEvidence], shares: _Shares
) -> Iterator[str]:
    for layer in sorted(layers, key=lambda x: -x.differ):
        if layer.suggestion:
            yield (
                f"{layer.name}: {layer.differ:.2%} of its spikes differ, {layer.payloads:.2%} by "
                f"payloads alone, {layer.own:.2%} by its own integers alone; {layer.suggestion}"
            )
        if saturated := shares(layer.name, "membranes saturated after the last step"):
            yield (
                f"{layer.name}: {saturated:.2%} of its membranes end saturated; a stronger leak or "
                "a lower drive keeps them inside 24 bits"
            )
    for w in weights:
        if w.zeroed > _MANY_ZEROS:
            yield f"{w.name}: {w.zeroed:.0%} of its weights round to zero; use more --weight-bits"
        if w.clipped > _MUCH_CLIPPED:
            yield f"{w.name}: {w.clipped:.1%} of its weights are clipped; train --qat"
