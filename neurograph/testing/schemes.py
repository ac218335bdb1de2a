"""Quantisation schemes made without calibration, for tests of what follows a scheme."""

from __future__ import annotations

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import Network, NeuronScale, Projection, QStream, Schedule, Scheme, WeightGrid
from neurograph.ir.passes.means import with_means
from neurograph.ir.rounding import apart, gain, smallest_exponent


def plain_scheme(
    network: Network,
    largest: float,
    *,
    bits: int = 8,
    feature_bits: int = 8,
    guard_bits: int = 6,
    room: float = 2.0,
    means: bool = False,
    split: bool = False,
    cut: float | None = None,
    per_channel: bool = False,
) -> Scheme:
    """The finest scale at which no sum leaves its 24 bits while weights grow by less than `room`.

    Args:
        largest: magnitude of the features that the largest payload stands for.
        guard_bits: of neurons that are programs; the chip's fixed one has 6.
        means: a stream of mean rounding errors beside each stream of features.
        split: projections of one sign each.
        cut: share of the largest weight beyond which weights
            are a projection of their own.
        per_channel: scales that differ, where a neuron can.
    """
    plain = tuple(
        QStream(name=s.name, rows=s.rows, channels=s.channels, bits=feature_bits)
        for s in network.streams
    )
    scaled = tuple(
        QStream(
            name=s.name,
            rows=s.rows,
            channels=s.channels,
            bits=s.bits,
            scale=s.payload_max / largest,
        )
        for s in plain
    )
    streams = (*scaled, *(s.mean() for s in scaled)) if means else scaled
    extended = with_means(network, streams)
    populations = {}
    for p in network.populations:
        bits_below = guard_bits if p.neuron.has_program else fx.GUARD_BITS
        reach = sum(_reach(j, streams) for j in extended.projections if j.target == p.name)
        scale = (fx.STATE_MAX >> bits_below) / (room * float(np.max(reach)))
        scale = min(scale, fx.THRESHOLD_MAX / (2 * p.neuron.threshold))
        of = [_unit_weight(j, streams) for j in extended.projections if j.target == p.name]
        scale = min(scale, (1 << (fx.WEIGHT_EXP_MAX + 6)) / max(of))  # exponents end at 7
        each = tuple((scale * np.linspace(0.5, 1.0, p.channels)).tolist())
        differ = per_channel and p.neuron.has_program
        populations[p.name] = NeuronScale(scale=each if differ else scale, guard_bits=bits_below)
    unfinished = Scheme(streams=streams, populations=populations, projections={})
    channels = {p.name: p.channels for p in network.populations}
    return Scheme(
        streams=streams,
        populations=populations,
        projections={
            j.name: _grid(j, gain(j, unfinished, channels[j.target]), bits, split=split, cut=cut)
            for j in extended.projections
        },
    )


def _reach(projection: Projection, streams: tuple[QStream, ...]) -> Array:
    """The largest sums ``(rows, channels)`` that a projection can make, in float units."""
    top = {s.name: s.payload_max / s.scale for s in streams}.get(projection.source, 1.0)
    mix, weight = projection.mix, np.abs(projection.weight).sum(axis=1)
    rows = [mix.row_total] if isinstance(mix, Schedule) else mix.sum(axis=1)
    reach: Array = np.outer(rows, weight) * top
    return reach


def _unit_weight(projection: Projection, streams: tuple[QStream, ...]) -> float:
    """The largest weight at a scale of 1."""
    payload = {s.name: s.scale for s in streams}.get(projection.source, 1.0)
    return max(float(np.abs(projection.weight).max()) / payload, 1e-9)


def _grid(
    projection: Projection, gains: Array, bits: int, *, split: bool, cut: float | None
) -> WeightGrid:
    beyond = None if cut is None else cut * float(np.abs(projection.weight).max())
    exponents = [
        smallest_exponent(w, gains, bits, split=split) for w in apart(projection.weight, beyond)
    ]
    return WeightGrid(bits=bits, exponent=exponents[0], split=split, cut=beyond, large=exponents[1])
