"""Room for weights to grow in: a scheme fills the chip's range, and training moves weights."""

from __future__ import annotations

from dataclasses import replace

from neurograph.core import fixedpoint as fx
from neurograph.ir import Network, NeuronScale, Schedule, Scheme, WeightGrid
from neurograph.ir.passes.means import with_means
from neurograph.ir.passes.relays import with_relays


def with_room(scheme: Scheme, network: Network) -> Scheme:
    """`scheme` at half its scales: sums may double before a state can leave its 24 bits.

    Exponents are one lower, so that mantissas stay what they were; where an exponent is the
    chip's lowest already, mantissas halve. What only hears along edges, from where no weight leads,
    stays as it is: entries do not grow.

    Args:
        network: that the scheme is of, in floats.
    """
    whole = with_means(with_relays(network, scheme.first), scheme.streams)
    halved = _led_to_by_weights(whole)
    return replace(
        scheme,
        populations={
            name: _halved(p) if name in halved else p for name, p in scheme.populations.items()
        },
        projections={
            j.name: _lowered(scheme.projections[j.name])
            if j.target in halved and j.source not in halved & _graded(whole)
            else scheme.projections[j.name]
            for j in whole.projections
        },
    )


def _led_to_by_weights(network: Network) -> set[str]:
    """Names of the populations that weights lead to, directly or by relays along edges."""
    found = {j.target for j in network.projections if not isinstance(j.mix, Schedule)}
    found |= {p.name for p in network.spiking}
    for p in network.populations:  # a relay is behind those that it hears
        into = [j.source for j in network.projections if j.target == p.name]
        if found & _graded(network) & set(into):
            found.add(p.name)
    return found


def _graded(network: Network) -> set[str]:
    return {p.name for p in network.populations if p.neuron.graded}


def _halved(given: NeuronScale) -> NeuronScale:
    scale = given.scale
    return replace(
        given, scale=tuple(s / 2 for s in scale) if isinstance(scale, tuple) else scale / 2
    )


def _lowered(grid: WeightGrid) -> WeightGrid:
    lowest = fx.WEIGHT_EXP_MIN
    return replace(grid, exponent=max(grid.exponent - 1, lowest), large=max(grid.large - 1, lowest))
