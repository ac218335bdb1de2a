"""Which cores hear which nodes of a placed graph: what `place` minimises and `energy` prices.

As in `chip.traffic`: an emission of a neuron sends one message to each core that holds a neuron of
a population that hears it, per population, its own core included; in a snapshot only to those that
hear it then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from neurograph.chip.residents.links import Links
from neurograph.chip.residents.relations import Relation
from neurograph.core.arrays import Array
from neurograph.ir import Network, QNetwork

OUTSIDE = -1  # the core of what comes from outside the chip


class OnCores(Protocol):
    """Pieces of nodes on cores; see `Residents`."""

    @property
    def node(self) -> Array: ...
    @property
    def start(self) -> Array: ...
    @property
    def stop(self) -> Array: ...
    @property
    def core(self) -> Array: ...


@dataclass(frozen=True, eq=False)
class Audience:
    """Cores that hear channels of a layer, over one relation, in one population.

    Attributes:
        source, target: the layer and the population.
        channels: int64, of the source, those whose every emission goes this way.
        relation: of which nodes each node hears them.
        senders: int64 ``(N,)``, the core from which each node sends them, `OUTSIDE` of a stream;
            `NOWHERE` where other entries carry those of the node.
        hearers: int64 ``(N,)``, the core on which each node hears them, or `NOWHERE`.
        cores: of all nodes.
    """

    source: str
    target: str
    channels: Array
    relation: Relation
    senders: Array
    hearers: Array
    cores: int

    @cached_property
    def reach(self) -> sp.csr_array:
        """``(cores, N)``: ones where any node on a core hears a node in any snapshot."""
        return self.heard(self.relation.union)

    def heard(self, pairs: sp.csr_array) -> sp.csr_array:
        """``(cores, N)``: the largest entry by which any node on a core hears a node.

        Args:
            pairs: ``(N, N)``, who hears whom; a part of the relation.
        """
        nodes, hearers = pairs.shape[0], self.hearers
        there = np.flatnonzero(hearers != NOWHERE)
        if len(there) < nodes // 2:  # mostly one node, cut into pieces of its own
            pairs, hearers = sp.csr_array(pairs[there]), hearers[there]
        row = np.repeat(hearers, np.diff(pairs.indptr))
        column = pairs.indices
        counted = (row != NOWHERE) & (self.senders[column] != NOWHERE)
        at, value = row[counted] * nodes + column[counted], pairs.data[counted]
        order = np.argsort(at, kind="stable")
        at, value = at[order], value[order]
        first = np.flatnonzero(np.diff(at, prepend=-1))
        at, most = at[first], np.maximum.reduceat(value, first) if len(at) else value
        return sp.csr_array((most, np.divmod(at, nodes)), shape=(self.cores, nodes))


NOWHERE = -2  # the core of neurons that other cores of the same node hold


def audiences(network: Network | QNetwork, placed: OnCores, cores: int) -> list[Audience]:
    """Every way of an emission; no two have a channel, a sending and a hearing core in common."""
    links = Links(network)
    pieces = list(sections(placed, links.nodes))
    streams = {s.name for s in network.streams}
    outside = np.full(links.nodes, OUTSIDE, np.int64)
    found = []
    for first, end, hearers in pieces:
        for link in links.into(first, end):
            ways = [(link.channels, outside)]
            if link.source not in streams:
                ways = list(_sending(links, pieces, link.source, link.channels))
            found += [
                Audience(link.source, link.target, sent, link.relation, senders, hearers, cores)
                for sent, senders in ways
            ]
    return found


def axon_counts(found: Sequence[Audience], cores: int) -> tuple[Array, Array]:
    """Input axons and output axons of every core, two int64 ``(cores,)``, over all snapshots."""
    incoming, outgoing = np.zeros((2, cores), np.int64)
    for a in found:
        many = len(a.channels)
        incoming += many * np.diff(a.reach.indptr)
        inside = a.senders >= 0
        by_node = np.bincount(a.reach.indices, minlength=len(a.senders)) * many
        outgoing += np.bincount(a.senders[inside], by_node[inside], minlength=cores).astype(
            np.int64
        )
    return incoming, outgoing


def leaving(network: Network | QNetwork, found: Sequence[Audience]) -> Array:
    """int32 ``(N, neurons)``: output axons of each neuron of each node."""
    links = Links(network)
    out = np.zeros((links.nodes, links.neurons), np.int32)
    for a in found:
        if (inside := a.senders >= 0).any():
            by_node = np.bincount(a.reach.indices, minlength=links.nodes)
            out[np.ix_(inside, links.first[a.source] + a.channels)] += by_node[inside, None].astype(
                np.int32
            )
    return out


def expected(found: Sequence[Audience], cores: int, sent: Mapping[str, Array]) -> sp.csr_array:
    """float64 ``(cores, cores)``: messages if all nodes send the same, over all snapshots.

    Args:
        sent: per population, ``(channels,)``: what each node sends in each snapshot.
    """
    source, target, many = ([np.zeros(0, kind)] for kind in (np.int64, np.int64, np.float64))
    for a in found:
        if a.source in sent and (a.senders >= 0).any():
            each = float(sent[a.source][a.channels].sum())
            heard = a.heard(a.relation.life).tocoo()
            source.append(a.senders[heard.col])
            target.append(heard.row)
            many.append(heard.data * each)
    at = np.concatenate(source), np.concatenate(target)
    return sp.csr_array((np.concatenate(many), at), shape=(cores, cores))


def sections(placed: OnCores, nodes: int) -> Iterator[tuple[int, int, Array]]:
    """Ranges of neurons that are pieces of some nodes, and where those of each node are.

    Yields:
        First neuron, end, and int64 ``(N,)``: the core, or `NOWHERE` of a node cut elsewhere.
    """
    ranges, which = np.unique(
        np.stack([placed.start, placed.stop], axis=1), axis=0, return_inverse=True
    )
    for number, (first, end) in enumerate(ranges.tolist()):
        mine = which.ravel() == number
        at = np.full(nodes, NOWHERE, np.int64)
        at[placed.node[mine]] = placed.core[mine]
        yield first, end, at


def _sending(
    links: Links, pieces: Sequence[tuple[int, int, Array]], source: str, channels: Array
) -> Iterator[tuple[Array, Array]]:
    """Those of the channels that each section holds, and the cores that send them."""
    for first, end, senders in pieces:
        for name, begin, stop in links.parts(first, end):
            sent = channels[(channels >= begin) & (channels < stop)]
            if name == source and len(sent):
                yield sent, senders
