"""A scheme for a float network, part by part, and why it is what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from neurograph.chip.profile import HardwareProfile
from neurograph.core.arrays import Array
from neurograph.ir import (
    Choice,
    Network,
    NeuronScale,
    Population,
    Projection,
    Schedule,
    Scheme,
    WeightGrid,
)
from neurograph.ir.passes.relays import with_relays
from neurograph.quantization.calibration import Calibration, few_of, run_floats
from neurograph.quantization.comparator import SpikeComparator
from neurograph.quantization.economy import economised
from neurograph.quantization.explain import (
    economy_choices,
    heard_choices,
    population_choices,
    stream_choices,
)
from neurograph.quantization.heard import heard
from neurograph.quantization.heard_payloads import handing_on, heard_numbers, heard_payloads
from neurograph.quantization.orders import choose_orders, orders
from neurograph.quantization.outlet import MOST_BITS, Outlet, outlet, room_of_sum
from neurograph.quantization.population import Candidate, ScaleSearch, guard_bits_of
from neurograph.quantization.scale_limits import Afferent
from neurograph.quantization.site import Site, emitted_by, relays_along
from neurograph.quantization.streams import choose_streams
from neurograph.runtime.engine import Chunk, FloatArithmetic, Simulation

_SPLIT_WORTH = 0.9  # signs are split where that leaves at most this share of the changed spikes


@dataclass(frozen=True, kw_only=True)
class Widths:
    """Bits, signs included.

    Attributes:
        weights: 2 to 8.
        features: of a payload of real values.
        relays: of a relay's payload, at most.
    """

    weights: int
    features: int
    relays: int = MOST_BITS

    @classmethod
    def on(cls, profile: HardwareProfile, weights: int, features: int) -> Widths:
        """Those of a chip, whose relays have what its graded spikes have."""
        limit = profile.limit("payload_bits")
        return cls(weights=weights, features=features, relays=int(limit or MOST_BITS))


@dataclass(frozen=True, eq=False, kw_only=True)
class Chosen:
    """A scheme, why it is so, and the float run by which it was chosen."""

    scheme: Scheme
    choices: tuple[Choice, ...]
    activity: Simulation


def choose(
    given: Network, inputs: Mapping[str, Array], widths: Widths, judges: Array | None
) -> Chosen:
    """Choose a scheme; arguments as of `quantize`."""
    activity = run_floats(given, inputs)
    few = few_of(activity.count, judges)
    first = choose_orders(given, inputs, activity, few)
    network = with_relays(given, orders(first))
    numbers = heard_numbers(network, inputs, activity, handing_on(network))
    chosen = choose_streams(network, inputs, widths.features, judges, activity, numbers)
    measured = Calibration(
        network=network,
        inputs=inputs,
        activity=activity,
        streams=tuple(s for c in chosen.values() for s in c.streams),
        judges=judges,
    )
    made = _Making(scales={}, grids={}, choices=[*stream_choices(chosen)])
    made.choices.extend(c.choice for c in first)
    for name in handing_on(network):
        measured = _hear(measured, name, widths, made)
    for population in network.spiking:
        _settle(measured, population, widths, made)
    order = [j.name for j in measured.extended.projections]
    scheme = Scheme(
        streams=measured.streams,
        populations={p.name: made.scales[p.name] for p in network.populations},
        projections={name: made.grids[name] for name in order},
        first=orders(first),
    )
    return Chosen(scheme=scheme, choices=tuple(made.choices), activity=activity)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Making:
    """What is chosen so far; grows."""

    scales: dict[str, NeuronScale]
    grids: dict[str, WeightGrid]
    choices: list[Choice]


def _hear(measured: Calibration, name: str, widths: Widths, made: _Making) -> Calibration:
    """Scale a relay that hands on, and let those behind it hear it."""
    network = measured.network
    relay = next(p for p in network.populations if p.name == name)
    into = [_afferent(measured, j) for j in measured.extended.projections if j.target == name]
    found = heard(
        relay,
        into,
        behind=any(a.projection.source in measured.heard for a in into),
        limit=widths.relays,
        weight_bits=widths.weights,
        updates=network.updates,
    )
    made.scales[name] = found.given
    made.grids.update(found.grids)
    made.choices.extend(heard_choices(found))
    sent = heard_payloads(measured, found.relay, found.pieces)
    wide = replace(sent, stream=replace(sent.stream, bits=found.given.payload_bits))
    return measured.with_heard(wide)


def _settle(measured: Calibration, population: Population, widths: Widths, made: _Making) -> None:
    """Choose the scale of a population, and of the relays that lead to it along edges."""
    outlets = _outlets(measured, population, widths)
    search = ScaleSearch(
        population=population,
        afferents=_afferents(measured, population.name, outlets),
        comparator=SpikeComparator(measured, population.name),
        updates=measured.network.updates,
        bits=widths.weights,
    )
    whole, split = search.best(split=False), search.best(split=True)
    economy = economised(search, split if split.total < _SPLIT_WORTH * whole.total else whole)
    best: Candidate = economy.best
    made.scales[population.name] = search.scale(best.scales)
    made.grids.update(best.grids)
    for held in best.outlets:
        made.scales[held.relay.name] = held.scale(best.scales, each=search.free)
        made.grids[held.edges.name] = held.grid
    made.choices.extend(population_choices(search, whole, split, best))
    made.choices.extend(economy_choices(search, economy))


def _outlets(measured: Calibration, population: Population, widths: Widths) -> dict[str, Outlet]:
    """By name, the relays that lead to a population along edges."""
    network = measured.network
    relays = relays_along(network, population.name)
    if not relays:
        return {}
    site = Site.of(network, population.name, measured.few)
    given = {
        **measured.inputs,
        **{n: s.payloads / np.float32(s.stream.scale) for n, s in measured.heard.items()},
    }
    inputs = {emitted_by(s): site.sent(s, given, measured.activity) for s in site.sources}
    chunk = Chunk(site.network, FloatArithmetic(site.network), inputs, {})
    room = room_of_sum(population, guard_bits_of(population), network.updates)
    return {
        r.name: outlet(
            r,
            _edges(network, r.name),
            of_sum=room,
            others=len(relays),
            largest=np.abs(chunk.sent(r.name)).max(axis=(0, 1, 2)),
            limit=widths.relays,
            weight_bits=widths.weights,
        )
        for r in relays
    }


def _edges(network: Network, relay: str) -> Projection:
    return next(j for j in network.projections if j.source == relay and isinstance(j.mix, Schedule))


def _afferents(
    measured: Calibration, population: str, outlets: Mapping[str, Outlet]
) -> list[Afferent]:
    """Ways into a population: projections, but for edges; and those into the relays before it."""
    return [
        _afferent(measured, j, outlets.get(j.target))
        for j in measured.extended.projections
        if j.target in outlets or (j.target == population and j.source not in outlets)
    ]


def _afferent(measured: Calibration, j: Projection, through: Outlet | None = None) -> Afferent:
    streams = {s.name: s for s in measured.streams}
    stream = streams.get(j.source)
    if j.source in measured.heard:
        stream = measured.heard[j.source].stream
    return Afferent(
        projection=j,
        payload_scale=stream.scale if stream else 1.0,
        payload_max=stream.payload_max if stream else 1,
        mean=bool(stream and stream.mean_of),
        through=through,
    )
