"""Counts the events of a run, from its spikes: exact, whatever ran it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.core.threads import each
from neurograph.ir import OnChipReadout, QNetwork, QStream, Schedule
from neurograph.runtime.activity import synaptic_ops
from neurograph.runtime.engine import Chunk, IntegerArithmetic, check_inputs, chunks
from neurograph.runtime.record import EventCounts, RunRecord


def count_events(network: QNetwork, inputs: Mapping[str, Array], record: RunRecord) -> EventCounts:
    """Events of a run, summed over its nodes and updates.

    A payload is sent anew in every update that holds it. An event that would arrive after its
    target's last update is not counted. Bytes: a non-zero graded payload takes its bits rounded
    up to whole bytes, its address is not counted; plain spikes, into the chip and out of the
    population that a host readout reads, travel as one bit per neuron and update, rounded up per
    node. A stream that sets biases sends nothing: what differs from the snapshot before is
    written, in whole bytes. Of an on-chip readout, the last v of every accumulator leaves, 24 bits
    each; the host joins two of them per class by a shift and an addition, which is not counted.

    Args:
        inputs: per stream, the payloads of the run.

    Raises:
        NetworkError: the record is of another network, or `inputs` do not fit its nodes.
    """
    if record.network_sha256 != network.sha256:
        raise NetworkError("the record is of another network than the one whose events to count")
    nodes = len(record.nodes)
    check_inputs(network, inputs, nodes)
    host_macs, bytes_out = _leaving(network, record)
    counted = _Counted.of(network, inputs, record)
    sent = {**_streamed(network, inputs), **counted.sent}
    return EventCounts(
        network_sha256=network.sha256,
        inferences=nodes,
        sent=sent,
        active=counted.active,
        synaptic_ops={
            j.name: counted.along_edges[j.name]
            if isinstance(j.mix, Schedule)
            else int(synaptic_ops(network, j, sent).sum())
            for j in network.projections
        },
        host_macs=host_macs,
        bytes_in=sum(_entering(network, s, inputs[s.name]) for s in network.streams),
        bytes_out=bytes_out,
        sent_by_node={**_streamed_by_node(network, inputs), **counted.sent_by_node},
    )


def _entering(network: QNetwork, stream: QStream, given: Array) -> int:
    """Bytes from the host to the chip, of the payloads of a stream."""
    if stream.name in _setting_biases(network):
        before = np.zeros_like(given[:, :1])
        changed = np.diff(given.astype(np.int32), axis=1, prepend=before)
        return int(np.count_nonzero(changed)) * _whole_bytes(stream.bits)
    if stream.bits == 1:
        return _plain_bytes(given) * network.latency
    return int(np.count_nonzero(given)) * network.latency * _whole_bytes(stream.bits)


def _setting_biases(network: QNetwork) -> set[str]:
    return {p.bias_from for p in network.populations}


def _streamed(network: QNetwork, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Per stream, payloads of each channel in each update, over all nodes."""
    silent = _setting_biases(network)
    return {
        s.name: np.repeat(
            np.count_nonzero(inputs[s.name], axis=0) * (s.name not in silent),
            network.latency,
            axis=0,
        )
        for s in network.streams
    }


def _streamed_by_node(network: QNetwork, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Likewise of each node, over all channels, where nodes hear each other."""
    if network.nodes is None:
        return {}
    return {
        s.name: np.repeat(_by_node(inputs[s.name]), network.latency, axis=0)
        for s in network.streams
    }


def _by_node(emitted: Array) -> Array:
    """int64 ``(updates, nodes)``: what is not 0 of ``(nodes, updates, rows, channels)``."""
    many: Array = np.count_nonzero(emitted, axis=(2, 3)).T
    return many


def _leaving(network: QNetwork, record: RunRecord) -> tuple[int, int]:
    """Multiply-accumulates of the host, and bytes from the chip to it."""
    nodes, readout = len(record.nodes), network.readout
    if readout is None:
        return 0, 0
    if isinstance(readout, OnChipReadout):
        return 0, nodes * readout.accumulators * _whole_bytes(fx.STATE_BITS)
    return nodes * readout.weight.size, _plain_bytes(record.spikes[readout.source])


@dataclass(frozen=True, eq=False, kw_only=True)
class _Counted:
    """What only a second look at the sums can count.

    Attributes:
        sent: per population, emissions of each neuron in each update, over all nodes.
        active: per population, updates of each neuron with a non-zero synaptic sum or a spike.
        along_edges: per projection along edges, its synaptic operations.
        sent_by_node: per population, emissions of each node, where nodes hear each other.
    """

    sent: Mapping[str, Array]
    active: Mapping[str, Array]
    along_edges: Mapping[str, int]
    sent_by_node: Mapping[str, Array]

    @classmethod
    def of(cls, network: QNetwork, inputs: Mapping[str, Array], record: RunRecord) -> _Counted:
        arithmetic = IntegerArithmetic(network)

        def count(part: slice) -> _Counted:
            spikes = {name: s[part] for name, s in record.spikes.items()}
            own = {n: x[part] for n, x in inputs.items()}
            return cls._of_chunk(Chunk(network, arithmetic, own, spikes))

        counted = list(each(count, chunks(network, len(record.nodes))))

        def total(what: str) -> dict[str, Any]:
            first, *rest = [getattr(c, what) for c in counted]
            return {name: sum((c[name] for c in rest), first[name]) for name in first}

        return cls(**{f.name: total(f.name) for f in fields(cls)})

    @classmethod
    def _of_chunk(cls, chunk: Chunk) -> _Counted:
        sent, active, by_node = {}, {}, {}
        for p in chunk.network.populations:
            emitted = chunk.sent(p.name)
            sums = chunk.sums(p.name)
            busy = sums != 0
            busy |= emitted.reshape(sums.shape) != 0
            active[p.name] = np.count_nonzero(busy, axis=0).reshape(emitted.shape[1:])
            sent[p.name] = np.count_nonzero(emitted, axis=0)
            if chunk.network.nodes is not None:  # and then there is one chunk
                by_node[p.name] = _by_node(emitted)
        along = {
            j.name: chunk.operations(j)
            for j in chunk.network.projections
            if isinstance(j.mix, Schedule)
        }
        return cls(sent=sent, active=active, along_edges=along, sent_by_node=by_node)


def _plain_bytes(spikes: Array) -> int:
    """Bytes of ``(nodes, ...)`` plain spikes as one bit each, whole bytes per node."""
    return len(spikes) * _whole_bytes(spikes[0].size)


def _whole_bytes(bits: int) -> int:
    return -(-bits // 8)
