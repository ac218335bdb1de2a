"""The float network: hardware-neutral, described for one target node."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from neurograph.arrays import Array, frozen
from neurograph.errors import NetworkError
from neurograph.ir.topology import Wiring, check_layers, wire


def _share(owner: object, *names: str) -> None:
    for name in names:
        value = getattr(owner, name)
        if not 0.0 <= value <= 1.0:
            raise NetworkError(f"{type(owner).__name__}.{name} is {value}, expected 0 to 1")


def _positive(owner: object, *names: str) -> None:
    for name in names:
        value = getattr(owner, name)
        if not (np.isfinite(value) and value > 0):
            raise NetworkError(f"{type(owner).__name__}.{name} is {value}, expected above 0")


@dataclass(frozen=True, kw_only=True)
class LIF:
    """``u = (1-du) u + a``; ``v = (1-dv) v + u + bias``; fires where v > threshold, then v = 0.

    Attributes:
        current_decay: du, share of u lost per step (1: no synaptic memory).
        voltage_decay: dv, share of v lost per step (1: no membrane memory, 0: no leak).
        threshold: in the unit of v.
    """

    voltage_decay: float
    threshold: float
    current_decay: float = 1.0

    def __post_init__(self) -> None:
        _share(self, "current_decay", "voltage_decay")
        _positive(self, "threshold")


@dataclass(frozen=True, kw_only=True)
class SoftResetLIF(LIF):
    """A LIF that subtracts the threshold where it fires, instead of returning to 0."""


@dataclass(frozen=True, kw_only=True)
class AdaptiveLIF:
    """A LIF whose threshold theta decays every step and jumps where it fires.

    Fires where v > theta, then v = 0; ``theta = (1-threshold_decay) theta + threshold_step * s``,
    theta being `threshold` at the first update.

    Source: SpikeNet (Li et al., AAAI 2023), tau_th = 1 - threshold_decay, gamma = threshold_step.
    """

    voltage_decay: float
    threshold: float
    threshold_decay: float
    threshold_step: float
    current_decay: float = 1.0

    def __post_init__(self) -> None:
        _share(self, "current_decay", "voltage_decay", "threshold_decay")
        _positive(self, "threshold")
        if not (np.isfinite(self.threshold_step) and self.threshold_step >= 0):
            raise NetworkError(
                f"AdaptiveLIF.threshold_step is {self.threshold_step}, expected >= 0"
            )


Neuron = LIF | SoftResetLIF | AdaptiveLIF


@dataclass(frozen=True, kw_only=True)
class Stream:
    """An input of real values, `rows` slots times `channels` features per snapshot.

    Attributes:
        binary: values are 0 or 1 and travel as plain spikes; else they travel as graded spikes.
    """

    name: str
    rows: int
    channels: int
    binary: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Population:
    """`rows` slots times `channels` neurons of one kind.

    Attributes:
        bias: float64 ``(channels,)``, added to v in every step, the same in each row.
    """

    name: str
    rows: int
    channels: int
    neuron: Neuron
    bias: Array = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        bias = np.zeros(self.channels) if np.size(self.bias) == 0 else self.bias
        object.__setattr__(self, "bias", frozen(bias, np.float64))
        if self.bias.shape != (self.channels,) or not np.isfinite(self.bias).all():
            raise NetworkError(f"{self.name}: bias must be {self.channels} finite numbers")


@dataclass(frozen=True, eq=False, kw_only=True)
class Projection:
    """Synapses ``I[row, c_out] += sum mix[row, r] * weight[c_out, c_in] * s[r, c_in]``.

    Attributes:
        mix: ``(target rows, source rows)`` of small non-negative integers, sparse.
        weight: float64 ``(target channels, source channels)``, shared by all rows.
        delay: extra hardware steps beyond the one that every projection takes.
    """

    name: str
    source: str
    target: str
    mix: sp.csr_array
    weight: Array
    delay: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "mix", frozen_mix(self.name, self.mix))
        object.__setattr__(self, "weight", frozen(self.weight, np.float64))
        if not np.isfinite(self.weight).all():
            bad = np.argwhere(~np.isfinite(self.weight))[0]
            raise NetworkError(f"{self.name}: weight{bad.tolist()} is not a finite number")


def frozen_mix(name: str, mix: sp.csr_array) -> sp.csr_array:
    """A canonical int16 copy of a row mix; NetworkError if it is not small non-negative ints."""
    given = sp.csr_array(mix)
    if given.nnz and (given.data.min() < 0 or np.any(given.data != np.round(given.data))):
        raise NetworkError(f"{name}: mix entries must be non-negative integers")
    clean = sp.csr_array(given, dtype=np.int16, copy=True)
    clean.sum_duplicates()
    clean.eliminate_zeros()
    for part in (clean.data, clean.indices, clean.indptr):
        part.setflags(write=False)
    return clean


@dataclass(frozen=True, eq=False, kw_only=True)
class Readout:
    """The linear layer over all spikes of the last population, computed by the host.

    Attributes:
        source: population name.
        weight: float64 ``(classes, steps * rows * channels)``, step major, then row, then
            channel; with `latency` > 1 a step's input is the mean over its latency steps.
        bias: float64 ``(classes,)``.
    """

    source: str
    weight: Array
    bias: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", frozen(self.weight, np.float64))
        object.__setattr__(self, "bias", frozen(self.bias, np.float64))
        if self.weight.ndim != 2 or self.bias.shape != self.weight.shape[:1]:
            raise NetworkError(f"readout: weight {self.weight.shape}, bias {self.bias.shape}")

    def logits(self, spikes: Array, latency: int) -> Array:
        """Float64 ``(targets, classes)`` of spikes ``(targets, updates, rows, channels)``."""
        targets, updates = spikes.shape[:2]
        rates = spikes.reshape(targets, updates // latency, latency, -1).mean(axis=2)
        flat: Array = rates.reshape(targets, -1)
        logits: Array = flat @ self.weight.T + self.bias
        return logits


@dataclass(frozen=True, eq=False, kw_only=True)
class Network:
    """A spiking network for one target node.

    Attributes:
        steps: snapshots T. latency: hardware steps K per snapshot.
    """

    streams: tuple[Stream, ...]
    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    readout: Readout
    steps: int
    latency: int = 1

    def __post_init__(self) -> None:
        check_layers((*self.streams, *self.populations), self.projections)
        check_readout(self.readout, self.populations, self.steps, self.latency)
        _ = self.wiring

    @cached_property
    def wiring(self) -> Wiring:
        names = [s.name for s in self.streams], [p.name for p in self.populations]
        return wire(*names, self.projections)

    @property
    def updates(self) -> int:
        """Neuron updates of every population per run: ``steps * latency``."""
        return self.steps * self.latency


def check_readout(
    readout: Readout, populations: tuple[object, ...], steps: int, latency: int
) -> None:
    """Raise NetworkError unless `readout` reads a population and has the width of its spikes."""
    if steps < 1 or latency < 1:
        raise NetworkError(f"{steps} steps of {latency} latency steps; both must be at least 1")
    sizes = {p.name: p.rows * p.channels for p in populations}  # type: ignore[attr-defined]
    if readout.source not in sizes:
        raise NetworkError(f"readout: no population '{readout.source}'; known: {', '.join(sizes)}")
    wanted = steps * sizes[readout.source]
    if readout.weight.shape[1] != wanted:
        raise NetworkError(
            f"readout: weight has {readout.weight.shape[1]} inputs, needed {wanted} "
            f"({steps} steps x {sizes[readout.source]} neurons of '{readout.source}')"
        )
