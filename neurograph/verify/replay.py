"""A run held against what a chip recorded while it did the same: spikes, currents, membranes.

How a chip stores its traces is said beside them, and changes nothing of what is computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir import QNetwork
from neurograph.runtime.engine import IntegerArithmetic, trace
from neurograph.runtime.record import RunRecord


@dataclass(frozen=True, eq=False, kw_only=True)
class Traced:
    """What was recorded of one population, in one run: ``(updates, rows, channels)`` each.

    Attributes:
        spikes: bool; None: were not recorded.
        u: synaptic currents, in the unit of v.
        v: membranes.
        fired_v: what v is stored as where a neuron has just fired; None: what its reset leaves.
        first: the update of the network in which the first of these lies.
    """

    spikes: Array | None = None
    u: Array | None = None
    v: Array | None = None
    fired_v: int | None = None
    first: int = 0


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """How one kind of values of one population compares.

    Attributes:
        population: whose they are.
        what: "spikes", "u" or "v".
        values: how many were compared.
        differing: how many of them differ.
    """

    population: str
    what: str
    values: int
    differing: int


def replay(
    network: QNetwork,
    inputs: Mapping[str, Array],
    record: RunRecord,
    traced: Mapping[str, Traced],
) -> tuple[Replayed, ...]:
    """All that was traced beside a record of one example, u and v as these spikes make them.

    Args:
        network: that ran.
        inputs: per stream, payloads ``(1, steps, rows, channels)``.
        record: of it.
        traced: per population.

    Raises:
        NetworkError: traces of another shape, or of more updates than the run had.
    """
    found: list[Replayed] = []
    for name, chips in traced.items():
        given = [x for x in (chips.spikes, chips.u, chips.v) if x is not None]
        here = slice(chips.first, chips.first + max(map(len, given), default=0))
        ours = {"spikes": record.spikes[name][0, here]}
        if chips.u is not None or chips.v is not None:
            steps = trace(network, IntegerArithmetic(network), inputs, record.spikes, name)
            v = _stored(network, name, chips, steps.v, steps.theta, steps.fired)
            ours |= {"u": steps.u[0, here], "v": v[0, here]}
        found += _compared(name, ours, chips)
    return tuple(found)


def replay_last(
    network: QNetwork, record: RunRecord, traced: Mapping[str, Traced]
) -> tuple[Replayed, ...]:
    """What was traced in the last update of a run beside the states that its record holds.

    Raises:
        NetworkError: as of `replay`.
    """
    found: list[Replayed] = []
    last = network.updates - 1
    for name, chips in traced.items():
        spikes, final = record.spikes[name][0, last:], record.final[name]
        v = final["v"] if chips.fired_v is None else np.where(spikes, chips.fired_v, final["v"])
        at = slice(last - chips.first, last - chips.first + 1)
        theirs, u, their_v = (
            None if given is None else given[at] for given in (chips.spikes, chips.u, chips.v)
        )
        then = Traced(spikes=theirs, u=u, v=their_v)
        found += _compared(name, {"spikes": spikes, "u": final["u"], "v": v}, then)
    return tuple(found)


def _stored(
    network: QNetwork, name: str, chips: Traced, v: Array, theta: Array, fired: Array
) -> Array:
    """Membranes after their update, as the chip stores them."""
    neuron = next(p.neuron for p in network.populations if p.name == name)
    if chips.fired_v is not None:
        return np.where(fired, chips.fired_v, v)
    return np.where(fired, v - theta if neuron.soft_reset else 0, v)


def _compared(name: str, ours: Mapping[str, Array], chips: Traced) -> Iterator[Replayed]:
    for what in ("spikes", "u", "v"):
        theirs = getattr(chips, what)
        if theirs is None:
            continue
        if ours[what].shape != theirs.shape:
            raise NetworkError(
                f"{name}: traces of {what} have shape {theirs.shape}, needed {ours[what].shape} "
                "(updates, rows, channels)"
            )
        differing = int(np.count_nonzero(ours[what] != theirs))
        yield Replayed(population=name, what=what, values=theirs.size, differing=differing)
