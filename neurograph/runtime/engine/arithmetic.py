"""The two arithmetics of a run: the chip's integers, and double precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array, exact_dtype
from neurograph.ir import Mix, Network, Population, QNetwork, QPopulation, QRelay, Relay, Schedule
from neurograph.ir.bounds import largest_sum, terms
from neurograph.runtime.engine.edges import EdgeSynapses
from neurograph.runtime.engine.scan import (
    scan_float,
    scan_integer,
    scan_refractory,
    scan_refractory_float,
    scan_relay,
    scan_relay_float,
)
from neurograph.runtime.engine.synapses import Synapses


@dataclass(frozen=True, eq=False)
class State:
    """u, v, theta, refractory ``(nodes, neurons)``, changed in place by a scan.

    The last has no neurons where a kind has no such state.
    """

    u: Array
    v: Array
    theta: Array
    refractory: Array

    def of(self, part: slice | Array) -> State:
        """Of some nodes; of a slice, views."""
        return State(self.u[part], self.v[part], self.theta[part], self.refractory[part])


class Arithmetic(Protocol):
    """How one network adds and updates.

    Attributes:
        exact: sums are the same in whatever order they are added.
    """

    exact: bool

    def empty_sums(self, population: str, shape: tuple[int, ...]) -> Array:
        """Zeros of the dtype in which the population's synaptic sums are exact."""

    def empty_sent(self, population: str, shape: tuple[int, ...]) -> Array:
        """Room for what a relay sends."""

    def synapses(self, projection: str) -> Synapses | EdgeSynapses:
        """A projection, ready to add what its source emits to sums of that dtype."""

    def joined(self, projections: Sequence[str]) -> Synapses:
        """Some projections that may be added as one, since sums are exact."""

    def initial(self, population: str, count: int) -> State:
        """The state before the first update."""

    def level(self, population: str, state: State) -> Array:
        """What v must exceed in the update that follows this state; of floats, or reach."""

    def advance(
        self,
        population: str,
        sums: Array,
        window: tuple[int, int],
        state: State,
        spikes: Array,
        payloads: Array | None = None,
    ) -> None:
        """Do the updates of `window` (first, one past the last), all ``(nodes, .., neurons)``.

        Spikes, or payloads of a relay, are filled in.

        Args:
            payloads: ``(nodes, steps, rows, channels)`` of the stream that sets the population's
                biases; None where there is none.
        """


@dataclass(frozen=True, eq=False)
class _Neurons:
    """One population's constants in the form that the scans take; arrays ``(neurons,)``.

    Attributes:
        bias: added to v in every update.
        theta: at the first update.
        step: what theta jumps by where a neuron fires.
        rule: shares of u, v and theta kept in an update, whether the reset is soft, and, of
            integers, the guard bits and the updates per snapshot; of neurons with a refractory
            state, what is kept of that instead of the reset.
        limit: of relays, the largest magnitude that they send; empty of others.
        refractory: whether there is such a state.
    """

    bias: Array
    theta: Array
    step: Array
    rule: tuple[float, float, float, float] | tuple[int, int, int, int, int, int]
    limit: Array
    refractory: bool = False

    def held_in(self, dtype: np.dtype[np.generic]) -> _Neurons:
        """The same numbers in the dtype of the states."""
        names = ("bias", "theta", "step", "limit")
        return replace(self, **{name: getattr(self, name).astype(dtype) for name in names})


def state_dtype(population: QPopulation, largest: int) -> np.dtype[np.generic]:
    """What holds all states of a population, whose sums are proved not to exceed `largest`.

    u wraps by 2^24 once, so that it stays within 24 bits while a lifted sum is at most 2^24; v is
    cut, and neither a theta nor a bias is wider. Sums of these leave room in 32 bits.
    """
    lifted = largest << population.neuron.guard_bits
    return np.dtype(np.int32 if lifted <= 1 << fx.STATE_BITS else np.int64)


