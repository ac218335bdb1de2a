"""A change of a model on a chip, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from neurograph.workflow.fixes.candidate import Candidate

PLACE, EXPORT, RETRAIN, SMALLER, PART, CHIP = range(6)  # what a change costs, cheapest first
COSTS = (
    "another placement",
    "another export",
    "another training of the same size",
    "a smaller model",
    "a part of the graph",
    "another chip",
)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing done otherwise.

    Attributes:
        what: to do, as a phrase.
        option: what to type for it.
        cost: an index into `COSTS`.
    """

    what: str
    option: str
    cost: int


Changed = tuple[Change, Candidate]
Move = Callable[[Candidate], Iterator[Changed]]
