"""The scale of a population and the grids of all weights into it, chosen by spikes.

The comparator counts how many calibration spikes of each channel a candidate changes. A neuron
program has a threshold per neuron, so each channel takes the scale that is best for it; neurons of
the chip's fixed kind share one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import NeuronScale, Population, Projection, QPopulation, QProjection, WeightGrid
from neurograph.ir.bounds import Term
from neurograph.ir.rounding import (
    apart,
    mantissa_range,
    round_population,
    round_projection,
    smallest_exponent,
    state_bound,
)
from neurograph.quantization.comparator import SpikeComparator
from neurograph.quantization.outlet import Outlet
from neurograph.quantization.scale_limits import MARGIN, Afferent, largest_scales, outlets

_PER_OCTAVE, _OCTAVES = 8, 3  # tried scales, from the largest downwards
_FACTORS = 2.0 ** (np.arange(-6, 9) / 8)  # tried around the best: above 1 clips largest weights
_OUTLIER = 32  # times the 90th percentile of a projection's magnitudes


@dataclass(frozen=True, eq=False, kw_only=True)
class Candidate:
    """A population and all weights into it at given scales.

    Attributes:
        scales: float64 ``(channels,)``.
        grids: per projection.
        population: in integers.
        pieces: per projection, the integer projections that add up to it.
        relays: whose edges lead into it, in integers.
        outlets: those relays, and how they are scaled.
        changed: int64 ``(channels,)``, calibration spikes.
        bound: float64 ``(channels,)``, how far the states can go, in units of v.
    """

    scales: Array
    grids: Mapping[str, WeightGrid]
    population: QPopulation
    pieces: Mapping[str, tuple[QProjection, ...]]
    relays: tuple[QPopulation, ...]
    outlets: tuple[Outlet, ...]
    changed: Array
    bound: Array

    @property
    def total(self) -> int:
        return int(self.changed.sum())


@dataclass(frozen=True, eq=False, kw_only=True)
class ScaleSearch:
    """Finds the candidate of one population that changes the fewest calibration spikes.

    Attributes:
        population: in floats.
        afferents: the projections into it, and into the relays whose edges lead into it.
        comparator: of this population.
        updates: of a run.
        bits: of a weight.
    """

    population: Population
    afferents: Sequence[Afferent]
    comparator: SpikeComparator
    updates: int
    bits: int

    def best(self, *, split: bool) -> Candidate:
        """The best candidate, with weights of one sign per projection or of both.

        Raises:
            NetworkError: no scale fits, or one that fits rounds all weights of a projection to 0.
        """
        found = list(self._coarse(split=split))
        if not found:
            raise NetworkError(
                f"{self.population.name}: at no scale do its synaptic sums stay within 24 bits and "
                f"its weight exponents within {fx.WEIGHT_EXP_MAX}; use fewer feature bits, a "
                "shorter memory of the current, or smaller weights"
            )
        first = min(found, key=lambda c: c.total)  # the first of equals: the finest
        if not first.total:
            return self._alive(first)
        refined = [self._at(first.scales * f, first.grids) for f in _FACTORS if f != 1.0]
        around = [first, *(c for c in refined if c is not None)]
        if not self.free:
            return self._alive(min(around, key=lambda c: c.total))
        changed = np.array([c.changed for c in around])
        pick = changed.argmin(axis=0)
        scales = np.array([c.scales for c in around])[pick, np.arange(len(pick))]
        mixed = self._at(scales, first.grids)
        return self._alive(min((*around, *((mixed,) if mixed else ())), key=lambda c: c.total))

    @property
    def free(self) -> bool:
        """Whether each channel may have a scale of its own."""
        return self.population.neuron.has_program

    @property
    def _guard_bits(self) -> int:
        return guard_bits_of(self.population)

    def _coarse(self, *, split: bool) -> Iterator[Candidate]:
        """A candidate for each set of exponents; where a scale is shared, for each scale."""
        seen: set[tuple[int, ...]] = set()
        octaves = 1 if self.free else _OCTAVES  # without guard bits, sums are fine enough anyway
        for part in range(octaves * _PER_OCTAVE + 1):
            scales = self._caps * 2.0 ** (-part / _PER_OCTAVE)
            grids = self._grids(scales, split=split)
            key = tuple(e for g in grids.values() for e in (g.exponent, g.large))
            if max(key) > fx.WEIGHT_EXP_MAX or (self.free and key in seen):
                continue
            seen.add(key)
            candidate = self._at(self._filled(scales, grids) if self.free else scales, grids)
            if candidate is not None:
                yield candidate

    def _grids(self, scales: Array, *, split: bool) -> dict[str, WeightGrid]:
        """Of every projection, the smallest exponents at which no weight is clipped."""
        grids = {}
        for a in self.afferents:
            weight = a.projection.weight
            cut = outlier_cut(weight)
            small, large = apart(weight, cut)
            gain = scales / a.unit
            grids[a.projection.name] = WeightGrid(
                bits=self.bits,
                exponent=smallest_exponent(small, gain, self.bits, split=split),
                split=split,
                cut=cut,
                large=smallest_exponent(large, gain, self.bits, split=split),
            )
        return grids

    def _filled(self, scales: Array, grids: Mapping[str, WeightGrid]) -> Array:
        """Each channel's scale as large as its weights' mantissas and its limits allow."""
        limit = np.full(len(scales), np.inf)
        for a in self.afferents:
            grid = grids[a.projection.name]
            for weight, exponent in zip(
                apart(a.projection.weight, grid.cut), (grid.exponent, grid.large), strict=True
            ):
                low, high, _ = mantissa_range(weight, grid.bits, split=grid.split)
                ends = zip((weight.max(axis=1), weight.min(axis=1)), (high, low), strict=True)
                for largest, end in ends:
                    with np.errstate(divide="ignore", invalid="ignore"):
                        allowed = end * 2.0**exponent * a.unit / largest
                    used = largest * np.sign(end) > 0
                    limit = np.where(used, np.minimum(limit, allowed), limit)
        filled: Array = np.minimum(np.where(np.isfinite(limit), limit, scales), self._caps)
        return filled

    def _at(self, scales: Array, grids: Mapping[str, WeightGrid]) -> Candidate | None:
        """A candidate whose states provably stay within 24 bits; None if that cannot be had."""
        held = np.minimum(scales, self._caps)
        for _ in range(8):
            population = round_population(self.population, self.scale(held))
            relays = tuple(
                round_population(o.relay, o.scale(held, each=self.free)) for o in self.outlets
            )
            pieces = {
                a.projection.name: round_projection(
                    a.projection, grids[a.projection.name], held / a.unit
                ).pieces
                for a in self.afferents
            }
            bound = self._bound(population, pieces)
            over = np.max([bound, *self._relay_bounds(relays, pieces)], axis=0) / fx.STATE_MAX
            if over.max() <= 1.0:
                return Candidate(
                    scales=held,
                    grids=grids,
                    population=population,
                    pieces=pieces,
                    relays=relays,
                    outlets=self.outlets,
                    changed=self._changed(population, relays, pieces),
                    bound=bound,
                )
            shrink = np.where(over > 1.0, MARGIN / np.maximum(over, 1.0), 1.0)
            held = held * (shrink if self.free else shrink.min())
        return None

    def scale(self, scales: Array) -> NeuronScale:
        """Scales ``(channels,)`` as a scheme keeps them."""
        held = tuple(scales.tolist()) if self.free else float(scales[0])
        return NeuronScale(scale=held, guard_bits=self._guard_bits)

    @property
    def outlets(self) -> tuple[Outlet, ...]:
        """The relays whose edges lead into it."""
        return outlets(self.afferents)

    def again(self, like: Candidate, outlets: Sequence[Outlet]) -> Candidate | None:
        """A candidate's scales with other relays, at grids that fit; None if there are none.

        Its own grids, where the relays count in the same units: others may round more coarsely.
        """
        by_name = {o.relay.name: o for o in outlets}
        afferents = [
            replace(a, through=by_name[a.through.relay.name]) if a.through else a
            for a in self.afferents
        ]
        other = replace(self, afferents=afferents)
        held = np.minimum(like.scales, other._caps)
        if all(o.gain == by_name[o.relay.name].gain for o in like.outlets):
            return other._at(held, like.grids)
        split = any(grid.split for grid in like.grids.values())
        grids = other._grids(held, split=split)
        if max(e for g in grids.values() for e in (g.exponent, g.large)) > fx.WEIGHT_EXP_MAX:
            return None
        return other._at(held, grids)

    def _changed(
        self,
        population: QPopulation,
        relays: tuple[QPopulation, ...],
        pieces: Mapping[str, tuple[QProjection, ...]],
    ) -> Array:
        """int64 ``(channels,)``, calibration spikes that these integers change."""
        edges = {o.edges.name: o.pieces for o in self.outlets}
        return self.comparator.changed(population, {**pieces, **edges}, relays)

    def _bound(
        self, population: QPopulation, pieces: Mapping[str, tuple[QProjection, ...]]
    ) -> Array:
        """Float64 ``(channels,)``: how far the population's states can go."""
        direct = [a for a in self.afferents if a.through is None]
        terms = [t for a in direct for t in _terms(pieces[a.projection.name], a.payload_max)]
        edges = [t for o in self.outlets for t in _terms(o.pieces, o.payload_max)]
        return state_bound(population, [*terms, *edges], self.updates)

    def _relay_bounds(
        self, relays: Sequence[QPopulation], pieces: Mapping[str, tuple[QProjection, ...]]
    ) -> Iterator[Array]:
        """Of each relay, how far its states can go."""
        for outlet, relay in zip(self.outlets, relays, strict=True):
            into = [a for a in self.afferents if a.through is outlet]
            terms = [t for a in into for t in _terms(pieces[a.projection.name], a.payload_max)]
            yield state_bound(relay, terms, self.updates)

    @cached_property
    def _caps(self) -> Array:
        """Float64 ``(channels,)``: the largest scale at which every number is within its field."""
        limits = largest_scales(
            self.population, self.afferents, self.bits, self._guard_bits, self.updates
        )
        return limits if self.free else np.full_like(limits, limits.min())

    def _alive(self, candidate: Candidate) -> Candidate:
        """The candidate, unless it silently rounds all weights of a projection to zero.

        Those of a mean may be: it only mends what rounding the features took.
        """
        for a in self.afferents:
            if a.mean:
                continue
            held = candidate.pieces[a.projection.name]
            if a.projection.weight.any() and not any(j.weight.any() for j in held):
                raise NetworkError(self._vanished(a.projection, candidate))
        return candidate

    def _vanished(self, projection: Projection, candidate: Candidate) -> str:
        threshold = self.population.neuron.threshold
        return (
            f"{projection.name}: at the largest scale that '{projection.target}' can have "
            f"({candidate.scales.max():,.4g} units per float unit, threshold {threshold:g}), all "
            f"its weights round to zero: the largest is {np.abs(projection.weight).max():.3g}; "
            "lower the threshold, or raise the weights (a threshold has 17 bits in the fixed LIF, "
            "24 in a program of its own)"
        )


def _terms(pieces: Sequence[QProjection], payload_max: int) -> Iterator[Term]:
    for j in pieces:
        yield Term(
            name=j.name,
            mix=j.mix,
            weight=j.weight,
            exponent=j.exponent,
            payload_max=payload_max,
        )


def guard_bits_of(population: Population) -> int:
    """Of a neuron program none, so that a sum counts in finest units."""
    return 0 if population.neuron.has_program else fx.GUARD_BITS


def outlier_cut(weight: Array) -> float | None:
    """Magnitude beyond which weights are outliers, which would round most others to zero."""
    magnitudes = np.abs(weight[weight != 0])
    if not magnitudes.size:
        return None
    cut = _OUTLIER * float(np.quantile(magnitudes, 0.9))
    return cut if magnitudes.max() > cut else None
