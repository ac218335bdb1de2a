"""What an inference is of, and what its steps are, in words: a graph's node, or a sample."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Words:
    """For sentences about a run.

    Attributes:
        one: what a network answers for, alone.
        many: several of them.
        step: the time for which an input is held.
    """

    one: str
    many: str
    step: str


NODES = Words(one="node", many="nodes", step="snapshot")
SAMPLES = Words(one="sample", many="samples", step="step")
