"""A model's present weights in the integers of a scheme, as a forward pass needs them.

The numbers are those of `rounding`, which export calls too; here they are only laid out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurograph.core.arrays import EXACT_FLOAT32, Array
from neurograph.core.errors import ModelError
from neurograph.core.fixedpoint import DECAY_ONE
from neurograph.ir import (
    STREAM,
    Network,
    Population,
    QPopulation,
    QProjection,
    Readout,
    Scheme,
)
from neurograph.ir.passes.means import with_means
from neurograph.ir.rounding import (
    Rounded,
    check_scheme,
    round_population,
    round_projections,
    round_readout,
)
from neurograph.models.layers.neighbour_groups import NeighbourGroups
from neurograph.models.tree_network import of_itself, of_neighbours

if TYPE_CHECKING:
    from neurograph.models.spikenet.model import SpikeNet

_LARGEST_CURRENT = 1 << 30  # far beyond the 24 bits of u: weights that have run away


@dataclass(frozen=True, eq=False)
class Terms:
    """What a layer multiplies its inputs by.

    A right shift floors the sum over a row's inputs, so each such part is a term of its own. Left
    shifts floor nothing: all parts with one are a single term, already shifted.

    Attributes:
        weight: int64 ``(terms, channels, inputs)``.
        factor: float32 ``(terms,)``: 1, or the power of two of a right shift.
        ranges: int64 ``(rows, 4)``: first and one past the last term of a row's own inputs, then
            of its neighbours'.
    """

    weight: Array
    factor: Array
    ranges: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class RoundedLayer:
    """A layer in integers.

    Attributes:
        groups: the neighbours of every row.
        population: its neurons.
        inputs: what its inputs are multiplied by.
        means: what the means of their rounding errors are multiplied by; no terms without such a
            stream, one input with it.
        self_weight: float64 ``(channels, inputs)`` as the integers hold it, in float units.
        neighbour_weights: of the same kind, per fan-out k, 1/k included.
        inside: bool ``(2 channels, inputs)``: weights that the ends of the mantissas' range do not
            clip; of the neighbours' weights, in the projection of at least one fan-out.
        dtype: of sums: the smallest float that holds every integer on the way to them.
    """

    groups: NeighbourGroups
    population: QPopulation
    inputs: Terms
    means: Terms
    self_weight: Array
    neighbour_weights: Mapping[int, Array]
    inside: Array
    dtype: npt.DTypeLike

    @property
    def keep_v(self) -> int:
        return DECAY_ONE - self.population.neuron.voltage_decay

    @property
    def keep_theta(self) -> int:
        return DECAY_ONE - self.population.neuron.threshold_decay


def round_model(model: SpikeNet, scheme: Scheme) -> tuple[tuple[RoundedLayer, ...], Readout]:
    """Every layer, and the readout, in integers.

    Raises:
        NetworkError: the scheme is of another model, or a weight or bias leaves what it holds.
        ModelError: sums so large that they are no longer numbers of the chip.
    """
    network = model.capture()
    extended = with_means(network, scheme.streams)
    check_scheme(extended, scheme)
    parts = round_projections(extended, scheme)
    largest = {s.name: s.payload_max for s in scheme.streams}
    layers = tuple(
        _layer(network, number, scheme, parts, largest, model.neighbour_groups[number])
        for number in range(len(network.populations))
    )
    return layers, round_readout(network.readout, network.steps, network.latency)


def _layer(
    network: Network,
    number: int,
    scheme: Scheme,
    parts: Mapping[str, Rounded],
    largest: Mapping[str, int],
    groups: NeighbourGroups,
) -> RoundedLayer:
    population = network.populations[number]
    below = network.populations[number - 1].name if number else STREAM
    fanouts = np.unique(groups.fanout).tolist()
    by_self = parts[of_itself(below, population.name)]
    by_neighbours = {k: parts[of_neighbours(below, population.name, k)] for k in fanouts}
    means = [s.name for s in scheme.streams if s.mean_of == below]
    inputs = _terms(parts, [below], population, groups)
    of_means = _terms(parts, means, population, groups)
    quantized = round_population(population, scheme.populations[population.name])
    bound = _bound(inputs, largest.get(below, 1), groups)
    bound += _bound(of_means, max((largest[name] for name in means), default=0), groups)
    _check_current(population.name, bound.sums << quantized.neuron.guard_bits)
    return RoundedLayer(
        groups=groups,
        population=quantized,
        inputs=inputs,
        means=of_means,
        self_weight=by_self.decoded,
        neighbour_weights={k: r.decoded for k, r in by_neighbours.items()},
        inside=np.concatenate(
            [by_self.inside, np.any([r.inside for r in by_neighbours.values()], axis=0)]
        ),
        dtype=np.float32 if max(bound.product, bound.sums) <= EXACT_FLOAT32 else np.float64,
    )


def _terms(
    parts: Mapping[str, Rounded],
    sources: Sequence[str],
    population: Population,
    groups: NeighbourGroups,
) -> Terms:
    """Of the projections from `sources` (none or one), one block per kind of input."""
    rows = np.zeros((groups.rows, 4), np.int64)
    weights: list[Array] = []
    factors: list[float] = []
    for source in sources:
        for w, f in shifts(parts[of_itself(source, population.name)].pieces):
            weights.append(w)
            factors.append(f)
        rows[:, 1] = len(weights)
        for k in np.unique(groups.fanout).tolist():
            rows[groups.fanout == k, 2] = len(weights)
            for w, f in shifts(parts[of_neighbours(source, population.name, k)].pieces):
                weights.append(w)
                factors.append(f)
            rows[groups.fanout == k, 3] = len(weights)
    empty = np.zeros((0, population.channels, 1), np.int64)
    return Terms(np.stack(weights) if weights else empty, np.array(factors, np.float32), rows)


def shifts(parts: Iterable[QProjection]) -> list[tuple[Array, float]]:
    """Weights and factor of every term of one kind of input."""
    floored = [(p.weight.astype(np.int64), 2.0**p.exponent) for p in parts if p.exponent < 0]
    shifted = [p.weight.astype(np.int64) << p.exponent for p in parts if p.exponent >= 0]
    return [(np.sum(shifted, axis=0), 1.0), *floored] if shifted else floored


@dataclass(frozen=True)
class _Bound:
    """The largest magnitudes of one term's sum over its inputs, and of all terms' shifted sum."""

    product: int
    sums: int

    def __add__(self, other: _Bound) -> _Bound:
        return _Bound(max(self.product, other.product), self.sums + other.sums)


def _bound(terms: Terms, largest: int, groups: NeighbourGroups) -> _Bound:
    each = np.abs(terms.weight).sum(axis=2).max(axis=1, initial=0) * largest  # (terms,)
    product, sums = 0, 0
    for (a, b, c, d), fanout in zip(terms.ranges.tolist(), groups.fanout.tolist(), strict=True):
        raw = np.concatenate([each[a:b], each[c:d] * fanout])
        factor = np.concatenate([terms.factor[a:b], terms.factor[c:d]])
        product = max(product, int(raw.max(initial=0)))
        sums = max(sums, int(np.ceil(raw * factor).sum()))
    return _Bound(product, sums)


def _check_current(where: str, largest: int) -> None:
    if largest > _LARGEST_CURRENT:
        raise ModelError(
            f"{where}: its weights have grown until a current can reach {largest:.1e} of the "
            f"chip's units, 24 bits hold {1 << 23:,}; lower the learning rate of the integer epochs"
        )


def decoding(layer: RoundedLayer) -> tuple[Array, Array]:
    """Float64 ``(channels,)`` each: a current per unit of a sum, and the bias, in float units."""
    population = layer.population
    return 1.0 / population.scales, population.bias / population.unit
