"""The time that a worker may be silent, by the speed that it has shown."""

from __future__ import annotations

from dataclasses import dataclass

START_S = 60.0  # Lava's start and one step of a small network take under a second
# stock, 20 times what writing out, compiling and a step were measured at; fused, where nothing is
# written out, 300 times a step of the whole DBLP graph, whose 2.3e9 synapses took 0.7 s of work
START_PER_SYNAPSE_S = {"stock": 1e-5, "fused": 1e-7}
LEAST_S = 20.0  # a machine may be busy with something else
CHUNKS = 5.0  # of the slowest chunk so far


@dataclass
class Watchdog:
    """Seconds without a hardware step after which a worker counts as hung.

    Silence is judged, not length, so that a long run on a slow machine is not ended while it
    works. Before the first chunk has shown the machine's speed, the limit is generous; then it is
    a few times what the slowest chunk took.

    Attributes:
        synapses: visits of a step, of all nodes of a batch.
        lowering: how they are visited, "fused" or "stock".
        fixed_s: the user's own limit; None: there is none.
        slowest_s: time of the slowest chunk so far; 0 before the first.
    """

    synapses: int
    lowering: str = "stock"
    fixed_s: float | None = None
    slowest_s: float = 0.0

    def chunk_took(self, seconds: float) -> None:
        """Learn from a chunk that is done."""
        self.slowest_s = max(self.slowest_s, seconds)

    def limit_s(self, running: bool) -> float:
        """The limit now.

        Args:
            running: true once this worker has made a hardware step; its start takes longer.
        """
        if self.fixed_s is not None:
            return self.fixed_s
        start_s = START_S + START_PER_SYNAPSE_S[self.lowering] * self.synapses
        if not self.slowest_s or not running:
            return start_s
        return max(LEAST_S, CHUNKS * self.slowest_s)
