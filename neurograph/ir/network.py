"""The float network: hardware-neutral, described for one node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array, frozen
from neurograph.core.errors import NetworkError
from neurograph.ir.fingerprints import network_fingerprint
from neurograph.ir.neurons import Neuron
from neurograph.ir.readout import Readout, check_readout
from neurograph.ir.schedule import (
    Mix,
    Schedule,
    check_schedules,
    mix_identity,
    resident_nodes,
    still,
)
from neurograph.ir.topology import Wiring, check_layers, wire
from neurograph.ir.values import ADDED, columns_of_rows

STREAM = "x"  # carries the features of every slot, in a network made of a model
LABEL_STREAM = "y"  # carries a spike in the channel of the class of every slot whose label is in


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
        columns: of a grid, one after another in the rows; chips cut such a layer between them.
    """

    name: str
    rows: int
    channels: int
    neuron: Neuron
    bias: Array = field(default_factory=lambda: np.zeros(0))
    columns: int = field(default=1, metadata=ADDED)

    def __post_init__(self) -> None:
        columns_of_rows(self.name, self.columns, self.rows)
        bias = np.zeros(self.channels) if np.size(self.bias) == 0 else self.bias
        object.__setattr__(self, "bias", frozen(bias, np.float64))
        if self.bias.shape != (self.channels,) or not np.isfinite(self.bias).all():
            raise NetworkError(f"{self.name}: bias must be {self.channels} finite numbers")

    @property
    def identity(self) -> tuple[str, Array]:
        """What decides a spike, as a fingerprint takes it."""
        return f"{self.name} {self.rows}x{self.channels} {self.neuron!r}", self.bias


@dataclass(frozen=True, eq=False, kw_only=True)
class Projection:
    """Synapses ``I[row, c_out] += sum mix[row, r] * weight[c_out, c_in] * s[r, c_in]``.

    Attributes:
        mix: ``(target rows, source rows)`` of small non-negative integers, sparse; or a
            `Schedule`, by which nodes of a graph hear each other.
        weight: float64 ``(target channels, source channels)``, shared by all rows.
        delay: extra hardware steps beyond the one that every projection takes.
        kernel: its weights are a part of a convolution's kernel: a chip that runs convolutions
            stores them once per core for all rows.
    """

    name: str
    source: str
    target: str
    mix: Mix
    weight: Array
    delay: int = 0
    kernel: bool = field(default=False, metadata=ADDED)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mix", frozen_mix(self.name, self.mix))
        object.__setattr__(self, "weight", frozen(self.weight, np.float64))
        if not np.isfinite(self.weight).all():
            bad = np.argwhere(~np.isfinite(self.weight))[0]
            raise NetworkError(f"{self.name}: weight{bad.tolist()} is not a finite number")

    @property
    def still(self) -> sp.csr_array:
        """Its mix, from row to row of one node; raises NetworkError where it is a schedule."""
        return still(self.name, self.mix)

    @property
    def identity(self) -> tuple[str | Array, ...]:
        """What decides a sum, as a fingerprint takes it."""
        text = f"{self.name} {self.source}>{self.target} {self.delay}"
        return text, self.weight, *mix_identity(self.mix)


def frozen_mix(name: str, mix: Mix) -> Mix:
    """A canonical int16 copy of a row mix; NetworkError if it is not small non-negative ints.

    A schedule is canonical as it is.
    """
    if isinstance(mix, Schedule):
        return mix
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
class Network:
    """A spiking network for one node, which others may hear (`ir.schedule`).

    Attributes:
        streams: inputs.
        populations: in the order in which a snapshot goes through them.
        projections: between streams and populations.
        readout: on the host.
        steps: snapshots T.
        latency: hardware steps K per snapshot.
    """

    streams: tuple[Stream, ...]
    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    readout: Readout
    steps: int
    latency: int = 1

    def __post_init__(self) -> None:
        check_layers((*self.streams, *self.populations), self.projections)
        check_schedules((*self.streams, *self.populations), self.projections, self.steps)
        check_readout(self.readout, self.populations, self.steps, self.latency)
        _ = self.wiring

    @cached_property
    def wiring(self) -> Wiring:
        names = [s.name for s in self.streams], [p.name for p in self.populations]
        return wire(*names, self.projections)

    @property
    def nodes(self) -> int | None:
        """How many nodes run at once, because they hear each other; None: each runs alone."""
        return resident_nodes(self.projections)

    @property
    def spiking(self) -> tuple[Population, ...]:
        """The populations that fire; all others are relays."""
        return tuple(p for p in self.populations if not p.neuron.graded)

    @property
    def updates(self) -> int:
        """Neuron updates of every population per run: ``steps * latency``."""
        return self.steps * self.latency

    def logits(
        self,
        spikes: Mapping[str, Array],
        final: Mapping[str, Mapping[str, Array]],  # noqa: ARG002
    ) -> Array:
        """Float64 ``(nodes, classes)`` of a run's spikes; a float readout needs no states."""
        return self.readout.logits(spikes[self.readout.source], self.latency)

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of everything that decides a spike or a logit."""
        return network_fingerprint(self)
