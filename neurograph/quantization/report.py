"""What quantisation did to each part of a network, in numbers, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from neurograph.chip.footprint import mantissa_bits
from neurograph.core.arrays import Array
from neurograph.ir import Cause, Network, QNetwork, QPopulation, QProjection, QStream, Schedule
from neurograph.ir.passes.means import with_means
from neurograph.ir.passes.relays import needs_relay, with_relays
from neurograph.ir.rounding import pieces_of
from neurograph.ir.schedule import Order

_FEW = 0.001  # share of differing spikes below which nothing is suggested
_MAIN = 0.5  # share of a layer's own differences that makes a cause the main one
_MANY_ZEROS, _MUCH_CLIPPED = 0.2, 0.02


@dataclass(frozen=True, kw_only=True)
class InputReport:
    """A stream of payloads, on calibration nodes.

    Attributes:
        name: of the stream.
        bits: of a payload, sign included.
        scale: payload units per float unit.
        clip: largest magnitude that a payload holds, in float units.
        clipped: share of the features beyond it.
        mean_of: the stream whose mean rounding errors it carries; empty: it carries features.
    """

    name: str
    bits: int
    scale: float
    clip: float
    clipped: float
    mean_of: str


@dataclass(frozen=True, kw_only=True)
class WeightReport:
    """The weights of one projection of the float network.

    Attributes:
        name: of the projection.
        parts: integer projections that add up to it.
        exponents: of their shifts.
        largest: magnitude of its largest mantissa.
        bits_used: of mantissa, sign included, that its largest weight needs at its finest step.
        levels: different weights that it holds.
        clipped: share of its non-zero weights that the mantissas' range clips.
        zeroed: share of its non-zero weights that became zero.
        error: rms error, over the rms of the weights.
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
class LayerReport:
    """A population, on calibration nodes.

    Attributes:
        name: of the population.
        neuron: its kind.
        guard_bits: of v below the unit of a sum.
        scale: smallest and largest over channels, in units of a sum per float unit.
        threshold: smallest and largest over channels, in units of v.
        differ: share of its spikes that differ from the floats'.
        payloads: share of its spikes that changes where only features are rounded.
        own: share of its spikes that changes where only it and the weights into it are.
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
class QuantisationReport:
    """What quantisation did to a network.

    Attributes:
        inputs: every stream of features, and of their means.
        weights: every projection of the float network.
        layers: every population of the float network.
        suggestions: what would help, most helpful first.
    """

    inputs: tuple[InputReport, ...]
    weights: tuple[WeightReport, ...]
    layers: tuple[LayerReport, ...]
    suggestions: tuple[str, ...]


def quantisation_report(network: Network, quantized: QNetwork) -> QuantisationReport:
    """Report what `quantized` holds of `network`, and what its errors suggest."""
    shares = _Shares(quantized)
    means = [s for s in quantized.streams if s.mean_of]
    projections = [j.name for j in with_means(_relayed_as(network, quantized), means).projections]
    known = {p.name for p in network.spiking}
    features = [
        s for s in quantized.streams if shares.known(s.name, Cause.FEATURES_CLIPPED) or s.mean_of
    ]
    weights = tuple(_weights(quantized, name, shares) for name in projections)
    layers = tuple(_layer(p, quantized, shares) for p in quantized.populations if p.name in known)
    return QuantisationReport(
        inputs=tuple(_input(s, shares) for s in features),
        weights=weights,
        layers=layers,
        suggestions=tuple(_suggestions(weights, layers, shares)),
    )


def _relayed_as(network: Network, quantized: QNetwork) -> Network:
    """`network` with the relays that its integers have."""
    first: dict[str, Order] = {
        j.name: "aggregate"
        for j in network.projections
        if needs_relay(network, j)
        and pieces_of(quantized.projections, j.name)[0].source != j.source
    }
    return with_relays(network, first)


class _Shares:
    """Errors by place and cause, as shares of their totals."""

    def __init__(self, quantized: QNetwork) -> None:
        self._errors = {(x.where, x.cause): x for x in quantized.errors if x.cause is not None}

    def known(self, where: str, cause: Cause) -> bool:
        return (where, cause) in self._errors

    def __call__(self, where: str, cause: Cause) -> float:
        error = self._errors.get((where, cause))
        return error.amount / error.total if error and error.total else 0.0


def _input(stream: QStream, shares: _Shares) -> InputReport:
    return InputReport(
        name=stream.name,
        bits=stream.bits,
        scale=stream.scale,
        clip=stream.payload_max / stream.scale,
        clipped=shares(stream.name, Cause.FEATURES_CLIPPED),
        mean_of=stream.mean_of,
    )


def _weights(quantized: QNetwork, name: str, shares: _Shares) -> WeightReport:
    pieces = pieces_of(quantized.projections, name)
    return WeightReport(
        name=name,
        parts=len(pieces),
        exponents=tuple(dict.fromkeys(j.exponent for j in pieces)),
        largest=max(int(np.abs(_integers(j)).max(initial=0)) for j in pieces),
        bits_used=max(_bits_used(j) for j in pieces),
        levels=_levels(pieces),
        clipped=shares(name, Cause.WEIGHTS_CLIPPED),
        zeroed=shares(name, Cause.WEIGHTS_ZEROED),
        error=shares(name, Cause.WEIGHTS_ROUNDED),
    )


def _bits_used(j: QProjection) -> int:
    """Bits of mantissa that its synapses need; entries of a schedule have one sign."""
    if isinstance(j.mix, Schedule):
        return int(np.abs(_integers(j)).max(initial=0)).bit_length()
    return mantissa_bits(j)


def _levels(pieces: Sequence[QProjection]) -> int:
    """Different weights that the pieces hold together, at one exponent and zero aside."""
    held = [np.unique(_integers(j)) * 2.0**j.exponent for j in pieces]
    return len(np.unique(np.concatenate(held)))


def _integers(j: QProjection) -> Array:
    """Int64, what its synapses hold: weights, or entries of its schedule."""
    if not isinstance(j.mix, Schedule) or j.mix.joins:
        return j.weight.astype(np.int64)
    entries = [np.unique(x) for x in (j.mix.of_so_far, j.mix.of_new, j.mix.of_self)]
    held: Array = np.concatenate(entries).astype(np.int64)
    return held


def _layer(population: QPopulation, quantized: QNetwork, shares: _Shares) -> LayerReport:
    p, name = population, population.name
    differ, payloads = shares(name, Cause.SPIKES_DIFFER), shares(name, Cause.PAYLOADS_ALONE)
    own = shares(name, Cause.OWN_INTEGERS_ALONE)
    return LayerReport(
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
        trained = quantized.scheme_from == "training"
        more = "train with more --bits" if trained else "train --qat, or more bits"
        return f"its own weights and threshold cost most: {more}"
    return "the layers before it cost most: mend those first"


def _suggestions(
    weights: Sequence[WeightReport], layers: Sequence[LayerReport], shares: _Shares
) -> Iterator[str]:
    for layer in sorted(layers, key=lambda x: -x.differ):
        if layer.suggestion:
            yield (
                f"{layer.name}: {layer.differ:.2%} of its spikes differ, {layer.payloads:.2%} by "
                f"payloads alone, {layer.own:.2%} by its own integers alone; {layer.suggestion}"
            )
        if saturated := shares(layer.name, Cause.MEMBRANES_SATURATED):
            yield (
                f"{layer.name}: {saturated:.2%} of its membranes end saturated; a stronger leak or "
                "a lower drive keeps them inside 24 bits"
            )
    for w in weights:
        if w.zeroed > _MANY_ZEROS:
            yield f"{w.name}: {w.zeroed:.0%} of its weights round to zero; use more --weight-bits"
        if w.clipped > _MUCH_CLIPPED:
            yield f"{w.name}: {w.clipped:.1%} of its weights are clipped; train --qat"
