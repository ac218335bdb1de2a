"""Lowers a network onto Lava processes: one per stream, projection and population.

Two lowerings, equal to the bit. "fused": projections are `Kronecker`, neurons run in few passes.
"stock": projections are Lava's own Sparse and DelaySparse with every synapse written out, neurons
run on Lava's own membrane. Import after `neurograph_lava.compat.patch_lava`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.process import AbstractProcess

from neurograph.ir import QLIF, QAdaptiveLIF, QPopulation, QSoftResetLIF, QStream
from neurograph.ir.values import PerChannel
from neurograph_lava.job import Job
from neurograph_lava.lower_stock import sparse
from neurograph_lava.processes.kronecker.process import Kronecker
from neurograph_lava.processes.lif.process import AdaptiveLIF, SoftResetLIF, WindowedLIF
from neurograph_lava.processes.programmed.process import ProgrammedLIF
from neurograph_lava.processes.streams.sink import Heartbeat, Recorder
from neurograph_lava.processes.streams.source import ByteSource, Source


def build(job: Job) -> AbstractProcess:
    """Create and connect every process; the one returned reaches all others.

    Raises:
        BackendError: Lava would hold other weights than the network's.
    """
    outputs = {s.name: _source(job, s) for s in job.network.streams}
    neurons = {p.name: _neurons(job, p) for p in job.network.populations}
    outputs |= {name: process.s_out for name, process in neurons.items()}
    bits = {s.name: s.bits for s in job.network.streams}
    for j in job.network.projections:
        source, message_bits = outputs[j.source], bits.get(j.source, 1)
        if job.lowering == "stock":
            connection = sparse(j, source, message_bits, job.schedule.batch)
        else:
            connection = Kronecker(
                name=j.name,
                weights=j.weight,
                mix=j.mix,
                batch=job.schedule.batch,
                weight_exp=j.exponent,
                num_message_bits=0 if message_bits == 1 else message_bits,
                delay=j.delay,
            )
            source.connect(connection.s_in)
        connection.a_out.connect(neurons[j.target].a_in)
    heartbeat = Heartbeat(name="heartbeat", path=str(job.heartbeat))
    for p in job.network.populations:
        recorder = _recorder(job, p)
        neurons[p.name].s_out.connect(recorder.s_in)
        recorder.alive.connect(heartbeat.alive)
    return heartbeat


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
        windows=job.schedule.windows(job.network.wiring.start[population.name]),
    )


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
        "windows": job.schedule.windows(job.network.wiring.start[population.name]),
        "files": {name: job.schedule.files(job.state(population.name, name)) for name in variables},
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
        case other:
            return ProgrammedLIF(
                theta=_each(other.theta, rows),
                theta_decay=other.threshold_decay,
                theta_step=_each(other.threshold_step, rows),
                soft_reset=other.soft_reset,
                guard_bits=other.guard_bits,
                **settings,
            )


def _each(value: PerChannel, rows: int) -> Any:
    """One for all neurons, or int64 ``(rows * channels,)``: the channels' own in every row."""
    return np.tile(value, rows) if isinstance(value, tuple) else value
