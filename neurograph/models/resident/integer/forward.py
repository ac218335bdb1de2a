"""Every spike of a whole graph in integers, as the reference has them, snapshot after snapshot."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.fixedpoint import DECAY_ONE
from neurograph.ir import LABEL_STREAM, Network, Projection, QPopulation, QRelay
from neurograph.models.resident.integer import kernels
from neurograph.models.resident.integer.rounded import RoundedModel
from neurograph.models.resident.integer.weights import IntegerWeights, Kept
from neurograph.models.resident.integer.whole import IntegerWhole
from neurograph.models.resident_network import HEARD


def integer_spikes(
    integers: IntegerWhole, rounded: RoundedModel, labels: Array | None, kept: Sequence[Kept] = ()
) -> list[Array]:
    """Spikes, 0 or 1 float32 ``(rows, channels)`` per layer.

    Args:
        rounded: the present weights.
        labels: int ``(N,)``, those that are in, from `label_spikes.labels_in`.
        kept: per layer the channels that are not dropped; default: all.
    """
    pass_ = _Pass.of(integers, rounded, labels, kept)
    for step in range(integers.whole.rows.steps):
        pass_.advance(step)
    return [pass_.spikes[p.name] for p in integers.network.spiking]


@dataclass(frozen=True, eq=False)
class _State:
    """Membranes and thresholds of a population, float64 ``(places, channels)``."""

    v: Array
    theta: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class _Pass:
    """One forward pass.

    Attributes:
        order: of the populations, each behind those that it hears in the same snapshot.
        into: per population, the projections that lead to it.
        kept: per layer and relay, the channels that are not dropped.
        weights: of the projections within a node.
        shares: by source, how much a channel that is not dropped stands for.
        labels: the class that each place sends.
        spikes: per spiking population, filled.
        states: of each of those.
        sent: what was sent in the latest snapshots, the last one last; grows.
    """

    integers: IntegerWhole
    rounded: RoundedModel
    order: tuple[str, ...]
    into: Mapping[str, list[Projection]]
    kept: Mapping[str, Kept]
    weights: Mapping[str, IntegerWeights]
    shares: Mapping[str, float]
    labels: Array | None
    spikes: Mapping[str, Array]
    states: Mapping[str, _State]
    sent: deque[dict[str, Array]]

    @classmethod
    def of(
        cls,
        integers: IntegerWhole,
        rounded: RoundedModel,
        labels: Array | None,
        kept: Sequence[Kept],
    ) -> _Pass:
        network, rows = integers.network, integers.whole.rows
        names = [p.name for p in network.spiking]
        of_layers = dict(zip(names, [*kept, *[None] * (len(names) - len(kept))], strict=True))
        chosen = _of_relays(integers, of_layers)
        weights = {
            j.name: IntegerWeights.of(
                rounded.weights[j.name].pieces,
                integers.largest(j.source),
                chosen.get(j.source),
                chosen.get(j.target),
            )
            for j in network.projections
            if j.name in rounded.weights
        }
        widths = {n: _width(rounded.populations[n], chosen[n]) for n in names}
        places = len(rows.nodes) + 1
        return cls(
            integers=integers,
            rounded=rounded,
            order=_order(network),
            into={
                p.name: [j for j in network.projections if j.target == p.name]
                for p in network.populations
            },
            kept=chosen,
            weights=weights,
            shares={
                n: rounded.populations[n].channels / len(k)
                for n, k in chosen.items()
                if k is not None
            },
            labels=None
            if integers.labels is None or labels is None
            else integers.labels.sent(labels),
            spikes={n: np.empty((len(rows), width), np.float32) for n, width in widths.items()},
            states={
                n: _State(
                    np.zeros((places, width)),
                    np.zeros((places, width))
                    + _chosen(rounded.populations[n].theta, rounded.populations[n], chosen[n]),
                )
                for n, width in widths.items()
            },
            sent=deque(maxlen=1 + max(network.wiring.lag.values())),
        )

    def advance(self, step: int) -> None:
        """One snapshot of every layer."""
        part = self.integers.whole.rows.of_snapshot(step)
        self.sent.append({name: x[part] for name, x in self.integers.payloads.items()})
        for name in self.order:
            sums = self._sums(name, step, part.stop - part.start)
            of = self.rounded.populations[name]
            if isinstance(of.neuron, QRelay):
                found = _relayed(sums, of, self.kept[name])
            else:
                found = self._fired(sums, of, step, self.spikes[name][part])
            self.sent[-1][name] = found

    def _sums(self, population: str, step: int, count: int) -> Array:
        """What the rows of a snapshot hear, whole numbers in float64."""
        into = self.into[population]
        if population == HEARD and into[0].source == LABEL_STREAM:
            assert self.labels is not None
            assert self.integers.labels is not None
            return self.integers.labels.sums(step, self.labels, count)
        of = self.rounded.populations[population]
        sums = np.zeros((count, _width(of, self.kept[population])))
        for j in into:
            lag = self.integers.network.wiring.lag[j.name]
            if lag > step:
                continue
            sent = _grown(self.sent[-1 - lag][j.source], count)
            if j.name in self.weights:
                self.weights[j.name].add(sent, sums, self.shares.get(j.source, 1.0))
            else:
                self.integers.edges[j.name].add(step, sent.astype(np.float64, copy=False), sums)
        return sums

    def _fired(self, sums: Array, of: QPopulation, step: int, spikes: Array) -> Array:
        rows, count = self.integers.whole.rows, len(sums)
        before = rows.offsets[step] - rows.offsets[step - 1] if step else 1
        state, kept, neuron = self.states[of.name], self.kept[of.name], of.neuron
        for x in (state.v, state.theta):
            x[before:count] = x[0]
        numbers = tuple(_chosen(x, of, kept) for x in (of.bias, of.theta_step))
        rule = (
            DECAY_ONE - neuron.voltage_decay,
            DECAY_ONE - neuron.threshold_decay,
            neuron.guard_bits,
        )
        kernels.fire(sums, numbers, rule, state.v[:count], state.theta[:count], spikes)
        return spikes


def _order(network: Network) -> tuple[str, ...]:
    """Of its populations; those of a loop hear each other a snapshot or more later."""
    lags = network.wiring.lag
    behind = {
        p.name: {j.source for j in network.projections if j.target == p.name and not lags[j.name]}
        for p in network.populations
    }
    done: list[str] = []
    while left := [name for name in behind if name not in done]:
        done.append(next(n for n in left if not behind[n] & set(left)))
    return tuple(done)


def _relayed(sums: Array, of: QPopulation, kept: Kept) -> Array:
    """Payloads."""
    neuron = of.neuron
    assert isinstance(neuron, QRelay)
    sums += _chosen(of.bias, of, kept)
    limit, cut = (_chosen(x, of, kept) for x in (neuron.limit, neuron.threshold))
    np.clip(sums, -limit, limit, out=sums)
    sums[np.abs(sums) <= cut] = 0
    return sums


def _of_relays(integers: IntegerWhole, of_layers: Mapping[str, Kept]) -> dict[str, Kept]:
    """Kept channels of layers, and of relays: those of the layer on the other side of its edges."""
    chosen: dict[str, Kept] = dict(of_layers)
    relays = {p.name for p in integers.network.populations} - set(of_layers)
    chosen |= dict.fromkeys(relays)
    for j in integers.network.projections:
        if j.name in integers.edges:
            for here, there in ((j.source, j.target), (j.target, j.source)):
                if here in relays and there in of_layers:
                    chosen[here] = of_layers[there]
    return chosen


def _width(of: QPopulation, kept: Kept) -> int:
    return of.channels if kept is None else len(kept)


def _chosen(numbers: object, of: QPopulation, kept: Kept) -> Array:
    """float64 ``(channels,)`` of the channels that are not dropped."""
    each = np.broadcast_to(np.asarray(numbers, np.float64), (of.channels,))
    return each if kept is None else each[kept]


def _grown(sent: Array, count: int) -> Array:
    """So many rows, the new ones as the lone one."""
    if len(sent) == count:
        return sent
    new = np.broadcast_to(sent[:1], (count - len(sent), sent.shape[1]))
    return np.concatenate([sent, new])
