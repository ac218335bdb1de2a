"""Where a network's neurons live: replicas of it, placed on the cores of a chip."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Neurons ``start:stop`` of a population (row major) of one replica, on one core."""

    population: str
    start: int
    stop: int
    core: int
    replica: int = 0


@dataclass(frozen=True, kw_only=True)
class CoreUse:
    """What one core holds, over all replicas, and where it lies.

    Attributes:
        synapses: synapses that end on its neurons.
        synapse_bits: memory that they take, less than
            their sum where the chip stores equal weights once.
        axons_in, axons_out: axons that end on its neurons, and that start from them, one per
            neuron, population and core that it reaches, its own core included.
        chip, column, row: the chip, and the tile of its mesh. Where the profile does not know the
            mesh, all cores of a chip lie in tile 0, 0.
    """

    core: int
    neurons: int
    synapses: int
    synapse_bits: int
    chip: int
    column: int
    row: int
    axons_in: int = 0
    axons_out: int = 0


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Replicas of the network of one node on the cores of a chip, or one over several chips.

    Attributes:
        method: which placer chose it.
        replicas: how many are placed.
        replicas_per_chip: how many one chip takes; 0 if one needs several.
        chips: how many the placed replicas need.
        uses: one per core in use, core n at index n.
        unchecked: limits that the profile does not know, so nothing was checked against them.
    """

    profile: str
    method: str
    replicas: int
    slices: tuple[Slice, ...]
    uses: tuple[CoreUse, ...]
    chips: int
    replicas_per_chip: int
    unchecked: tuple[str, ...] = ()

    @property
    def cores(self) -> int:
        """Cores of all replicas together."""
        return len(self.uses)

    @property
    def cores_per_replica(self) -> float:
        """Not a whole number where replicas share cores."""
        return self.cores / self.replicas
