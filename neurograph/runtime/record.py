"""What a run leaves behind, whatever ran it: every spike, every final state, the logits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from neurograph.core.arrays import Array, fingerprint, frozen
from neurograph.core.errors import NetworkError
from neurograph.ir import QNetwork, QPopulation, QStream
from neurograph.ir.values import ADDED
from neurograph.runtime.tally import Tally, together

REFERENCE, FLOAT = "reference", "float"  # what runs of integers and of floats here name as backend


def backends_among(names: Iterable[str]) -> tuple[str, ...]:
    """Those that name neither floats nor the reference, in alphabetical order."""
    return tuple(sorted(set(names) - {FLOAT, REFERENCE}))


def pairs(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Records to compare, first and second: what quantisation changes, then every backend."""
    return ((FLOAT, REFERENCE), *((REFERENCE, name) for name in backends_among(names)))


@dataclass(frozen=True, eq=False, kw_only=True)
class RunRecord:
    """One run of one network over some nodes.

    Attributes:
        backend: what ran it: "float", "reference", or the name of another.
        nodes: int64 ``(nodes,)`` node ids, in the order of every other array.
        spikes: per population, bool ``(nodes, updates, rows, channels)``, on its own clock
            (update 0 is its first).
        final: per population, its state after the last update: "u", "v" and, for an adaptive
            threshold, "theta", and "refractory" where there is such a state, each int32
            ``(nodes, rows, channels)`` (float64 for "float").
        logits: float64 ``(nodes, classes)``.
        network_sha256: fingerprint of the network that ran.
        versions: of what ran it. How long it took is not a result: a run that is repeated, or
            resumed, leaves the same record.
        tally: what the chip that it simulates would take, where it was told how the network lies
            on it.
    """

    backend: str
    nodes: Array
    spikes: Mapping[str, Array]
    final: Mapping[str, Mapping[str, Array]]
    logits: Array
    network_sha256: str
    versions: Mapping[str, str] = field(default_factory=dict)
    tally: Tally | None = field(default=None, metadata=ADDED)

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", frozen(self.nodes, np.int64))
        object.__setattr__(self, "logits", frozen(self.logits, np.float64))
        if self.nodes.ndim != 1 or self.logits.shape[:-1] != self.nodes.shape:
            raise NetworkError(
                f"record: logits {self.logits.shape} of nodes {self.nodes.shape}; needed a row each"
            )
        if not np.isfinite(self.logits).all():
            raise NetworkError("record: logits that are not finite")
        for name, spikes in self.spikes.items():
            if len(spikes) != len(self.nodes) or spikes.dtype != np.bool_:
                raise NetworkError(f"record: spikes of '{name}' are {spikes.dtype}{spikes.shape}")

    def of(self, rows: Array) -> RunRecord:
        """The record of these rows alone, int ``(n,)``."""
        return replace(
            self,
            nodes=self.nodes[rows],
            spikes={name: x[rows] for name, x in self.spikes.items()},
            final={
                name: {state: x[rows] for state, x in states.items()}
                for name, states in self.final.items()
            },
            logits=self.logits[rows],
        )

    @property
    def predictions(self) -> Array:
        """int64 ``(nodes,)``: the class with the largest logit, the first one if several.

        Raises:
            NetworkError: the network had no readout.
        """
        if not self.logits.shape[1]:
            raise NetworkError("record: a network without a readout predicts nothing")
        best: Array = np.argmax(self.logits, axis=1)
        return best

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of what came out, whatever ran it: nodes, spikes, final states, logits."""
        parts: list[Array | str] = [self.network_sha256, self.nodes, self.logits]
        for name in sorted(self.spikes):
            parts += [name, self.spikes[name]]
        for name, states in sorted(self.final.items()):
            for state, values in sorted(states.items()):
                parts += [name, state, values]
        return fingerprint(*parts)

    def rate(self, population: str) -> Array:
        """float64 ``(updates,)``: share of neurons that fire, over nodes, rows, channels."""
        rate: Array = self.spikes[population].mean(axis=(0, 2, 3))
        return rate


def concatenate(records: Sequence[RunRecord]) -> RunRecord:
    """One record of several runs of the same network over different nodes, in order."""
    first = records[0]
    if len({(r.backend, r.network_sha256) for r in records}) != 1:
        raise NetworkError("records of different backends or networks cannot be joined")
    return RunRecord(
        backend=first.backend,
        nodes=np.concatenate([r.nodes for r in records]),
        spikes={n: np.concatenate([r.spikes[n] for r in records]) for n in first.spikes},
        final={
            n: {k: np.concatenate([r.final[n][k] for r in records]) for k in states}
            for n, states in first.final.items()
        },
        logits=np.concatenate([r.logits for r in records]),
        network_sha256=first.network_sha256,
        versions=first.versions,
        tally=together(r.tally for r in records),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class EventCounts:
    """Events of a run, summed over its nodes; energy is these times joules.

    Attributes:
        network_sha256: fingerprint of the network that ran.
        inferences: how many were counted, one per node.
        sent: per population, its spikes; per stream, its non-zero payloads, none where it sets
            biases: int64 ``(updates, rows, channels)``, each on its own clock.
        active: per population, updates with a non-zero synaptic sum or a spike, likewise.
        synaptic_ops: per projection, spikes (or non-zero payloads) times their non-zero synapses.
        host_macs: multiply-accumulates of the host's readout.
        bytes_in: from the host to the chip.
        bytes_out: from the chip to the host.
        sent_by_node: per population and stream of a network whose nodes hear each other, what each
            node sends in all channels together: int32 ``(updates, nodes)``, likewise; else empty.
    """

    network_sha256: str
    inferences: int
    sent: Mapping[str, Array]
    active: Mapping[str, Array]
    synaptic_ops: Mapping[str, int]
    host_macs: int
    bytes_in: int
    bytes_out: int
    sent_by_node: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kinds = {"sent": np.int64, "active": np.int64, "sent_by_node": np.int32}
        for name, dtype in kinds.items():
            counted = {n: frozen(x, dtype) for n, x in getattr(self, name).items()}
            object.__setattr__(self, name, counted)

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of every count."""
        numbers = (self.inferences, self.host_macs, self.bytes_in, self.bytes_out)
        parts: list[Array | str] = [self.network_sha256, *map(str, numbers)]
        parts += [f"{name} {n}" for name, n in sorted(self.synaptic_ops.items())]
        for counted in (self.sent, self.active, self.sent_by_node):
            for name, values in sorted(counted.items()):
                parts += [name, values]
        return fingerprint(*parts)

    @property
    def _sizes(self) -> tuple[Any, ...]:
        """What is counted, in which shapes."""
        counted = (self.sent, self.active, self.sent_by_node)
        shapes = [{name: x.shape for name, x in of.items()} for of in counted]
        return *shapes, self.synaptic_ops.keys()

    @property
    def spikes(self) -> Mapping[str, int]:
        """Per population, and per stream its non-zero payloads."""
        return {name: int(sent.sum()) for name, sent in self.sent.items()}

    @property
    def active_updates(self) -> Mapping[str, int]:
        return {name: int(active.sum()) for name, active in self.active.items()}

    @property
    def inactive_updates(self) -> Mapping[str, int]:
        """All other updates."""
        return {
            name: self.inferences * active.size - int(active.sum())
            for name, active in self.active.items()
        }

    def check_of(self, network: QNetwork) -> EventCounts:
        """These counts; raise NetworkError where they cannot be of this network."""
        both: list[QStream | QPopulation] = [*network.streams, *network.populations]
        layers = {x.name: (network.updates, x.rows, x.channels) for x in both}
        spiking = {p.name: layers[p.name] for p in network.populations}
        counted = {"sent": (self.sent, layers), "active": (self.active, spiking)}
        for what, (found, wanted) in counted.items():
            if {name: x.shape for name, x in found.items()} != wanted:
                raise NetworkError(f"events of another network: {what} has other layers or sizes")
        if self.synaptic_ops.keys() != {j.name for j in network.projections}:
            raise NetworkError("events of another network: synaptic_ops has other projections")
        numbers = (self.host_macs, self.bytes_in, self.bytes_out, *self.synaptic_ops.values())
        if self.inferences < 1 or min(numbers) < 0:
            raise NetworkError("events fewer than none, or of no inference")
        return self

    def __add__(self, other: EventCounts) -> EventCounts:
        """Events of both runs together; they are of the same network."""
        if self.network_sha256 != other.network_sha256 or self._sizes != other._sizes:
            raise NetworkError("events of different networks cannot be added")
        ops = {name: n + other.synaptic_ops[name] for name, n in self.synaptic_ops.items()}
        return EventCounts(
            network_sha256=self.network_sha256,
            inferences=self.inferences + other.inferences,
            sent={name: x + other.sent[name] for name, x in self.sent.items()},
            active={name: x + other.active[name] for name, x in self.active.items()},
            synaptic_ops=ops,
            host_macs=self.host_macs + other.host_macs,
            bytes_in=self.bytes_in + other.bytes_in,
            bytes_out=self.bytes_out + other.bytes_out,
            sent_by_node={n: x + other.sent_by_node[n] for n, x in self.sent_by_node.items()},
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class InferredPart:
    """What an inference has found for some consecutive nodes, or for all.

    Attributes:
        records: by backend ("float", "reference", ...), over the same nodes.
        seconds: wall time per record; a backend's includes sampling and waiting for it, but not
            the other records.
    """

    records: Mapping[str, RunRecord]
    events: EventCounts
    seconds: Mapping[str, float]
