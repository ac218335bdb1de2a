"""The mapping that a Lava user would write first: one target per run, a process per slot.

Every input slot is a RingBuffer, every target slot of a projection a Dense into which its source
slots fan in, every slot of a layer a neuron process, and the last layer's spikes are read with
``data.get``; create, run, read, stop, for one target after the other. Same integer weights.

Source slots that share a Dense are summed at its port: they share the weight, and the sum is
shifted once, as in the reference. The neuron is ours, for Lava has none with this threshold.

Usage: obvious_lava.py DEPLOYMENT.h5 PAYLOADS.npz RESULTS.npz TOKEN.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurograph.chip.deployment import Deployment
from neurograph.core.arrays import Array
from neurograph.ir import QAdaptiveLIF, QNetwork, QPopulation, QProjection
from neurograph.workflow import store
from neurograph_lava.cleanup import TOKEN_BYTES, claim, clean_up
from neurograph_lava.compat import patch_lava

LONGEST_S = 300.0  # of the whole subprocess
SPIKE_SUM_BITS = 4  # a graded port, for the spikes of several slots arrive added up
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def measure(deployment: Path, payloads: Mapping[str, Array]) -> tuple[Array, Array]:
    """Run targets one after the other in an interpreter of their own.

    Args:
        payloads: per stream, int8 ``(nodes, steps, slots, channels)``.

    Returns:
        Seconds of each, imports not counted; spikes of the last layer, bool
        ``(nodes, updates, 1, channels)``.
    """
    with tempfile.TemporaryDirectory(prefix="neurograph-obvious-") as folder:
        given, found = Path(folder, "payloads.npz"), Path(folder, "results.npz")
        np.savez(given, **payloads)
        token = secrets.token_hex(TOKEN_BYTES)
        worker = subprocess.Popen(
            [sys.executable, __file__, deployment, given, found, token],
            start_new_session=True,
            env={**os.environ, **dict.fromkeys(ONE_THREAD, "1")},
        )
        try:
            if worker.wait(LONGEST_S):
                raise RuntimeError(f"the obvious mapping ended with {worker.returncode}")
        finally:  # Lava hangs when it fails
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
            clean_up(Path(folder), token)
        results = np.load(found)
        return results["seconds"], results["spikes"]


def _work(deployment: Path, given: Path, found: Path, token: str) -> None:
    claim(given.parent, token)
    network = store.load(Deployment, deployment).quantized
    with np.load(given) as arrays:
        payloads = {s.name: arrays[s.name] for s in network.streams}
    patch_lava()
    targets = len(payloads[network.streams[0].name])
    one_by_one = [{name: x[n] for name, x in payloads.items()} for n in range(targets)]
    _run_one(network, one_by_one[0])  # imports
    seconds, spikes = [], []
    for payload in one_by_one:
        began = time.perf_counter()
        spikes.append(_run_one(network, payload))
        seconds.append(time.perf_counter() - began)
    np.savez(found, seconds=np.array(seconds), spikes=np.stack(spikes))


def _run_one(network: QNetwork, payload: Mapping[str, Array]) -> Array:
    """Spikes of the last layer of one target, bool ``(updates, 1, channels)``."""
    from lava.magma.core.run_conditions import RunSteps

    from neurograph_lava.execute import FixedPointConfig

    start, steps = network.wiring.start, network.updates + network.wiring.depth
    outputs: dict[str, list[Any]] = {
        s.name: [_source(payload[s.name][:, slot], steps) for slot in range(s.rows)]
        for s in network.streams
    }
    graded = {s.name: s.bits for s in network.streams}
    for population in network.populations:
        slots = [_neuron(network, population) for _ in range(population.rows)]
        for projection in network.projections:
            if projection.target == population.name:
                bits = graded.get(projection.source, SPIKE_SUM_BITS)
                _connect(projection, bits, outputs[projection.source], slots)
        outputs[population.name] = [process.s_out for process in slots]
    last = network.populations[-1]
    sinks = [_sink(port, steps) for port in outputs[last.name]]
    sinks[0].run(condition=RunSteps(num_steps=steps), run_cfg=FixedPointConfig("fused"))
    first = start[last.name]
    spikes = [sink.data.get()[:, first : first + network.updates] for sink in sinks]
    sinks[0].stop()
    return np.stack(spikes).transpose(2, 0, 1) > 0


def _source(payload: Array, steps: int) -> Any:
    from lava.proc.io.source import RingBuffer

    data = np.zeros((payload.shape[1], steps), np.int32)
    data[:, : len(payload)] = payload.T
    return RingBuffer(data=data).s_out


def _sink(port: Any, steps: int) -> Any:
    from lava.proc.io.sink import RingBuffer

    sink = RingBuffer(shape=port.shape, buffer=steps)
    port.connect(sink.a_in)
    return sink


def _connect(projection: QProjection, bits: int, sources: list[Any], slots: list[Any]) -> None:
    """A Dense for every slot that the projection reaches."""
    from lava.proc.dense.process import Dense
    from lava.utils.weightutils import SignMode

    weight, mix = projection.weight.astype(np.int32), projection.mix
    if mix.data.max() > 1 or projection.delay:
        raise ValueError(f"{projection.name}: mixes of 0 and 1, no delay")
    signs = SignMode.MIXED
    if not weight.min() < 0 < weight.max():
        signs = SignMode.EXCITATORY if weight.max() > 0 else SignMode.INHIBITORY
    for row in np.flatnonzero(np.diff(mix.indptr)):
        dense = Dense(
            weights=weight,
            weight_exp=projection.exponent,
            num_message_bits=bits,
            sign_mode=signs,
        )
        for source in mix.indices[mix.indptr[row] : mix.indptr[row + 1]]:
            sources[source].connect(dense.s_in)
        dense.a_out.connect(slots[row].a_in)


def _neuron(network: QNetwork, population: QPopulation) -> Any:
    from neurograph_lava.processes.lif.process import AdaptiveLIF
    from neurograph_lava.windows import Windows

    neuron = population.neuron
    if not isinstance(neuron, QAdaptiveLIF):
        raise TypeError(f"{population.name}: {type(neuron).__name__}, expected QAdaptiveLIF")
    return AdaptiveLIF(
        shape=(population.channels,),
        du=neuron.current_decay,
        dv=neuron.voltage_decay,
        bias_mant=population.bias_mant,
        bias_exp=population.bias_exp,
        theta=population.theta,
        theta_decay=neuron.threshold_decay,
        theta_step=population.theta_step,
        guard_bits=neuron.guard_bits,
        windows=Windows(first=network.wiring.start[population.name] + 1, length=network.updates),
    )


if __name__ == "__main__":
    _work(*map(Path, sys.argv[1:4]), token=sys.argv[4])
