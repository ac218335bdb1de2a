"""Lowers a network onto Lava processes: one per stream, projection and population.

Projections are Lava's own Sparse and DelaySparse, neurons Lava's own LIF where the network asks
for one. Import after `neurograph_lava.compat.mend`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from lava.magma.core.process.process import AbstractProcess
from lava.proc.sparse.process import DelaySparse, Sparse
from lava.utils.weightutils import SignMode, clip_weights, truncate_weights

from neurograph.arrays import Array
from neurograph.errors import TargetError
from neurograph.ir import QLIF, QAdaptiveLIF, QPopulation, QProjection, QSoftResetLIF
from neurograph.ir.quantized import weight_range
from neurograph_lava.job import Job, state_variables
from neurograph_lava.processes.neurons import AdaptiveLIF, SoftResetLIF, WindowedLIF
from neurograph_lava.processes.streams import Fan, Heartbeat, Recorder, Source
from neurograph_lava.synapses import write_out

WEIGHT_BITS = 8


def build(job: Job) -> AbstractProcess:
    """Create and connect every process; the one returned reaches all others.

    Raises:
        TargetError: Lava would hold other weights than the network's.
    """
    outputs = {s.name: _source(job, s.name) for s in job.network.streams}
    neurons = {p.name: _neurons(job, p) for p in job.network.populations}
    outputs |= {name: process.s_out for name, process in neurons.items()}
    bits = {s.name: s.bits for s in job.network.streams}
    for j in job.network.projections:
        connection = _connect(j, outputs[j.source], bits.get(j.source, 1), job.schedule.batch)
        connection.a_out.connect(neurons[j.target].a_in)
    heartbeat = Heartbeat(name="heartbeat", path=str(job.heartbeat))
    for p in job.network.populations:
        recorder = _recorder(job, p)
        neurons[p.name].s_out.connect(recorder.s_in)
        recorder.alive.connect(heartbeat.alive)
    return heartbeat


def _source(job: Job, name: str) -> Any:
    stream = next(s for s in job.network.streams if s.name == name)
    return Source(
        name=f"source of {name}",
        size=stream.rows * stream.channels,
        path=str(job.payload(name)),
        schedule=job.schedule,
        latency=job.network.latency,
    ).s_out


def _recorder(job: Job, population: QPopulation) -> Recorder:
    return Recorder(
        name=f"spikes of {population.name}",
        size=population.rows * population.channels,
        path=str(job.spikes(population.name)),
        schedule=job.schedule,
        start=job.network.wiring.start[population.name],
    )


def _connect(projection: QProjection, source: Any, bits: int, batch: int) -> Sparse:
    """A connection process fed by `source`, through a fan where synapses run in parallel."""
    arrivals = write_out(projection, batch)
    weights = sp.csr_matrix(sp.hstack(arrivals, format="csr", dtype=np.int32))
    mode = _sign_mode(projection.weight)
    _check_held(projection, weights, mode)
    if len(arrivals) > 1:
        size = arrivals[0].shape[1]
        fan = Fan(name=f"fan of {projection.name}", size=size, copies=len(arrivals))
        source.connect(fan.s_in)
        source = fan.s_out
    settings: dict[str, Any] = {
        "name": projection.name,
        "weights": weights,
        "weight_exp": projection.exponent,
        "num_weight_bits": WEIGHT_BITS,
        "sign_mode": mode,
        "num_message_bits": bits,  # graded, even for plain spikes: equal, and twice as fast
    }
    if projection.delay:
        delays = weights.astype(int)
        delays.data[:] = projection.delay
        connection = DelaySparse(delays=delays, max_delay=projection.delay, **settings)
    else:
        connection = Sparse(**settings)
    source.connect(connection.s_in)
    return connection


def _sign_mode(weight: Array) -> SignMode:
    low, high = weight_range(weight)
    if low < 0 < high:
        return SignMode.MIXED
    return SignMode.INHIBITORY if low < 0 else SignMode.EXCITATORY


def _check_held(projection: QProjection, weights: sp.csr_matrix, mode: SignMode) -> None:
    """Compare with what Lava's connection processes make of `weights` in their first step."""
    clipped = clip_weights(weights, mode, num_bits=WEIGHT_BITS)
    held = truncate_weights(clipped, mode, WEIGHT_BITS)
    changed = (held != weights).tocoo()
    if changed.nnz:
        i, j = changed.row[0], changed.col[0]
        raise TargetError(
            f"loihi-sim: {projection.name}: synapse [{i},{j}] = {weights[i, j]} would become "
            f"{held[i, j]} ({changed.nnz} such); mixed-sign weights must be even, -256 to 254, "
            "others 0 to 255 in magnitude: quantise for this target"
        )


def _neurons(job: Job, population: QPopulation) -> AbstractProcess:
    variables = state_variables(population.neuron)
    copies = job.schedule.batch * population.rows
    settings: dict[str, Any] = {
        "name": population.name,
        "shape": (copies * population.channels,),
        "bias_mant": np.tile(population.bias_mant, copies),
        "bias_exp": population.bias_exp,
        "du": population.neuron.current_decay,  # whole numbers: Lava deadlocks on floats
        "dv": population.neuron.voltage_decay,
        "schedule": job.schedule,
        "start": job.network.wiring.start[population.name],
        "states": {name: str(job.state(population.name, name)) for name in variables},
    }
    match population.neuron:
        case QSoftResetLIF(threshold=threshold):  # before QLIF, its base
            return SoftResetLIF(vth=threshold, **settings)
        case QLIF(threshold=threshold):
            return WindowedLIF(vth=threshold, **settings)
        case QAdaptiveLIF() as adaptive:
            return AdaptiveLIF(
                theta=adaptive.threshold,
                theta_decay=adaptive.threshold_decay,
                theta_step=adaptive.threshold_step,
                **settings,
            )
