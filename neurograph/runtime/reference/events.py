"""Counts the events of a run, from its spikes: exact, whatever ran it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.core.threads import each
from neurograph.ir import OnChipReadout, QNetwork
from neurograph.runtime.activity import synaptic_ops
from neurograph.runtime.engine import Chunk, IntegerArithmetic, check_inputs, chunks
from neurograph.runtime.record import EventCounts, RunRecord


def count_events(network: QNetwork, inputs: Mapping[str, Array], record: RunRecord) -> EventCounts:
    """Events of a run, summed over its nodes and updates.

    A payload is sent anew in every update that holds it. An event that would arrive after its
    target's last update is not counted. Bytes: a non-zero graded payload takes its bits rounded
    up to whole bytes, its address is not counted; plain spikes, into the chip and out of the
    population that a host readout reads, travel as one bit per neuron and update, rounded up per
    node. Of an on-chip readout, the last v of every accumulator leaves, 24 bits each; the host
    joins two of them per class by a shift and an addition, which is not counted.

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
    sent = _sent(network, inputs, record)
    payloads = {s.name: int(sent[s.name].sum()) for s in network.streams}
    return EventCounts(
        network_sha256=network.sha256,
        inferences=nodes,
        sent=sent,
        active=_active(network, inputs, record),
        synaptic_ops={
            j.name: int(synaptic_ops(network, j, sent).sum()) for j in network.projections
        },
        host_macs=host_macs,
        bytes_in=sum(
            _plain_bytes(inputs[s.name]) * network.latency
            if s.bits == 1
            else payloads[s.name] * _whole_bytes(s.bits)
            for s in network.streams
        ),
        bytes_out=bytes_out,
    )


def _sent(network: QNetwork, inputs: Mapping[str, Array], record: RunRecord) -> dict[str, Array]:
    """Per layer, emissions of each neuron in each update, over all nodes."""
    streams = {
        s.name: np.repeat(np.count_nonzero(inputs[s.name], axis=0), network.latency, axis=0)
        for s in network.streams
    }
    return {**streams, **{n: np.count_nonzero(x, axis=0) for n, x in record.spikes.items()}}


def _leaving(network: QNetwork, record: RunRecord) -> tuple[int, int]:
    """Multiply-accumulates of the host, and bytes from the chip to it."""
    nodes, readout = len(record.nodes), network.readout
    if readout is None:
        return 0, 0
    if isinstance(readout, OnChipReadout):
        return 0, nodes * readout.accumulators * _whole_bytes(fx.STATE_BITS)
    return nodes * readout.weight.size, _plain_bytes(record.spikes[readout.source])


def _active(network: QNetwork, inputs: Mapping[str, Array], record: RunRecord) -> dict[str, Array]:
    """Per population, updates of each neuron with a non-zero synaptic sum or a spike."""
    arithmetic = IntegerArithmetic(network)

    def count(part: slice) -> dict[str, Array]:
        spikes = {name: s[part] for name, s in record.spikes.items()}
        chunk = Chunk(network, arithmetic, {n: x[part] for n, x in inputs.items()}, spikes)
        found = {}
        for name, fired in spikes.items():
            sums = chunk.sums(name)
            busy = (sums != 0) | fired.reshape(sums.shape)
            found[name] = np.count_nonzero(busy, axis=0).reshape(fired.shape[1:])
        return found

    counted = list(each(count, chunks(network, len(record.nodes))))
    return {name: np.sum([found[name] for found in counted], axis=0) for name in record.spikes}


def _plain_bytes(spikes: Array) -> int:
    """Bytes of ``(nodes, ...)`` plain spikes as one bit each, whole bytes per node."""
    return len(spikes) * _whole_bytes(spikes[0].size)


def _whole_bytes(bits: int) -> int:
    return -(-bits // 8)
