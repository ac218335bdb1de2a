"""Why every scale and threshold has its value, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.ir import Choice, Scheme, WeightGrid
from neurograph.quantization.economy import CUT_COST, Economy
from neurograph.quantization.heard import Heard
from neurograph.quantization.population import Candidate, ScaleSearch
from neurograph.quantization.streams import StreamChoice

_TRAINED = "fixed in training, whose forward pass ran these integers"


def stream_choices(chosen: Mapping[str, StreamChoice]) -> Iterator[Choice]:
    """Scale of each stream of features, and whether the mean of its rounding errors travels."""
    for name, c in chosen.items():
        features, *means = c.streams
        if features.bits == 1:
            yield Choice(where=name, what="payload", value="0 or 1", why="its values are binary")
            continue
        if not c.largest:
            yield Choice(
                where=name, what="scale", value="1", why="all its calibration values are 0"
            )
            continue
        yield Choice(
            where=name,
            what="scale",
            value=f"{features.scale:.6g} payload units per float unit",
            why=f"{features.bits} bits then hold magnitudes up to {c.clip:.4g} of {c.largest:.4g}: "
            f"of 20 clips the one that changes the fewest calibration spikes, "
            f"{c.changed:.3%}; clipping nothing changes {c.unclipped:.3%}",
        )
        why = f"without it the best clip changes {c.without_mean:.3%} of the spikes"
        if means:
            yield Choice(
                where=means[0].name,
                what="mean of rounding errors",
                value=f"1 payload per slot, {means[0].scale:.6g} units per float unit",
                why=f"{why}, with it {c.changed:.3%}",
            )
        else:
            yield Choice(
                where=name,
                what="mean of rounding errors",
                value="not sent",
                why=f"{why}; with it hardly fewer",
            )


def population_choices(
    search: ScaleSearch, whole: Candidate, split: Candidate, best: Candidate
) -> Iterator[Choice]:
    """Scale, thresholds and bias of a population, and the grid of every projection into it."""
    yield _scale_choice(search, best)
    yield from _threshold_choices(search, best)
    compared = search.comparator.compared
    for name, grid in best.grids.items():
        yield Choice(
            where=name,
            what="mantissas and exponent",
            value=_grid_value(grid),
            why="the smallest exponent at which the calibrated scale clips no weight; one sign per "
            f"projection changes {split.total / compared:.3%} of the spikes, both signs in one "
            f"{whole.total / compared:.3%}",
        )
        if grid.cut is not None:
            yield Choice(
                where=f"{name}.large",
                what="outliers apart",
                value=f"weights beyond {grid.cut:.4g}, exponent {grid.large}",
                why="they are more than 32 times the 90th percentile of the projection's weights, "
                "and would round most others to zero",
            )


def heard_choices(found: Heard) -> Iterator[Choice]:
    """Scale of a relay that hears along edges and hands on, and the entries of its edges."""
    relay, given = found.relay, found.given
    yield Choice(
        where=relay.name,
        what="scale",
        value=f"{_span(relay.scales)} units of a payload per float unit, {given.payload_bits} bits",
        why="its largest entry then nearly fills a synapse, so that halves to sixths of it are "
        "whole, or the payload holds just what it may sum: "
        f"{found.payload_max:,} units at most",
    )
    for name, grid in found.grids.items():
        yield _entry_choice(name, grid)


def economy_choices(search: ScaleSearch, economy: Economy) -> Iterator[Choice]:
    """Payload, cut and entries of the relays that lead to a population along edges."""
    compared = search.comparator.compared
    wide, narrow, best = (c.total / compared for c in (economy.wide, economy.narrow, economy.best))
    for held, before in zip(economy.best.outlets, economy.wide.outlets, strict=True):
        scales = economy.best.scales / held.gain
        yield Choice(
            where=held.relay.name,
            what="payload",
            value=f"{held.bits} bits, {_span(scales)} units per float unit",
            why=f"narrowest at which hardly more spikes change: {narrow:.3%}, with {before.bits} "
            f"bits {wide:.3%}; the unit follows from the scale of "
            f"'{search.population.name}' and the entries of the edges",
        )
        yield Choice(
            where=held.relay.name,
            what="cut",
            value=f"payloads up to {held.cut} of {held.payload_max:,} are not sent",
            why=f"of those tried the largest that adds at most {CUT_COST:.2%} to the spikes "
            f"changed: {best:.3%}",
        )
        yield _entry_choice(held.edges.name, held.grid)


def _entry_choice(name: str, grid: WeightGrid) -> Choice:
    pieces = 1 + len(grid.fine)
    return Choice(
        where=name,
        what="entries and exponents",
        value=f"{grid.bits} bits, exponent{'s' if pieces > 1 else ''} "
        f"{', '.join(str(e) for e in (grid.exponent, *grid.fine))}",
        why="the coarsest holds the largest entry; a finer one holds those that would keep few "
        "bits in the one before",
    )


def _scale_choice(search: ScaleSearch, best: Candidate) -> Choice:
    population, p = search.population, best.population
    per = (
        "each channel has its own, because the neuron is a program with a threshold per neuron"
        if population.neuron.has_program
        else "all channels share one, because the chip's fixed LIF has one threshold for all"
    )
    guard = p.neuron.guard_bits
    return Choice(
        where=p.name,
        what="scale",
        value=f"{_span(best.scales)} units of a sum per float unit, {guard} guard bits",
        why=f"{per}; of those tried it changes the fewest calibration spikes, "
        f"{best.total / search.comparator.compared:.3%}; no input can take a state beyond "
        f"{best.bound.max():,.0f} of {fx.STATE_MAX:,}",
    )


def _threshold_choices(search: ScaleSearch, best: Candidate) -> Iterator[Choice]:
    wanted, p = search.population.neuron, best.population
    unit = f"x scale x 2^{p.neuron.guard_bits}, to the nearest integer"
    yield Choice(
        where=p.name,
        what="threshold",
        value=f"{_span(p.theta)} units of v",
        why=f"{wanted.threshold:g} {unit}",
    )
    if "theta" in wanted.states:
        yield Choice(
            where=p.name,
            what="threshold step",
            value=f"{_span(p.theta_step)} units of v",
            why=f"{wanted.threshold_step:g} {unit}",
        )
    yield Choice(
        where=p.name,
        what="bias",
        value=f"mantissas {p.bias_mant.min()} to {p.bias_mant.max()}, exponent {p.bias_exp}",
        why=f"{np.abs(search.population.bias).max():.4g} at most {unit}; the smallest exponent at "
        f"which {fx.BIAS_MANT_MAX:,} holds the largest",
    )


def _grid_value(grid: WeightGrid) -> str:
    signs = "one sign per projection" if grid.split else "both signs in one projection"
    return f"{grid.bits} bits, {signs}, exponent {grid.exponent}"


def given_choices(scheme: Scheme) -> tuple[Choice, ...]:
    """Of a scheme that training fixed."""
    return (
        *(
            Choice(where=s.name, what="scale", value=f"{s.scale:.6g}, {s.bits} bits", why=_TRAINED)
            for s in scheme.streams
        ),
        *(
            Choice(
                where=name,
                what="scale",
                value=f"{_span(np.atleast_1d(p.scale))}, {p.guard_bits} guard bits",
                why=_TRAINED,
            )
            for name, p in scheme.populations.items()
        ),
        *(
            Choice(where=name, what="mantissas and exponent", value=_grid_value(g), why=_TRAINED)
            for name, g in scheme.projections.items()
        ),
    )


def _span(numbers: Array) -> str:
    low, high = float(np.min(numbers)), float(np.max(numbers))
    return f"{low:,.6g}" if low == high else f"{low:,.6g} to {high:,.6g}"
