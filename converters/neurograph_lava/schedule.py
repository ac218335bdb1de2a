"""When each process does what: batches of nodes stream through one compiled network."""

from __future__ import annotations

from dataclasses import dataclass

from neurograph.ir import QNetwork, QPopulation, QStream
from neurograph.ir import Schedule as Edges
from neurograph.ir.schedule import Mix
from neurograph_lava.bundles import bundles
from neurograph_lava.windows import BatchFiles, Windows

# Nodes side by side in one Lava process network, by what a step of it holds. Stock, in synapses
# written out: measured with 344k per node on 2 cores, 6 to 32 nodes take the same time; fewer
# wait for each other, more only cost memory and start-up. Fused, in values of all layers: 512
# nodes of DBLP, with which steps took half the time per node that they took with 128.
SYNAPSES_PER_BATCH = 8_000_000
VALUES_PER_BATCH = 5_600_000
SYNAPSES_AT_ONCE = 50_000_000  # stock, of nodes that hear each other: measured at 60 bytes each
NODES_PER_CHUNK = 1024  # goes in, comes out, and is tried again as a whole


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The hardware steps of a run, numbered from 0.

    Attributes:
        nodes: number of them in all.
        chunk: nodes whose inputs and results share their files; the last chunk may be smaller.
        batch: nodes side by side in every process, its members; the last batch of a chunk may be
            smaller.
        updates: neuron updates per node.
        gap: idle steps after each batch, in which spikes that arrive late (recurrence, skips) die
            out instead of reaching the next batch.
        depth: step in which the last population starts.
    """

    nodes: int
    chunk: int
    batch: int
    updates: int
    gap: int
    depth: int

    @property
    def chunks(self) -> int:
        return -(-self.nodes // self.chunk)

    @property
    def batches(self) -> int:
        whole, rest = divmod(self.nodes, self.chunk)
        return whole * self._batches_per_chunk - (-rest // self.batch)

    @property
    def period(self) -> int:
        """Hardware steps from the start of one batch to the start of the next."""
        return self.updates + self.gap

    @property
    def hardware_steps(self) -> int:
        return (self.batches - 1) * self.period + self.updates + self.depth

    def windows(self, start: int) -> Windows:
        """When a layer is awake whose first update is in hardware step `start`."""
        return Windows(first=start + 1, length=self.updates, period=self.period, count=self.batches)

    def files(self, pattern: str) -> BatchFiles:
        """How a process finds the rows of its batches in files of one chunk each."""
        return BatchFiles(pattern=pattern, nodes=self.nodes, chunk=self.chunk, batch=self.batch)

    def members(self, chunk: int) -> slice:
        """The nodes of a chunk."""
        return slice(chunk * self.chunk, min((chunk + 1) * self.chunk, self.nodes))

    def chunks_done(self, steps: int) -> int:
        """Number of chunks whose last update lies within the first `steps` hardware steps."""
        done = self._batches_done(steps)
        return self.chunks if done >= self.batches else done // self._batches_per_chunk

    def nodes_done(self, steps: int) -> int:
        """Number of nodes whose last update lies within the first `steps` hardware steps."""
        chunks, batches = divmod(self._batches_done(steps), self._batches_per_chunk)
        return min(chunks * self.chunk + batches * self.batch, self.nodes)

    @property
    def _batches_per_chunk(self) -> int:
        return -(-self.chunk // self.batch)

    def _batches_done(self, steps: int) -> int:
        return max((steps - self.depth - self.updates) // self.period + 1, 0)


def synapses_per_node(network: QNetwork) -> int:
    """Non-zero synapses of one node, written out."""
    return sum(_entries(p.mix) * int((p.weight != 0).sum()) for p in network.projections)


def _entries(mix: Mix) -> int:
    """Of all rows of a node, each as often as it counts; of all snapshots of a schedule."""
    if isinstance(mix, Edges):
        return -(-int(mix.present().row_sums.sum()) // mix.nodes)
    return int(mix.sum())


def values_per_node(network: QNetwork) -> int:
    """Payloads, sums and spikes of one node that a step moves between processes."""
    size = layer_sizes(network)
    return sum(size[bundle[0].source] + size[bundle[0].target] for bundle in bundles(network))


def layer_sizes(network: QNetwork) -> dict[str, int]:
    """Values per node of each stream and population."""
    layers: list[QStream | QPopulation] = [*network.streams, *network.populations]
    return {layer.name: layer.rows * layer.channels for layer in layers}


def work_per_step(network: QNetwork) -> int:
    """Synapses per node that Lava visits in a step; its delays cost a visit per step of them."""
    return sum(
        _entries(p.mix) * int((p.weight != 0).sum()) * (1 + p.delay) for p in network.projections
    )


def make_schedule(
    network: QNetwork,
    count: int,
    batch: int | None = None,
    *,
    chunk: int = NODES_PER_CHUNK,
    lowering: str = "fused",
) -> Schedule:
    """Split `count` nodes into chunks, and each chunk into batches.

    Nodes that hear each other are one batch.

    Args:
        network: whose updates, lags and size decide.
        count: number of nodes in all.
        batch: nodes side by side; the default is by the network's size, and even.
        chunk: nodes at most whose inputs and results share their files.
        lowering: "fused" or "stock", which hold differently many nodes.
    """
    if network.nodes is not None:
        batch = chunk = count
    chunk = min(chunk, count)
    if batch is None:
        batches = -(-chunk // _default_batch(network, lowering))
        batch = -(-chunk // batches)
    return Schedule(
        nodes=count,
        chunk=chunk,
        batch=min(batch, chunk),
        updates=network.updates,
        gap=max(network.wiring.lag.values(), default=0),
        depth=network.wiring.depth,
    )


def _default_batch(network: QNetwork, lowering: str) -> int:
    if lowering == "stock":
        return max(1, SYNAPSES_PER_BATCH // max(synapses_per_node(network), 1))
    return max(1, VALUES_PER_BATCH // max(values_per_node(network), 1))
