"""When each process does what: batches of targets stream through one compiled network."""

from __future__ import annotations

from dataclasses import dataclass

from neurograph.ir import QNetwork
from neurograph_lava.windows import Windows

# Targets side by side in one Lava process network, by what a step of it holds. Stock, in synapses
# written out: measured with 344k per target on 2 cores, 6 to 32 targets take the same time; fewer
# wait for each other, more only cost memory and start-up. Fused, in values of all layers.
SYNAPSES_PER_BATCH = 8_000_000
VALUES_PER_BATCH = 2_800_000
TARGETS_PER_CHUNK = 1024  # goes in, comes out, and is tried again as a whole


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The hardware steps of a run, numbered from 0.

    Attributes:
        targets: in all. batch: targets side by side in every process; the last batch may be
            smaller. batches_per_chunk: batches whose inputs and results share their files.
        updates: neuron updates per target. gap: idle steps after each batch, in which spikes
            that arrive late (recurrence, skips) die out instead of reaching the next batch.
        depth: the step in which the last population starts.
    """

    targets: int
    batch: int
    updates: int
    gap: int
    depth: int
    batches_per_chunk: int = 1

    @property
    def batches(self) -> int:
        return -(-self.targets // self.batch)

    @property
    def chunks(self) -> int:
        return -(-self.batches // self.batches_per_chunk)

    @property
    def period(self) -> int:
        """Hardware steps from the start of one batch to the start of the next."""
        return self.updates + self.gap

    @property
    def hardware_steps(self) -> int:
        return self._steps_until(self.batches)

    def windows(self, start: int) -> Windows:
        """When a layer is awake whose first update is in hardware step `start`."""
        return Windows(first=start + 1, length=self.updates, period=self.period, count=self.batches)

    def members(self, chunk: int) -> slice:
        """The targets of a chunk."""
        size = self.batch * self.batches_per_chunk
        return slice(chunk * size, min((chunk + 1) * size, self.targets))

    def chunks_done(self, steps: int) -> int:
        """Chunks whose last update lies within the first `steps` hardware steps."""
        done = self._batches_done(steps)
        return self.chunks if done >= self.batches else done // self.batches_per_chunk

    def targets_done(self, steps: int) -> int:
        """Targets whose last update lies within the first `steps` hardware steps."""
        return min(self._batches_done(steps) * self.batch, self.targets)

    def _batches_done(self, steps: int) -> int:
        return max((steps - self.depth - self.updates) // self.period + 1, 0)

    def _steps_until(self, batches: int) -> int:
        return (batches - 1) * self.period + self.updates + self.depth


def synapses_per_target(network: QNetwork) -> int:
    """Non-zero synapses of one target, written out."""
    return sum(int(p.mix.sum()) * int((p.weight != 0).sum()) for p in network.projections)


def values_per_target(network: QNetwork) -> int:
    """Payloads, sums and spikes of one target that a step moves between processes."""
    layers = (*network.streams, *network.populations)
    sizes = {layer.name: layer.rows * layer.channels for layer in layers}
    return sum(sizes[j.source] + sizes[j.target] for j in network.projections)


def work_per_step(network: QNetwork) -> int:
    """Synapses per target that Lava visits in a step; its delays cost a visit per step of them."""
    return sum(
        int(p.mix.sum()) * int((p.weight != 0).sum()) * (1 + p.delay) for p in network.projections
    )


def plan(
    network: QNetwork,
    targets: int,
    batch: int | None = None,
    *,
    chunk: int = TARGETS_PER_CHUNK,
    lowering: str = "fused",
) -> Schedule:
    """Split `targets` into batches of `batch`; the default is by the network's size, and even.

    Args:
        chunk: targets whose inputs and results travel together, rounded to whole batches.
    """
    if batch is None:
        batches = -(-targets // _default_batch(network, lowering))
        batch = -(-targets // batches)
    size = min(batch, targets)
    return Schedule(
        targets=targets,
        batch=size,
        updates=network.updates,
        gap=max(network.wiring.lag.values(), default=0),
        depth=network.wiring.depth,
        batches_per_chunk=max(1, chunk // size),
    )


def _default_batch(network: QNetwork, lowering: str) -> int:
    if lowering == "stock":
        return max(1, SYNAPSES_PER_BATCH // max(synapses_per_target(network), 1))
    return max(1, VALUES_PER_BATCH // values_per_target(network))
