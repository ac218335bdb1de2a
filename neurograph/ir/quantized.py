"""The integer network: only what the chip can hold, valid because it exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array, frozen
from neurograph.core.errors import NetworkError
from neurograph.ir.as_on_chip import check_as_on_chip
from neurograph.ir.fingerprints import network_fingerprint
from neurograph.ir.network import frozen_mix
from neurograph.ir.neurons import QNeuron
from neurograph.ir.neurons.fields import per_channel
from neurograph.ir.payloads import QStream, encode
from neurograph.ir.quantisation import SCHEMES_FROM, Choice, QuantisationError, SchemeFrom
from neurograph.ir.readout import OnChipReadout, Readout, check_readout
from neurograph.ir.reset import PeriodicReset
from neurograph.ir.schedule import (
    ENTRY_MAX,
    Mix,
    Schedule,
    check_schedules,
    mix_identity,
    resident_nodes,
    still,
)
from neurograph.ir.topology import Wiring, check_layers, wire
from neurograph.ir.values import (
    ADDED,
    above_zero,
    columns_of_rows,
    one_or_each,
    plain_numbers,
    within,
)


@dataclass(frozen=True, eq=False, kw_only=True)
class QPopulation:
    """`rows` x `channels` integer neurons.

    What is given per channel, in the neuron or as `scale`, has `channels` entries.

    Attributes:
        bias_mant: int16 ``(channels,)``, 13-bit signed; ``bias = bias_mant << bias_exp`` is added
            to v in every step.
        scale: units of a synaptic sum per float unit of the membrane, for all channels or one per
            channel; v has ``2**guard_bits`` times as many.
        bias_from: a stream whose integers, one for each neuron and snapshot, are added to
            `bias_mant`, without any synapse; if empty, there is none.
        reset: all its states return to what they were at first from time to time; None: never.
        columns: as of a float population.
    """

    name: str
    rows: int
    channels: int
    neuron: QNeuron
    bias_mant: Array
    bias_exp: int = 0
    scale: float | tuple[float, ...] = 1.0
    bias_from: str = field(default="", metadata=ADDED)
    reset: PeriodicReset | None = field(default=None, metadata=ADDED)
    columns: int = field(default=1, metadata=ADDED)

    def __post_init__(self) -> None:
        plain_numbers(self, "scale")
        columns_of_rows(self.name, self.columns, self.rows)
        above_zero(self.name, "scale", self.scale)
        for what, value in {"scale": self.scale, **per_channel(self.neuron)}.items():
            one_or_each(self.name, what, value, self.channels)
        mant = np.asarray(self.bias_mant)
        top = fx.BIAS_MANT_MAX
        if mant.shape != (self.channels,) or mant.dtype.kind != "i":
            raise NetworkError(
                f"{self.name}: bias must be {self.channels} integers, +-{top}, not "
                f"{mant.dtype}{mant.shape}"
            )
        if (bad := np.flatnonzero((mant < -top) | (mant > top))).size:
            within(self.name, f"bias[{bad[0]}]", int(mant[bad[0]]), -top, top)
        object.__setattr__(self, "bias_mant", frozen(mant.astype(np.int16)))
        within(self.name, "bias_exp", self.bias_exp, 0, fx.BIAS_EXP_MAX)
        if not isinstance(self.reset, PeriodicReset | None):
            raise NetworkError(
                f"{self.name}: reset is {self.reset!r}, expected a PeriodicReset or None"
            )
        if self.neuron.graded and (self.bias_from or self.reset):
            raise NetworkError(
                f"{self.name}: a {self.neuron.kind} holds nothing that a reset or a stream of "
                "biases would change; leave them out"
            )

    @property
    def identity(self) -> tuple[str, Array]:
        """What decides a spike, as a fingerprint takes it."""
        text = f"{self.name} {self.rows}x{self.channels} {self.neuron!r} {self.bias_exp}"
        text += f" bias from {self.bias_from}" if self.bias_from else ""
        text += f" {self.reset!r}" if self.reset else ""
        return text, self.bias_mant

    @property
    def bias(self) -> Array:
        """int64 ``(channels,)`` in the unit of v."""
        return self.bias_mant.astype(np.int64) << self.bias_exp

    @property
    def scales(self) -> Array:
        """float64 ``(channels,)``: the scale of each channel."""
        return np.full(self.channels, self.scale, np.float64)

    @property
    def unit(self) -> Array:
        """float64 ``(channels,)``: units of v per float unit of the membrane."""
        return self.scales * (1 << self.neuron.guard_bits)

    @property
    def theta(self) -> Array:
        """int64 ``(channels,)``: the threshold at the first update, in the unit of v."""
        return np.full(self.channels, self.neuron.theta, np.int64)

    @property
    def theta_step(self) -> Array:
        """int64 ``(channels,)``: added to the threshold where a neuron fires; 0 if it is fixed."""
        return np.full(self.channels, self.neuron.threshold_step, np.int64)


@dataclass(frozen=True, eq=False, kw_only=True)
class QProjection:
    """Integer synapses; the sum over all of them is shifted by `exponent` (right: floors).

    Attributes:
        weight: int16 ``(target channels, source channels)`` mantissas. Mixed signs: even,
            -256..254. One sign: 0..255 or -255..0.
        mix: as of a float projection. By a schedule, whose entries are integers, a synapse holds
            the product of entry and weight, and no more than a weight can.
        kernel: as of a float projection.
    """

    name: str
    source: str
    target: str
    mix: Mix
    weight: Array
    exponent: int = 0
    delay: int = 0
    kernel: bool = field(default=False, metadata=ADDED)

    def __post_init__(self) -> None:
        plain_numbers(self)
        object.__setattr__(self, "mix", frozen_mix(self.name, self.mix))
        given = np.asarray(self.weight)
        if given.dtype.kind != "i":
            raise NetworkError(f"{self.name}: weights are {given.dtype}, integers needed")
        low, high = weight_range(given)
        odd = (given & 1 != 0) if low < 0 < high else np.zeros(given.shape, bool)
        if (bad := np.argwhere((given < low) | (given > high) | odd)).size:
            i, j = bad[0]
            raise NetworkError(
                f"{self.name}: weight[{i},{j}] = {given[i, j]} ({len(bad)} such); the chip holds "
                f"{low}..{high}{', even values only' if low < 0 < high else ''}"
            )
        object.__setattr__(self, "weight", frozen(given.astype(np.int16)))
        if isinstance(self.mix, Schedule):
            _check_entries(self.name, self.mix, self.weight)
        within(self.name, "exponent", self.exponent, fx.WEIGHT_EXP_MIN, fx.WEIGHT_EXP_MAX)
        within(self.name, "delay", self.delay, 0, fx.DELAY_MAX)

    @property
    def still(self) -> sp.csr_array:
        """Its mix, from row to row of one node; raises NetworkError where it is a schedule."""
        return still(self.name, self.mix)

    @property
    def identity(self) -> tuple[str | Array, ...]:
        """What decides a sum, as a fingerprint takes it."""
        text = f"{self.name} {self.source}>{self.target} {self.exponent} {self.delay}"
        return text, self.weight, *mix_identity(self.mix)


def _check_entries(name: str, mix: Schedule, weight: Array) -> None:
    """Raise NetworkError unless a synapse can hold each product of an entry and a weight."""
    if not mix.whole:
        raise NetworkError(f"{name}: a schedule of floats, integers needed")
    largest = int(mix.largest) * int(np.abs(weight).max(initial=0))
    if mix.largest > ENTRY_MAX or (mix.largest > 1 and largest > ENTRY_MAX):
        raise NetworkError(
            f"{name}: entries up to {mix.largest:.0f} times weights up to "
            f"{np.abs(weight).max()}; a synapse holds at most {ENTRY_MAX}"
        )


def weight_range(weight: Array) -> tuple[int, int]:
    """Mantissa range that the chip offers for the signs in `weight`."""
    if weight.size and weight.min() < 0 < weight.max():
        return fx.WEIGHT_EVEN_MIN, fx.WEIGHT_EVEN_MAX
    return (-fx.WEIGHT_MAX, 0) if weight.size and weight.min() < 0 else (0, fx.WEIGHT_MAX)


@dataclass(frozen=True, eq=False, kw_only=True)
class QNetwork:
    """An integer network for one node, and what quantisation said on the way to it.

    Attributes:
        streams: inputs.
        populations: in the order in which a snapshot goes through them.
        projections: between streams and populations.
        readout: None where nobody asks for logits.
        steps: snapshots T.
        latency: hardware steps K per snapshot.
        errors: what the integers cost.
        choices: why they are what they are.
        scheme_from: where they were chosen, on "calibration" data or in "training", whose forward
            pass ran them.
        begin_together: all populations do their first update in hardware step 0, as on a chip:
            biases charge at once, and nothing arrives before step 1. Else each does when its first
            input can arrive, and one whose bias a stream sets at once.

    Raises:
        NetworkError: names, shapes or readout that do not fit, a population that no stream
            reaches, unless all begin together, or another origin of the scheme.
    """

    streams: tuple[QStream, ...]
    populations: tuple[QPopulation, ...]
    projections: tuple[QProjection, ...]
    readout: Readout | OnChipReadout | None
    steps: int
    latency: int = 1
    errors: tuple[QuantisationError, ...] = field(default=())
    choices: tuple[Choice, ...] = field(default=())
    scheme_from: SchemeFrom = "calibration"
    begin_together: bool = field(default=False, metadata=ADDED)

    def __post_init__(self) -> None:
        check_layers((*self.streams, *self.populations), self.projections)
        check_schedules((*self.streams, *self.populations), self.projections, self.steps)
        check_readout(self.readout, self.populations, self.steps, self.latency)
        _check_means(self.streams)
        if isinstance(self.readout, OnChipReadout):
            _check_accumulators(self.readout, self.streams, self.populations)
        if self.scheme_from not in SCHEMES_FROM:
            raise NetworkError(
                f"a scheme from {self.scheme_from!r}; known: {', '.join(SCHEMES_FROM)}"
            )
        check_as_on_chip(self)
        _ = self.wiring

    @cached_property
    def wiring(self) -> Wiring:
        names = [s.name for s in self.streams], [p.name for p in self.populations]
        first = (
            names[1] if self.begin_together else [p.name for p in self.populations if p.bias_from]
        )
        return wire(*names, self.projections, first=first)

    @property
    def nodes(self) -> int | None:
        """How many nodes run at once, because they hear each other; None: each runs alone."""
        return resident_nodes(self.projections)

    @property
    def spiking(self) -> tuple[QPopulation, ...]:
        """The populations that fire; all others are relays."""
        return tuple(p for p in self.populations if not p.neuron.graded)

    @property
    def updates(self) -> int:
        """Neuron updates of every population per run: ``steps * latency``."""
        return self.steps * self.latency

    def largest_bias(self, population: QPopulation) -> Array:
        """int64 ``(channels,)``: magnitude of what is added to v in an update, at most."""
        given = next((s.payload_max for s in self.streams if s.name == population.bias_from), 0)
        mantissa = np.abs(population.bias_mant.astype(np.int64)) + given
        largest: Array = mantissa << population.bias_exp
        return largest

    def logits(
        self, spikes: Mapping[str, Array], final: Mapping[str, Mapping[str, Array]]
    ) -> Array:
        """Float64 ``(nodes, classes)`` of a run's spikes and final states.

        Without a readout there are no classes.

        Args:
            spikes: per population, ``(nodes, updates, rows, channels)``.
            final: per population, "u" and "v" after its last update, ``(nodes, rows, channels)``.
        """
        readout = self.readout
        if readout is None:
            return np.zeros((len(next(iter(spikes.values()))), 0))
        if isinstance(readout, OnChipReadout):
            return readout.logits(final[readout.source]["v"])
        return readout.logits(spikes[readout.source], self.latency)

    def own_inputs(self, count: int) -> dict[str, Array]:
        """Payloads of the streams that the network itself defines; all others carry features.

        Args:
            count: of nodes.

        Returns:
            Per such stream, int8 ``(count, steps, rows, channels)``.
        """
        if isinstance(self.readout, OnChipReadout):
            return self.readout.own_inputs(count, self.steps)
        return {}

    def encode(self, features: Mapping[str, Array]) -> dict[str, Array]:
        """Payloads of every stream ``(nodes, steps, rows, channels)``, its own ones included.

        Args:
            features: of each stream that carries some, real values of that shape.
        """
        own = self.own_inputs(len(next(iter(features.values()))))
        return encode((s for s in self.streams if s.name not in own), features) | own

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of everything that decides a spike or a logit."""
        besides = [f"{s.name} of {s.mean_of}" for s in self.streams if s.mean_of]
        besides += ["all begin together"] if self.begin_together else []
        return network_fingerprint(self, *besides)


