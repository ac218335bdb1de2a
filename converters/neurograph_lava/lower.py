"""Lowers a network onto Lava processes: one per stream, bundle of projections and population.

Two lowerings, equal to the bit. "fused": projections are `Kronecker`, several at once `Taps`, or
`EdgeSynapses` along the edges of a graph; neurons run in few passes. "stock": projections are
Lava's own Sparse and DelaySparse with every synapse written out, neurons run on Lava's own
membrane, and relays are its GradedVec. Import after `neurograph_lava.compat.patch_lava`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.process import AbstractProcess

from neurograph.ir import (
    QLIF,
    QAdaptiveLIF,
    QNetwork,
    QPopulation,
    QRefractoryLIF,
    QRelay,
    QSoftResetLIF,
    QStream,
)
from neurograph.ir import Schedule as Edges
from neurograph.ir.values import PerChannel
from neurograph_lava.bundles import Bundle, bundles, heard, name_of
from neurograph_lava.job import Job
from neurograph_lava.lower_stock import relay, sparse
from neurograph_lava.processes.edges.process import EdgeSynapses
from neurograph_lava.processes.kronecker.process import Kronecker
from neurograph_lava.processes.lif.process import AdaptiveLIF, SoftResetLIF, WindowedLIF
from neurograph_lava.processes.programmed.process import ProgrammedLIF
from neurograph_lava.processes.refractory.process import RefractoryLIF
from neurograph_lava.processes.relay.process import Relay
from neurograph_lava.processes.streams.sink import Heartbeat, Recorder
from neurograph_lava.processes.streams.source import ByteSource, Source
from neurograph_lava.processes.taps.process import Taps
from neurograph_lava.windows import Arrivals, BatchFiles, Begun, Biases, Windows


def build(job: Job) -> AbstractProcess:
    """Create and connect every process; the one returned reaches all others.

    Raises:
        BackendError: Lava would hold other weights than the network's.
    """
    set_biases = {p.bias_from for p in job.network.populations}
    sending = [s for s in job.network.streams if s.name not in set_biases]
    outputs = {s.name: _source(job, s) for s in sending}
    inputs = {}
    for p in job.network.populations:
        inputs[p.name], outputs[p.name] = _ports(job, p)
    bits = _message_bits(job.network)
    for bundle in bundles(job.network):
        j = bundle[0]
        a_out = _connected(job, bundle, outputs[j.source], bits[j.source])
        a_out.connect(inputs[j.target])
    heartbeat = Heartbeat(name="heartbeat", path=str(job.heartbeat))
    for p in job.network.spiking:
        recorder = _recorder(job, p)
        outputs[p.name].connect(recorder.s_in)
        recorder.alive.connect(heartbeat.alive)
    return heartbeat


def _message_bits(network: QNetwork) -> dict[str, int]:
    """Width of what each stream and population sends, sign included; 1: plain spikes."""
    bits = {s.name: s.bits for s in network.streams}
    for p in network.populations:
        most = p.neuron.payload_max if isinstance(p.neuron, QRelay) else 0
        bits[p.name] = most.bit_length() + 1
    return bits


def _connected(job: Job, bundle: Bundle, source: Any, bits: int) -> Any:
    """The port of the sums of projections, once their process hears `source`."""
    j, batch = bundle[0], job.schedule.batch
    windows, latency = _windows(job, j.target), job.network.latency
    if job.lowering == "stock":
        arrivals = Arrivals(windows=windows, latency=latency, delay=j.delay)
        return sparse(bundle, source, bits, batch, arrivals).a_out
    settings: dict[str, Any] = {
        "name": name_of(bundle),
        "weight_exp": j.exponent,
        "delay": j.delay,
    }
    connection: AbstractProcess
    if isinstance(j.mix, Edges):
        connection = EdgeSynapses(
            mix=j.mix, weights=j.weight, windows=windows, latency=latency, **settings
        )
    else:
        settings |= {"batch": batch, "num_message_bits": 0 if bits == 1 else bits}
        connection = _within(bundle, settings)
    source.connect(connection.s_in)
    return connection.a_out


def _within(bundle: Bundle, settings: dict[str, Any]) -> AbstractProcess:
    """The process of projections within a node."""
    mix = bundle[0].still
    if len(bundle) == 1:
        return Kronecker(mix=mix, weights=bundle[0].weight, **settings)
    weights = np.stack([j.weight for j in bundle])
    return Taps(weights=weights, heard=heard(bundle), rows_in=mix.shape[1], **settings)


def _windows(job: Job, layer: str) -> Windows:
    return job.schedule.windows(job.network.wiring.start[layer])


def _source(job: Job, stream: QStream) -> Any:
    kind = ByteSource if stream.bits <= 8 else Source
    return kind(
        name=f"source of {stream.name}",
        size=stream.rows * stream.channels,
        files=job.schedule.files(job.payload(stream.name)),
        windows=job.schedule.windows(0),
        latency=job.network.latency,
    ).s_out


def _recorder(job: Job, population: QPopulation) -> Recorder:
    return Recorder(
        name=f"spikes of {population.name}",
        size=population.rows * population.channels,
        files=job.schedule.files(job.spikes(population.name)),
        windows=_windows(job, population.name),
    )


def _ports(job: Job, population: QPopulation) -> tuple[Any, Any]:
    """In and out of the process, or processes, of a population."""
    if not isinstance(population.neuron, QRelay):
        neurons = _neurons(job, population)
        return neurons.a_in, neurons.s_out
    neuron, rows = population.neuron, job.schedule.batch * population.rows
    settings = {
        "name": population.name,
        "shape": (rows * population.channels,),
        "threshold": _each(neuron.threshold, rows),
        "limit": _each(neuron.limit, rows),
        "bias_mant": np.tile(population.bias_mant, rows) if population.bias_mant.any() else 0,
        "bias_exp": population.bias_exp,
        "windows": _windows(job, population.name),
    }
    if job.lowering == "stock":
        return relay(**settings)
    process = Relay(**settings)
    return process.a_in, process.s_out


def _neurons(job: Job, population: QPopulation) -> AbstractProcess:
    variables = population.neuron.states
    rows = job.schedule.batch * population.rows  # of all nodes of a batch
    settings: dict[str, Any] = {
        "name": population.name,
        "shape": (rows * population.channels,),
        "bias_mant": np.tile(population.bias_mant, rows),
        "bias_exp": population.bias_exp,
        "du": population.neuron.current_decay,  # whole numbers: Lava deadlocks on floats
        "dv": population.neuron.voltage_decay,
        "windows": _windows(job, population.name),
        "files": {name: job.schedule.files(job.state(population.name, name)) for name in variables},
        "begun": _begun(job, population),
        "biases": _biases(job, population),
        "periodic": population.reset,
    }
    match population.neuron:
        case QSoftResetLIF(threshold=threshold, guard_bits=guard_bits):
            return SoftResetLIF(vth=_each(threshold, rows), guard_bits=guard_bits, **settings)
        case QLIF(threshold=threshold):
            return WindowedLIF(vth=threshold, **settings)
        case QAdaptiveLIF() as adaptive:
            return AdaptiveLIF(
                theta=_each(adaptive.threshold, rows),
                theta_decay=adaptive.threshold_decay,
                theta_step=_each(adaptive.threshold_step, rows),
                guard_bits=adaptive.guard_bits,
                **settings,
            )
        case QRefractoryLIF() as refractory:
            return RefractoryLIF(
                theta=_each(refractory.threshold, rows),
                theta_decay=refractory.threshold_decay,
                theta_step=_each(refractory.threshold_step, rows),
                refractory_decay=refractory.refractory_decay,
                guard_bits=refractory.guard_bits,
                **settings,
            )
        case other:
            return ProgrammedLIF(
                theta=_each(other.theta, rows),
                theta_decay=other.threshold_decay,
                theta_step=_each(other.threshold_step, rows),
                soft_reset=other.soft_reset,
                guard_bits=other.guard_bits,
                **settings,
            )


def _biases(job: Job, population: QPopulation) -> Biases | None:
    if not population.bias_from:
        return None
    files = job.schedule.files(job.payload(population.bias_from))
    return Biases(files=files, latency=job.network.latency)


def _begun(job: Job, population: QPopulation) -> Begun | None:
    if job.replayed is None:
        return None

    def files(what: str) -> BatchFiles:
        return job.schedule.files(job.begun(population.name, what))

    states = {name: files(name) for name in population.neuron.states}
    return Begun(updates=job.replayed, spikes=files("spikes"), states=states)


def _each(value: PerChannel, rows: int) -> Any:
    """One for all neurons, or int64 ``(rows * channels,)``: the channels' own in every row."""
    return np.tile(value, rows) if isinstance(value, tuple) else value
