"""The sampled tree around a node: its shape, and one seeded draw of its slots per step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from neurograph.core.arrays import Array
from neurograph.core.compiled import numba
from neurograph.core.errors import ModelError
from neurograph.core.random import GOLDEN, below, heavy, scrambled
from neurograph.graphs.graph import TemporalGraph

MOST_SLOTS = 1 << 20  # of a node's tree: 4 MB of numbers per feature and snapshot


@dataclass(frozen=True, kw_only=True)
class TreeSpec:
    """How many neighbours each hop draws, and from which of the two graphs.

    Slots are numbered hop by hop: slot 0 is the node itself, then its `fanouts[0]` draws, then
    `fanouts[1]` draws for each of those, in the order of their parents.

    Attributes:
        fanouts: draws per hop.
        cumulative_share: p; of k draws, ``max(floor(k p), 1)`` come
            from G_t and the rest from dG_t.
        weighted: draw neighbours in proportion to the weights of edges.

    Of each graph a node's neighbours and the node itself are drawn without replacement; where
    they are fewer than the draws, each is drawn once and the rest at random. In proportion to
    weights they are drawn with replacement, the node itself as often as its average neighbour.

    Source: SpikeNet (Li et al., AAAI 2023) and its code, with a uniform seeded draw in place of
    the authors' biased one.
    """

    fanouts: tuple[int, ...] = (5, 2)
    cumulative_share: float = 0.5
    weighted: bool = False

    def __post_init__(self) -> None:
        if not self.fanouts or min(self.fanouts) < 1:
            raise ModelError(f"fan-outs {self.fanouts}: at least one hop of at least 1 neighbour")
        if self.slots > MOST_SLOTS:
            raise ModelError(
                f"fan-outs {self.fanouts} make a tree of {self.slots:,} slots, limit "
                f"{MOST_SLOTS:,}; draw fewer neighbours"
            )
        if not 0.0 <= self.cumulative_share <= 1.0:
            raise ModelError(f"cumulative share {self.cumulative_share}, expected 0 to 1")

    @cached_property
    def hop_sizes(self) -> tuple[int, ...]:
        """Slots per hop, the node itself first: (1, 5, 10) for fan-outs (5, 2)."""
        return tuple(math.prod(self.fanouts[:hop]) for hop in range(len(self.fanouts) + 1))

    @property
    def slots(self) -> int:
        return sum(self.hop_sizes)

    @property
    def layers(self) -> int:
        return len(self.fanouts)

    def rows(self, layer: int) -> int:
        """Slots that layer `layer` (1-based) computes; layer 0 is the input."""
        return sum(self.hop_sizes[: self.layers + 1 - layer])

    def self_mix(self, layer: int) -> sp.csr_array:
        """``(rows(layer), rows(layer-1))``: every slot reads itself."""
        return sp.csr_array(sp.eye(self.rows(layer), self.rows(layer - 1), dtype=np.int16))

    def neighbour_mix(self, layer: int) -> sp.csr_array:
        """``(rows(layer), rows(layer-1))``: every slot sums its own draws."""
        parent = np.concatenate(
            [
                np.repeat(np.arange(size) + sum(self.hop_sizes[:hop]), self.fanouts[hop])
                for hop, size in enumerate(self.hop_sizes[: self.layers + 1 - layer])
            ]
        )
        child = np.arange(len(parent)) + 1
        shape = (self.rows(layer), self.rows(layer - 1))
        return sp.csr_array((np.ones(len(parent), np.int16), (parent, child)), shape=shape)

    def fanout(self, layer: int) -> Array:
        """int64 ``(rows(layer),)``: how many draws each slot of `layer` sums."""
        counts: Array = np.diff(self.neighbour_mix(layer).indptr)
        return counts

    def slot_names(self, rows: int) -> tuple[str, ...]:
        """What the rows of a layer stand for: the node itself and its draws, hop by hop.

        Empty where no layer of this tree has so many rows.

        >>> TreeSpec(fanouts=(2, 2)).slot_names(3)
        ('node itself', 'neighbour 1', 'neighbour 2')
        """
        if rows not in [self.rows(layer) for layer in range(self.layers + 1)]:
            return ()
        words = ["neighbour", *(f"hop {hop} draw" for hop in range(2, self.layers + 1))]
        names = ["node itself"]
        for word, size in zip(words, self.hop_sizes[1:], strict=True):
            names += [f"{word} {n + 1}" for n in range(size)]
        return tuple(names[:rows])


def sample(
    graph: TemporalGraph, nodes: Array, spec: TreeSpec, *, seed: int, draw: int = 0
) -> Array:
    """Draw the tree of every node at every step.

    A draw depends on (seed, draw, node, step, slot) alone: not on the batch that a node is in,
    nor on the number of threads. No edge later than its step is ever drawn.

    Args:
        nodes: ``(B,)`` ids.
        draw: number of the draw, e.g. the epoch.

    Returns:
        int32 ``(B, T, slots)`` node ids.
    """
    roots = np.ascontiguousarray(nodes, np.int32)
    if len(roots) and not 0 <= int(roots.min()) <= int(roots.max()) < graph.num_nodes:
        raise ModelError(f"nodes must be 0 to {graph.num_nodes - 1}")
    slots = np.empty((len(roots), graph.num_steps, spec.slots), np.int32)
    fanouts = np.array(spec.fanouts, np.int64)
    from_cumulative = np.array(
        [max(int(k * spec.cumulative_share), 1) for k in spec.fanouts], np.int64
    )
    key = np.uint64((seed * 0x9E3779B97F4A7C15 + draw * 0xD1B54A32D192ED03) % (1 << 64))
    cumulative, fresh = graph.cumulative, graph.fresh
    if spec.weighted and not graph.weighted:
        raise ModelError(
            f"graph '{graph.name}' has no edge weights to draw by; use --edge-weights off"
        )
    _draw(
        roots,
        fanouts,
        from_cumulative,
        key,
        (cumulative.indptr, cumulative.indices, cumulative.before),
        (fresh.indptr, fresh.indices, fresh.before),
        fresh.weight_before if spec.weighted else np.zeros(0),
        slots,
    )
    return slots


@numba.njit(cache=True)
def _choose(key, node, neighbours, slots, start, end):  # type: ignore[no-untyped-def]
    """Fill ``slots[start:end]`` from `neighbours` and `node` itself, which comes last of them.

    Different ones as far as they go (Floyd's algorithm, Bentley and Floyd, CACM 30(9), 1987);
    where they do not suffice, each once in their order, and the rest at random.
    """
    many, draws = len(neighbours) + 1, end - start
    for slot in range(start, end):
        counter = key + np.uint64(slot) * GOLDEN
        if many > draws:
            latest = many - (end - slot)
            pick = below(counter, latest + 1)
            chosen = neighbours[pick] if pick < many - 1 else node
            for earlier in range(start, slot):
                if slots[earlier] == chosen:
                    chosen = neighbours[latest] if latest < many - 1 else node
        else:
            pick = slot - start if slot - start < many else below(counter, many)
            chosen = neighbours[pick] if pick < many - 1 else node
        slots[slot] = chosen


@numba.njit(cache=True)
def _choose_heavy(key, node, many, indices, weight_before, first, last, slots, start, end):  # type: ignore[no-untyped-def]
    """Fill ``slots[start:end]`` from the entries first to last - 1, and `node`, by weight.

    Args:
        many: how many different neighbours these entries are of.
    """
    for slot in range(start, end):
        counter = key + np.uint64(slot) * GOLDEN
        if below(counter, many + 1) == many:
            slots[slot] = node
        else:
            slots[slot] = indices[heavy(scrambled(counter), weight_before, first, last)]


@numba.njit(parallel=True, cache=True)
def _draw(roots, fanouts, from_cumulative, key, cumulative, fresh, weight_before, out):  # type: ignore[no-untyped-def]
    g_ptr, g_index, g_before = cumulative
    d_ptr, d_index, d_before = fresh
    steps = out.shape[1]
    for b in numba.prange(len(roots)):
        own = scrambled(key + np.uint64(roots[b]) * GOLDEN)
        for t in range(steps):
            at = scrambled(own + np.uint64(t) * np.uint64(0xD1B54A32D192ED03))
            out[b, t, 0] = roots[b]
            first, size, slot = 0, 1, 1
            for hop in range(len(fanouts)):
                for parent in range(first, first + size):
                    v = out[b, t, parent]
                    split = slot + from_cumulative[hop]
                    end = slot + fanouts[hop]
                    met = g_before[t + 1, v]
                    new, last = d_ptr[v] + d_before[t, v], d_ptr[v] + d_before[t + 1, v]
                    row = out[b, t]
                    if len(weight_before):  # what has met before `last` weighs is all in dG
                        begin, w = d_ptr[v], weight_before
                        _choose_heavy(at, v, met, d_index, w, begin, last, row, slot, split)
                        _choose_heavy(at, v, last - new, d_index, w, new, last, row, split, end)
                    else:
                        _choose(at, v, g_index[g_ptr[v] : g_ptr[v] + met], row, slot, split)
                        _choose(at, v, d_index[new:last], row, split, end)
                    slot = end
                first, size = first + size, size * fanouts[hop]
