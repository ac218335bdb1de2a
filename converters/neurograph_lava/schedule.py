"""When each process does what: many batches of targets stream through one compiled network."""

from __future__ import annotations

from dataclasses import dataclass

from neurograph.ir import QNetwork

# Synapses written out in one Lava process network. Measured with 344k per target on 2 cores: 6 to
# 32 targets take the same time; fewer wait for each other, more only cost memory and start-up.
SYNAPSES_PER_BATCH = 8_000_000


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The hardware steps of a run, numbered from 0.

    Attributes:
        targets: in all. batch: targets side by side in every process; the last batch may be
            smaller.
        updates: neuron updates per target. gap: idle steps after each batch, in which spikes
            that arrive late (recurrence, skips) die out instead of reaching the next batch.
        depth: the step in which the last population starts.
    """

    targets: int
    batch: int
    updates: int
    gap: int
    depth: int

    @property
    def batches(self) -> int:
        return -(-self.targets // self.batch)

    @property
    def period(self) -> int:
        """Hardware steps from the start of one batch to the start of the next."""
        return self.updates + self.gap

    @property
    def hardware_steps(self) -> int:
        return (self.batches - 1) * self.period + self.updates + self.depth

    def at(self, step: int, start: int) -> tuple[int, int] | None:
        """Batch and update at a hardware step, for a layer whose first update is at `start`.

        None while the layer sleeps: before its start, in a gap, and after the last batch.
        """
        batch, update = divmod(step - start, self.period)
        awake = 0 <= batch < self.batches and update < self.updates
        return (batch, update) if awake else None

    def members(self, batch: int) -> slice:
        """The targets of a batch."""
        return slice(batch * self.batch, min((batch + 1) * self.batch, self.targets))

    def targets_done(self, steps: int) -> int:
        """Targets whose last update lies within the first `steps` hardware steps."""
        batches = (steps - self.depth - self.updates) // self.period + 1
        return min(max(batches, 0) * self.batch, self.targets)


def synapses_per_target(network: QNetwork) -> int:
    """Non-zero synapses of one target, written out."""
    return sum(int(p.mix.sum()) * int((p.weight != 0).sum()) for p in network.projections)


def work_per_step(network: QNetwork) -> int:
    """Synapses per target that Lava visits in a step; its delays cost a visit per step of them."""
    return sum(
        int(p.mix.sum()) * int((p.weight != 0).sum()) * (1 + p.delay) for p in network.projections
    )


def plan(network: QNetwork, targets: int, batch: int | None = None) -> Schedule:
    """Split `targets` into equal batches of at most `batch` (default: by synapses)."""
    most = batch or max(1, SYNAPSES_PER_BATCH // max(synapses_per_target(network), 1))
    batches = -(-targets // most)
    return Schedule(
        targets=targets,
        batch=-(-targets // batches),
        updates=network.updates,
        gap=max(network.wiring.lag.values(), default=0),
        depth=network.wiring.depth,
    )
