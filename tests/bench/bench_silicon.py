"""Loihi 2 as others measured it, and as its profile predicts it: cores, joules, seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from table import Row, row

from neurograph.chip.layers import cut
from neurograph.chip.memory import SynapseMemory
from neurograph.chip.place import place
from neurograph.chip.profiles import load_profile
from neurograph.cost.energy import energy
from neurograph.cost.energy.duration import in_a_row
from neurograph.cost.energy.events import events_of
from neurograph.cost.energy.left_out import mesh_of
from neurograph.ir import QNetwork
from neurograph.runtime import reference
from neurograph.testing.silicon_tables import CORES, NETWORKS
from neurograph_netx.importer import Netx

LOIHI2 = load_profile("loihi2")
STEPS, RATE, WATTS = 16, 408.91, 0.447156  # of an inference of PilotNet; measured
LAYER_BAR, NETWORK_BAR, JOULE_BAR, RATE_BAR, OPERATION_BAR = 15.0, 10.0, 10.0, 15.0, 1.0


def rows(data_dir: Path) -> list[Row]:
    """Everything that `make bench-silicon` prints."""
    return [*_cores(), *_pilotnet(_network(data_dir))]


def _cores() -> Iterator[Row]:
    low, high = (SynapseMemory.of(LOIHI2, end) for end in ("low", "high"))
    for name, told in NETWORKS.items():
        found = [cut(layer, LOIHI2).parts for layer, _, _ in told]
        off = [abs(parts / cores - 1) for parts, (_, cores, _) in zip(found, told, strict=True)]
        outside = [
            layer.name
            for layer, cores, _ in told
            if not cut(layer, LOIHI2, low).parts <= cores <= cut(layer, LOIHI2, high).parts
        ]
        yield row(f"{name}, cores, {CORES[name]} by the compiler", sum(found), "cores")
        total = 100 * abs(sum(found) / CORES[name] - 1)
        yield row("... off", total, "%", NETWORK_BAR)
        yield row("... its worst layer off", 100 * max(off), "%", LAYER_BAR)
        yield row("... layers outside their interval", len(outside), "", 0)


def _network(data_dir: Path) -> QNetwork:
    """From one reset to the next, which comes to each layer a step after the one before."""
    found = Netx().read(data_dir / "silicon" / "pilotnet_lif.net")
    once = tuple(replace(p, reset=None) for p in found.populations)
    return replace(found, populations=once, begin_together=False, steps=STEPS)


def _pilotnet(network: QNetwork) -> Iterator[Row]:
    (stream,) = network.streams
    silent = {stream.name: np.zeros((1, STEPS, stream.rows, stream.channels), np.int64)}
    record = reference.run(network, silent, np.arange(1))
    counts = reference.count_events(network, silent, record)
    placed = place(network, LOIHI2, replicas=1, method="layered")
    dynamic = energy(network, placed, LOIHI2, counts).total("chip, dynamic")
    measured = WATTS / RATE
    yield row("pilotnet, dynamic, measured", measured * 1e3, "mJ/inference")
    for end in ("low", "typical", "high"):
        yield row(f"... predicted, {end}", getattr(dynamic, end) * 1e3, "mJ/inference")
    yield row("... off", 100 * abs(dynamic.typical / measured - 1), "%", JOULE_BAR)
    events = events_of(network, placed, counts, mesh_of(LOIHI2))
    yield row("pilotnet, measured", RATE, "inferences/s")
    for name, constants in LOIHI2.time.items():
        each = {event: c.value or 0.0 for event, c in constants.items()}
        rate = 1 / in_a_row(events, STEPS, each)
        yield row(f"... predicted, {name}", rate, "inferences/s")
        if name == next(iter(LOIHI2.time)):
            yield row("... off", 100 * abs(rate / RATE - 1), "%", RATE_BAR)
            highest = (constants["synaptic_op"].high or 0.0) * 1e9
            yield row("... an operation on the busiest core, high", highest, "ns", OPERATION_BAR)
    power = LOIHI2.static["power_per_chip"]
    yield row("static, low", power.low or 0.0, "W", 0.232, "=")
    yield row("static, high", power.high or 0.0, "W", 0.282, "=")