def _check_means(streams: tuple[QStream, ...]) -> None:
    """Raise NetworkError unless every mean is of a stream of features of as many rows."""
    rows = {s.name: s.rows for s in streams if not s.mean_of}
    for s in streams:
        if s.mean_of and rows.get(s.mean_of) != s.rows:
            raise NetworkError(
                f"{s.name}: the mean of '{s.mean_of}' for {s.rows} rows; needed a stream of "
                f"features with as many, known: {', '.join(f'{n} ({r})' for n, r in rows.items())}"
            )


def _check_accumulators(
    readout: OnChipReadout, streams: tuple[QStream, ...], populations: tuple[QPopulation, ...]
) -> None:
    """Raise NetworkError unless the readout's population can hold a sum and its pulse exists."""
    held = next(p for p in populations if p.name == readout.source)
    forgets = held.neuron.voltage_decay != 0 or held.neuron.current_decay != fx.DECAY_ONE - 1
    if held.neuron.has_program or forgets or held.bias_mant.any() or held.rows != 1 or held.reset:
        raise NetworkError(
            f"readout: '{held.name}' is no row of accumulators; needed: 1 row of LIF neurons with "
            "voltage_decay 0, no synaptic memory, no bias and no reset"
        )
    if (readout.pulse, 1, 1, 1) not in {(s.name, s.rows, s.channels, s.bits) for s in streams}:
        raise NetworkError(f"readout: no stream '{readout.pulse}' of one plain-spike neuron")
