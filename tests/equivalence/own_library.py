"""Networks made of Lava's own processes alone, on Lava's ordinary runtime: a script.

``python own_library.py FOLDER...``: each folder holds a network (`neurograph_lava.network_file`)
and ``inputs.npz``; it gets ``results.npz``: per population spikes, u and v.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from neurograph.ir import QNetwork, QPopulation, QProjection
from neurograph_lava.compat import patch_lava
from neurograph_lava.network_file import read_network

patch_lava()  # before any other import of Lava

# ruff: noqa: E402
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import DelayDense, Dense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF, LIFReset
from lava.proc.sparse.process import DelaySparse, Sparse


def simulate(network: QNetwork, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """All nodes side by side; each population is read at its own last update."""
    count = len(next(iter(inputs.values())))
    wiring, updates = network.wiring, network.updates
    steps = updates + wiring.depth
    outputs: dict[str, Any] = {}
    for name, payloads in inputs.items():
        by_step = np.repeat(payloads, network.latency, axis=1).reshape(count, updates, -1)
        data = np.zeros((by_step.shape[0] * by_step.shape[2], steps), np.int32)
        data[:, :updates] = by_step.transpose(0, 2, 1).reshape(-1, updates)
        outputs[name] = Source(data=data).s_out
    layers = {p.name: _neurons(p, count, wiring.start[p.name]) for p in network.populations}
    outputs |= {name: layer.s_out for name, layer in layers.items()}
    bits = {s.name: 0 if s.bits == 1 else s.bits for s in network.streams}
    for number, j in enumerate(network.projections):
        connection = _connection(j, count, bits.get(j.source, 0), as_matrix=number % 2 == 0)
        outputs[j.source].connect(connection.s_in)
        connection.a_out.connect(layers[j.target].a_in)
    sinks = {name: Sink(shape=layer.s_out.shape, buffer=steps) for name, layer in layers.items()}
    for name, sink in sinks.items():
        layers[name].s_out.connect(sink.a_in)

    results = {}
    last, done = next(reversed(layers.values())), 0
    for end in sorted({wiring.start[name] + updates for name in layers}):
        last.run(RunSteps(num_steps=end - done), Loihi2SimCfg(select_tag="fixed_pt"))
        done = end
        for p in network.populations:
            if wiring.start[p.name] + updates == end:
                shape = (count, p.rows, p.channels)
                results[f"{p.name}.u"] = layers[p.name].u.get().reshape(shape)
                results[f"{p.name}.v"] = layers[p.name].v.get().reshape(shape)
    for p in network.populations:
        start = wiring.start[p.name]
        heard = sinks[p.name].data.get()[:, start : start + updates]
        by_node = heard.reshape(count, p.rows, p.channels, updates)
        results[f"{p.name}.spikes"] = by_node.transpose(0, 3, 1, 2)
    last.stop()
    return results


def _neurons(population: QPopulation, count: int, start: int) -> LIF:
    neuron, rows, reset = population.neuron, count * population.rows, population.reset
    kind, besides = LIF, {}
    if reset is not None:  # Lava's time steps count from 1, whenever a population begins
        offset = (reset.offset + start + 1) % reset.interval
        kind, besides = LIFReset, {"reset_interval": reset.interval, "reset_offset": offset}
    return kind(
        **besides,
        shape=(rows * population.channels,),
        bias_mant=np.tile(population.bias_mant, rows),
        bias_exp=population.bias_exp,
        du=neuron.current_decay,
        dv=neuron.voltage_decay,
        vth=neuron.threshold,
    )


def _connection(projection: QProjection, count: int, bits: int, *, as_matrix: bool) -> Any:
    """Every synapse of every node, written out."""
    one = np.kron(projection.mix.toarray(), projection.weight).astype(int)
    weights = np.kron(np.eye(count, dtype=int), one)
    settings = {"weight_exp": projection.exponent, "num_message_bits": bits}
    if projection.delay:
        settings["max_delay"] = projection.delay
        delays = np.where(weights != 0, projection.delay, 0)
        if as_matrix:
            return DelayDense(weights=weights, delays=delays, **settings)
        return DelaySparse(weights=sp.csr_matrix(weights), delays=sp.csr_matrix(delays), **settings)
    if as_matrix:
        return Dense(weights=weights, **settings)
    return Sparse(weights=sp.csr_matrix(weights), **settings)


if __name__ == "__main__":
    for folder in map(Path, sys.argv[1:]):
        with np.load(folder / "inputs.npz") as given:
            np.savez(folder / "results.npz", **simulate(read_network(folder), dict(given)))