class IntegerArithmetic:
    """Exact integers, multiplied as floats wherever a bound proves that nothing is rounded."""

    exact = True

    def __init__(self, network: QNetwork) -> None:
        self._synapses: dict[str, Synapses | EdgeSynapses] = {}
        self._dtype: dict[str, np.dtype[np.generic]] = {}
        self._raw: dict[str, int] = {}  # bounds of sums before their shift
        largest: dict[str, int] = {}
        for population, into in terms(network).items():
            held = largest[population] = largest_sum(into)
            for term in into:
                raw = self._raw[term.name] = int(term.largest().max())
                held = max(held, raw)  # a sum is held before its shift, too
                weight = np.array(term.weight.T, exact_dtype(raw), order="C")
                self._synapses[term.name] = _synapses(
                    term.mix, weight, term.exponent, network.latency
                )
            self._dtype[population] = np.dtype(np.int32 if held < 1 << 31 else np.int64)
        self._neurons = {p.name: _integer_neurons(p, network.latency) for p in network.populations}
        self._latency = network.latency
        self._shift = {p.name: p.bias_exp for p in network.populations}
        for p in network.populations:
            dtype = state_dtype(p, largest[p.name])
            self._neurons[p.name] = self._neurons[p.name].held_in(dtype)

    def empty_sums(self, population: str, shape: tuple[int, ...]) -> Array:
        return np.zeros(shape, self._dtype[population])

    def empty_sent(self, population: str, shape: tuple[int, ...]) -> Array:
        narrow = int(self._neurons[population].limit.max()) < 1 << 15
        return np.zeros(shape, np.int16 if narrow else np.int32)

    def synapses(self, projection: str) -> Synapses | EdgeSynapses:
        return self._synapses[projection]

    def joined(self, projections: Sequence[str]) -> Synapses:
        """Projections within a node, from one source by one mix, as one; none is shifted right."""
        first, *others = (self.synapses(name) for name in projections)
        assert isinstance(first, Synapses)
        if not others:
            return first
        dtype = exact_dtype(sum(self._raw[name] for name in projections))
        weight = sum((s.weight.astype(dtype) for s in others), first.weight.astype(dtype))
        return Synapses(first.mix, weight, first.exponent)

    def initial(self, population: str, count: int) -> State:
        of = self._neurons[population]
        return _initial(of, count, of.theta.dtype)

    def level(self, population: str, state: State) -> Array:
        of = self._neurons[population]
        if not of.refractory:
            return state.theta
        above = fx.decay_to_zero(state.theta.astype(np.int64) - of.theta, int(of.rule[2]))
        held = fx.decay_to_zero(state.refractory.astype(np.int64), int(of.rule[3]))
        level: Array = of.theta + above + held - 1  # which v must exceed, to reach one more
        return level

    def advance(
        self,
        population: str,
        sums: Array,
        window: tuple[int, int],
        state: State,
        spikes: Array,
        payloads: Array | None = None,
    ) -> None:
        of = self._neurons[population]
        if of.limit.size:
            scan_relay(sums, of.bias, of.limit, of.theta, *window, state.u, state.v, spikes)
            return
        bias, since = of.bias[None, None], window[0] // self._latency
        if payloads is not None:
            given = payloads[:, since : (window[1] - 1) // self._latency + 1]
            given = given.reshape(*given.shape[:2], -1).astype(bias.dtype)
            bias = bias + (given << self._shift[population])
        states = state.u, state.v, state.theta
        if of.refractory:
            neuron = of.theta, of.step
            scan_refractory(
                sums, bias, since, neuron, of.rule, *window, *states, state.refractory, spikes
            )
            return
        scan_integer(sums, bias, since, of.step, of.rule, *window, *states, spikes)


class FloatArithmetic:
    """Double precision: the reference for a float network."""

    exact = False

    def __init__(self, network: Network) -> None:
        self._synapses = {
            j.name: _synapses(j.mix, np.array(j.weight.T, order="C"), None, network.latency)
            for j in network.projections
        }
        self._neurons = {p.name: _float_neurons(p) for p in network.populations}

    def empty_sums(self, population: str, shape: tuple[int, ...]) -> Array:  # noqa: ARG002
        return np.zeros(shape, np.float64)

    def empty_sent(self, population: str, shape: tuple[int, ...]) -> Array:  # noqa: ARG002
        return np.zeros(shape, np.float64)

    def synapses(self, projection: str) -> Synapses | EdgeSynapses:
        return self._synapses[projection]

    def joined(self, projections: Sequence[str]) -> Synapses:
        raise NotImplementedError(f"sums of floats hang on their order: {projections}")

    def initial(self, population: str, count: int) -> State:
        return _initial(self._neurons[population], count, np.dtype(np.float64))

    def level(self, population: str, state: State) -> Array:
        of = self._neurons[population]
        if not of.refractory:
            return state.theta
        level: Array = of.theta + (state.theta - of.theta) * of.rule[2]
        reached: Array = np.nextafter(level + state.refractory * of.rule[3], -np.inf)
        return reached

    def advance(
        self,
        population: str,
        sums: Array,
        window: tuple[int, int],
        state: State,
        spikes: Array,
        payloads: Array | None = None,  # noqa: ARG002  (integers alone have biases from streams)
    ) -> None:
        of = self._neurons[population]
        if of.limit.size:
            scan_relay_float(sums, of.bias, of.limit, of.theta, *window, state.u, state.v, spikes)
            return
        if of.refractory:
            neuron, states = (of.theta, of.step), (state.u, state.v, state.theta)
            scan_refractory_float(
                sums, of.bias, neuron, of.rule, *window, *states, state.refractory, spikes
            )
            return
        scan_float(sums, of.bias, of.step, of.rule, *window, state.u, state.v, state.theta, spikes)


def _synapses(
    mix: Mix, weight: Array, exponent: int | None, latency: int
) -> Synapses | EdgeSynapses:
    if isinstance(mix, Schedule):
        return EdgeSynapses(mix, weight, exponent, latency)
    return Synapses(mix, weight, exponent)


_NO_LIMIT = np.zeros(0)


def _initial(of: _Neurons, count: int, dtype: np.dtype[np.generic]) -> State:
    shape = (count, len(of.theta))
    refractory = np.zeros((count, len(of.theta) * of.refractory), dtype)
    theta = np.full(shape, of.theta, dtype)
    return State(np.zeros(shape, dtype), np.zeros(shape, dtype), theta, refractory)


def _integer_neurons(population: QPopulation, latency: int) -> _Neurons:
    neuron = population.neuron
    keep_u = fx.DECAY_ONE - neuron.current_decay - 1
    keep_v = fx.DECAY_ONE - neuron.voltage_decay
    keep_theta = fx.DECAY_ONE - neuron.threshold_decay
    keep_refractory = fx.DECAY_ONE - neuron.refractory_decay
    last = keep_refractory if neuron.refractory else neuron.soft_reset
    return _Neurons(
        bias=np.tile(population.bias, population.rows),
        theta=np.tile(population.theta, population.rows),
        step=np.tile(population.theta_step, population.rows),
        rule=(keep_u, keep_v, keep_theta, last, neuron.guard_bits, latency),
        refractory=neuron.refractory,
        limit=_each(population, neuron.limit) if isinstance(neuron, QRelay) else _NO_LIMIT,
    )


def _each(population: QPopulation, value: int | tuple[int, ...]) -> Array:
    """int64 ``(neurons,)``: one number for all channels, or one for each."""
    return np.tile(np.full(population.channels, value, np.int64), population.rows)


def _float_neurons(population: Population) -> _Neurons:
    neuron = population.neuron
    bias = np.tile(population.bias, population.rows)
    keep_u, keep_v = 1.0 - neuron.current_decay, 1.0 - neuron.voltage_decay
    last = 1.0 - neuron.refractory_decay if neuron.refractory else neuron.soft_reset
    return _Neurons(
        bias=bias,
        theta=np.full(bias.shape, neuron.threshold, np.float64),
        step=np.full(bias.shape, neuron.threshold_step, np.float64),
        rule=(keep_u, keep_v, 1.0 - neuron.threshold_decay, last),
        refractory=neuron.refractory,
        limit=np.full(bias.shape, neuron.limit or np.inf)
        if isinstance(neuron, Relay)
        else _NO_LIMIT,
    )
