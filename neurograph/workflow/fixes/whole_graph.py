"""What can be done otherwise with a model of a whole graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from neurograph.core.arrays import Array
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.part import part_of
from neurograph.models.config import RESIDENT
from neurograph.workflow.fixes.candidate import Candidate
from neurograph.workflow.fixes.change import PART, RETRAIN, SMALLER, Change, Changed
from neurograph.workflow.part import pieces_of


def labels_alone(candidate: Candidate) -> Iterator[Changed]:
    """Without features, of a model that hears labels."""
    config = candidate.config
    if config.label_input and config.features:
        change = Change(what="hear labels alone", option="--features none", cost=SMALLER)
        yield change, candidate.with_model(replace(config, features=0))


def sampled(candidate: Candidate) -> Iterator[Changed]:
    """A tree per node in place of the whole graph."""
    config = candidate.config
    if config.mapping == RESIDENT:
        change = Change(what="sample a tree per node", option="--mapping trees", cost=RETRAIN)
        yield change, candidate.with_model(config.over_trees())


FEW = 16  # nodes of a piece that is tried first: what does not hold them holds no piece


def part(candidate: Candidate) -> Iterator[Changed]:
    """The graph in as few pieces as fit, one after another; the one with most edges is tried."""
    if candidate.config.mapping != RESIDENT:
        return
    whole = candidate.whole

    def cut(pieces: int) -> Candidate:
        _, nodes = _densest(whole, pieces)
        return replace(candidate, graph=part_of(whole, nodes), quantized=None)

    most = max(whole.num_nodes // FEW, 1)
    if most < 2 or cut(most).violations():
        return
    fewest = _fewest(most, lambda pieces: not cut(pieces).violations())
    if fewest < 2:
        return
    number, nodes = _densest(whole, fewest)
    what = f"run the graph in {fewest:,} pieces, of which piece {number} has most edges"
    place = candidate.folder or "GRAPH"
    option = f"neurograph data part {place} --pieces {fewest} --piece {number} -o PART"
    told = f"{what}: {len(nodes):,} of {whole.num_nodes:,} nodes"
    yield Change(what=told, option=option, cost=PART), cut(fewest)


def _densest(graph: TemporalGraph, pieces: int) -> tuple[int, Array]:
    """The piece with most edges among its nodes, and the number that `data part` gives it."""
    every = pieces_of(graph, pieces)
    pairs = graph.adjacency(graph.num_steps - 1)
    where = np.empty(graph.num_nodes, np.int64)
    for number, nodes in enumerate(every):
        where[nodes] = number
    source = np.repeat(where, np.diff(pairs.indptr))
    inside = source[source == where[pairs.indices]]
    number = int(np.bincount(inside, minlength=pieces).argmax())
    return number + 1, every[number]


def _fewest(most: int, fits: Callable[[int], bool]) -> int:
    """The least number of pieces that fits, by halving; `most` does."""
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle + 1, high)
    return low
