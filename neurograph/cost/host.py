"""What an inference costs the host, beside the arithmetic of the readout."""

from __future__ import annotations

from collections.abc import Iterator

from neurograph.chip.residents.rewriting import changed_entries
from neurograph.cost.estimate import HostWork
from neurograph.graphs.sampling import TreeSpec
from neurograph.graphs.sizes import COUNT, FEATURE, ID, OFFSET
from neurograph.ir import QNetwork, Readout, Schedule

SAMPLING = "sampling neighbours"
WEIGHT = 2  # bytes, of a readout and of an edge's share


def work(network: QNetwork, tree: TreeSpec | None) -> tuple[HostWork, ...]:
    """What an inference costs the host, beside the arithmetic of the readout.

    Per snapshot, every slot that has draws looks up where its neighbours begin and how many they
    are, in G_t and in dG_t, and every draw reads a node id. Every feature is read and multiplied
    by its scale (one of 0 or 1 is a bit, read and handed on); where a stream carries the means of
    rounding errors, each error is one more subtraction and addition. Of a host readout, the 16-bit
    weights are read.

    Args:
        tree: that is sampled per node; None: all nodes run at once, and nothing is sampled, but
            new pairs, and three numbers per node and snapshot, are read where edges change.
    """
    carrying = [s for s in network.streams if not s.mean_of and s.bits > 1]
    values = sum(s.rows * s.channels for s in carrying)
    plain = sum(-(-s.rows * s.channels // 8) for s in network.streams if s.bits == 1)
    followed = {s.mean_of for s in network.streams if s.mean_of}
    errors = sum(s.rows * s.channels for s in carrying if s.name in followed)
    steps = network.steps
    return (
        *((sampling(tree, steps),) if tree else _edges(network)),
        HostWork(
            task="features to payloads",
            macs=steps * (values + errors),
            bytes=steps * (values * FEATURE + plain),
        ),
        read_out(network),
    )


def read_out(network: QNetwork) -> HostWork:
    """The weights that a readout on the host reads, whose arithmetic is counted as an event."""
    weights = network.readout.weight.size if isinstance(network.readout, Readout) else 0
    return HostWork(task="readout", macs=0, bytes=weights * WEIGHT)


def _edges(network: QNetwork) -> Iterator[HostWork]:
    """What is rewritten between snapshots: new pairs, and three numbers per node and snapshot."""
    mixes = [j.mix for j in network.projections if isinstance(j.mix, Schedule)]
    moving = [mix for mix in mixes if changed_entries(mix).any()]
    if not moving:
        return
    pairs = {id(m): len(m.indices) for mix in moving for m in (mix.so_far, mix.new)}
    numbers = 3 * WEIGHT * network.steps * len(moving)
    each = sum(pairs.values()) * ID / moving[0].nodes + numbers
    yield HostWork(task="edges to synapses", macs=0, bytes=each)


def sampling(tree: TreeSpec, steps: int) -> HostWork:
    """What is looked up to draw a tree of neighbours in every snapshot."""
    draws, parents = tree.slots - 1, tree.slots - tree.hop_sizes[-1]
    # one list begins at an offset and ends at a count, one is cut out
    lookup = 2 * OFFSET + 3 * COUNT
    read = steps * (draws * ID + parents * lookup)
    return HostWork(task=SAMPLING, macs=0, bytes=read)
