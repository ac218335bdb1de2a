"""What can be done otherwise with a model of a whole graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from neurograph.models.config import RESIDENT
from neurograph.workflow.fixes.candidate import Candidate
from neurograph.workflow.fixes.change import RETRAIN, SMALLER, Change, Changed


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
