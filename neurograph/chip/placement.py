"""Where a network's neurons live: replicas of it, placed on the cores of a chip."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from neurograph.core.arrays import Array, frozen
from neurograph.core.counted import counted
from neurograph.core.errors import NetworkError
from neurograph.ir.values import ADDED


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
        synapse_bits: memory that they take, less than their sum where the chip stores equal
            weights once; 0 where it is counted in words.
        axons_in, axons_out: axons that end on its neurons, and that start from them, one per
            neuron, population and core that it reaches, its own core included.
        chip, column, row: the chip, and the tile of its mesh. Where the profile does not know the
            mesh, all cores of a chip lie in tile 0, 0.
        synapse_words: memory in words; None where it is counted in bits.
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
    synapse_words: int | None = field(default=None, metadata=ADDED)


@dataclass(frozen=True, kw_only=True)
class NodeOrder:
    """What the nodes of a graph take if they are put on cores in one order.

    Attributes:
        name: "in order", as they are numbered; or "partitioned", so that those stand together that
            hear each other.
        synapses: how equal weights are stored, "shared" or "copied".
        synapse_bits: memory on all cores together; 0 where it is counted in words.
        messages: from one core to another, per snapshot and node, if every neuron sends once; None
            where nobody asked.
        hops: that these make between tiles, likewise.
        synapse_words: memory in words; None where it is counted in bits.
    """

    name: str
    synapses: str
    cores: int
    synapse_bits: int
    messages: float | None = None
    hops: float | None = None
    synapse_words: int | None = field(default=None, metadata=ADDED)


@dataclass(frozen=True, eq=False, kw_only=True)
class Residents:
    """The nodes of a graph on cores, of a network whose nodes hear each other.

    A node's neurons are numbered through the populations in order. A piece is a range of them on
    one core: mostly all of them. On a core, all pieces with neurons of a population have the same
    ones.

    Attributes:
        nodes: how many there are.
        node: int32 ``(pieces,)``, whose piece it is, ascending.
        start, stop: int32 ``(pieces,)``, first neuron and end.
        core: int32 ``(pieces,)``.
        orders: this one first, then others to compare it with.

    Raises:
        NetworkError: a node with no piece, or arrays of different lengths.
    """

    nodes: int
    node: Array
    start: Array
    stop: Array
    core: Array
    orders: tuple[NodeOrder, ...] = ()

    def __post_init__(self) -> None:
        for name in ("node", "start", "stop", "core"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int32))
            if getattr(self, name).shape != self.node.shape:
                raise NetworkError(f"pieces of nodes: {name} {getattr(self, name).shape}")
        if not np.array_equal(np.unique(self.node), np.arange(self.nodes)):
            raise NetworkError(f"pieces of some of {self.nodes} nodes; needed one of each at least")


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
        residents: where the nodes are, in place of slices, of a network whose nodes hear each
            other; it is placed once, and each of its nodes is an inference.
    """

    profile: str
    method: str
    replicas: int
    slices: tuple[Slice, ...]
    uses: tuple[CoreUse, ...]
    chips: int
    replicas_per_chip: int
    unchecked: tuple[str, ...] = ()
    residents: Residents | None = None

    @property
    def cores(self) -> int:
        """Cores of all replicas together."""
        return len(self.uses)

    def __str__(self) -> str:
        """How large it is, in a few words."""
        if self.residents is not None:
            on = f"{counted(self.cores, 'core')} of {counted(self.chips, 'chip')}"
            return f"{counted(self.residents.nodes, 'node')} on {on}"
        cores = f"{self.cores_per_replica:.3g} cores per replica"
        if self.replicas_per_chip:
            return f"{cores}, {self.replicas_per_chip:,} replicas per chip"
        return f"{cores}, {self.chips} chips per replica"

    @property
    def cores_per_replica(self) -> float:
        """Not a whole number where replicas share cores."""
        return self.cores / self.replicas

    @property
    def inferences(self) -> int:
        """Nodes that all of it classifies at once."""
        return self.residents.nodes if self.residents else self.replicas
