"""What a file leaves open: asked all at once, or guessed where the user said yes beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from neurograph.core.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One thing that a file does not say.

    Attributes:
        what: where and what is in doubt, with the evidence, e.g. "edges.txt: the third column does
            not rise and has 5 values; is it a weight?"
        guess: what seems right, as a phrase: "column 2 is a weight".
        option: what to type to have it so: "--columns source=0,target=1,weight=2".
    """

    what: str
    guess: str
    option: str

    def __str__(self) -> str:
        return f"{self.what}; guess: {self.guess} ({self.option})"


class DoubtError(DataError):
    """Something is in doubt, and nobody said to take the guess."""

    whole = True

    def __init__(self, doubts: tuple[Doubt, ...]) -> None:
        self.doubts = doubts
        lines = "\n".join(str(doubt) for doubt in doubts)
        super().__init__(f"{lines}\nto take the guess as it stands: --yes")


@dataclass(eq=False)
class Doubts:
    """Collects doubts while files are read.

    Attributes:
        yes: take every guess.
        found: all so far.
    """

    yes: bool = False
    found: list[Doubt] = field(default_factory=list)

    def ask(self, what: str, guess: str, option: str) -> None:
        """Note a doubt; the caller goes on with the guess."""
        self.found.append(Doubt(what=what, guess=guess, option=option))

    def ask_all(self, found: Iterable[tuple[str, str, str]]) -> None:
        """Note the doubts of a table, each as `ask` takes it."""
        for what, guess, option in found:
            self.ask(what, guess, option)

    def settle(self) -> tuple[str, ...]:
        """The guesses that were taken, for the graph's records.

        Raises:
            DoubtError: there are doubts, and `yes` is not set.
        """
        if self.found and not self.yes:
            raise DoubtError(tuple(self.found))
        return tuple(f"{doubt.guess} ({doubt.option})" for doubt in self.found)
