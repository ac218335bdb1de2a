"""How much shared memory Lava's channels take, and how many nodes fit into what there is."""

from __future__ import annotations

import mmap
import shutil

from neurograph.core.errors import BackendFailedError
from neurograph.ir import QNetwork
from neurograph.ir import Schedule as Edges
from neurograph_lava.bundles import bundles
from neurograph_lava.cleanup import SHM
from neurograph_lava.schedule import Schedule, layer_sizes

SLOTS = 2  # messages that a channel holds: every process ends a step before any begins the next
PAGE = mmap.PAGESIZE
CONTROL_PER_PROCESS = 24 * PAGE  # channels to and from the runtime, measured: 20 segments
SHARE = 0.9  # of what is free: others use it, too


def needed(network: QNetwork, batch: int, lowering: str) -> int:
    """Bytes of shared memory for `batch` nodes side by side."""
    size = layer_sizes(network)
    sent = {s.name: 1 if s.bits <= 8 else 4 for s in network.streams}
    stock = lowering == "stock"
    sent |= {p.name: 4 if stock or p.neuron.graded else 1 for p in network.populations}
    connections = [bundle[0] for bundle in bundles(network)]
    per_node = sum(size[j.source] * sent[j.source] + 4 * size[j.target] for j in connections)
    per_node += sum(size[p.name] * sent[p.name] for p in network.spiking)
    processes = len(network.streams) + len(connections) + 2 * len(network.populations) + 1
    if stock and network.nodes is not None:  # a switch per schedule, a limiter per relay
        switched = [j for j in network.projections if isinstance(j.mix, Edges)]
        per_node += sum(4 * size[j.source] * network.steps for j in switched)
        relays = [p for p in network.populations if p.neuron.graded]
        per_node += sum(4 * size[p.name] for p in relays)
        processes += len(switched)
    bytes_: int = SLOTS * per_node * batch + processes * CONTROL_PER_PROCESS
    return bytes_


def fitting(network: QNetwork, schedule: Schedule, asked: int | None, lowering: str) -> int:
    """The batch of `schedule`, or the largest one that shared memory holds.

    Raises:
        BackendFailedError: the batch that was asked for, or a single node, does not fit.
    """
    free = int(SHARE * shutil.disk_usage(SHM).free)
    batch = schedule.batch
    if needed(network, batch, lowering) <= free:
        return batch
    if network.nodes is not None:
        raise BackendFailedError(
            f"loihi-sim: the {batch:,} nodes of the network, which hear each other, need "
            f"{needed(network, batch, lowering):,} bytes of shared memory, {SHM} has {free:,} to "
            "spare; make it larger (in a container: --shm-size)"
        )
    fixed = needed(network, 0, lowering)
    most = (free - fixed) // (needed(network, 1, lowering) - fixed)
    if asked is None and most >= 1:
        return int(most)
    remedy = f"use a batch of at most {most:,}, or " if most >= 1 else ""
    raise BackendFailedError(
        f"loihi-sim: {batch:,} nodes side by side need {needed(network, batch, lowering):,} "
        f"bytes of shared memory, {SHM} has {free:,} to spare; {remedy}make it larger (in a "
        "container: --shm-size)"
    )
