"""What can be done otherwise with a model on a chip: changes, and what each of them makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace

from neurograph.chip.profiles import known_profiles, load_profile
from neurograph.core.setting import values
from neurograph.models.config import RESIDENT, ModelConfig, Variant, decides_network
from neurograph.models.registry import DEFAULT, config_class
from neurograph.workflow.fixes.candidate import Candidate
from neurograph.workflow.fixes.change import (
    CHIP,
    EXPORT,
    PLACE,
    RETRAIN,
    SMALLER,
    Change,
    Changed,
    Move,
)
from neurograph.workflow.fixes.fan_outs import fewer_of
from neurograph.workflow.fixes.whole_graph import labels_alone, part, sampled

MULTIPLE = 8  # widths that are suggested
MOST_SLOTS = 10_000  # of a tree that is suggested; larger ones are not tried


def fewer_replicas(candidate: Candidate) -> Iterator[Changed]:
    """As many replicas as the largest system takes."""
    if candidate.replicas is None or replace(candidate, replicas=None).violations():
        return
    most = candidate.most_replicas()
    if most and most < candidate.replicas:
        change = Change(what=f"place {most:,} replicas", option=f"--replicas {most}", cost=PLACE)
        yield change, replace(candidate, replicas=most)


def export_anew(candidate: Candidate) -> Iterator[Changed]:
    """Other integers of the same model, with the readout on the host."""
    if candidate.quantized is not None:
        option = f"--profile {candidate.profile.name} --readout host"
        change = Change(what="export again for this chip", option=option, cost=EXPORT)
        yield change, replace(candidate, quantized=None)


def other_neuron(candidate: Candidate) -> Iterator[Changed]:
    """The variants of the model, and those of the simplest spiking one of the same shape."""
    for variant in variants(candidate.config):
        change = Change(what=variant.what, option=variant.option, cost=RETRAIN)
        yield change, candidate.with_model(variant.config)


def variants(config: ModelConfig) -> Iterator[Variant]:
    """What asks less of a chip at the same sizes."""
    yield from config.variants()
    if config.name != DEFAULT:
        for variant in simplest(config).variants():
            yield replace(variant, option=f"--model {DEFAULT} {variant.option}")


def simplest(config: ModelConfig) -> ModelConfig:
    """The simplest spiking model of the same shape."""
    kind = config_class(DEFAULT)
    sizes = {name: getattr(config, name) for name in ("features", "classes", "steps")}
    known = {of.name for of in fields(kind)}
    shape = values(config, decides_network)
    return kind(**sizes, **{name: shape[name] for name in shape if name in known})


def fewer_draws(candidate: Candidate) -> Iterator[Changed]:
    """Fewer sampled neighbours, one hop at a time, then of all hops at most so many."""
    config = candidate.config
    if config.mapping == RESIDENT:  # all neighbours are heard, on edges that are there once
        return
    for new in dict.fromkeys(fewer_of(config.fanouts)):
        smaller = replace(config, fanouts=new)
        if smaller.tree.slots > MOST_SLOTS:
            continue
        text = ",".join(map(str, new))
        change = Change(what="sample fewer", option=f"--fanouts {text}", cost=SMALLER)
        yield change, candidate.with_model(smaller)


def narrower(candidate: Candidate) -> Iterator[Changed]:
    """The widest first layer that fits, everything else as it is."""
    config = candidate.config
    first, *rest = config.hidden

    def of_width(width: int) -> Candidate:
        return candidate.with_model(replace(config, hidden=(MULTIPLE * width, *rest)))

    if most := _largest((first - 1) // MULTIPLE, lambda width: not of_width(width).violations()):
        smaller = of_width(most)
        text = ",".join(map(str, smaller.config.hidden))
        change = Change(what="train a narrower layer", option=f"--hidden {text}", cost=SMALLER)
        yield change, smaller


def other_chips(candidate: Candidate) -> Iterator[Changed]:
    """Every chip that comes with NeuroGraph."""
    for name in known_profiles():
        if (profile := load_profile(name)) != candidate.profile:
            change = Change(what="use another chip", option=f"--profile {name}", cost=CHIP)
            yield change, replace(candidate, profile=profile, quantized=None)


# those that look for the most that fits come last: they see what the others have changed
MOVES: tuple[Move, ...] = (
    export_anew,
    other_neuron,
    sampled,
    labels_alone,
    fewer_draws,
    other_chips,
    part,
    narrower,
    fewer_replicas,
)


def _largest(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number from 1 to `most` that fits; 0 if none does.

    By doubling, then by halving: what is far too large is not made.
    """
    low, high = 0, min(1, most)
    while high < most and fits(high):
        low, high = high, min(2 * high, most)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
