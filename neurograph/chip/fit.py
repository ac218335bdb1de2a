"""A network and a chip: does it fit, and how many copies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from neurograph.chip.check import check
from neurograph.chip.footprint import AnyNetwork, exceeds
from neurograph.chip.place import place
from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.core.errors import DoesNotFitError, Violation


@dataclass(frozen=True, eq=False, kw_only=True)
class Fit(ABC):
    """What is to run on which chip.

    Attributes:
        copies: for which the largest system must have chips; None for one.
    """

    profile: HardwareProfile
    copies: int | None = None

    @property
    @abstractmethod
    def network(self) -> AnyNetwork: ...

    def violations(self) -> tuple[Violation, ...]:
        """Every limit that is broken; empty if it fits."""
        if found := check(self.network, self.profile):
            return found
        try:
            place(self.network, self.profile, copies=1, method="sequential")
        except DoesNotFitError as error:
            return error.violations
        return self._too_many() if self.copies else ()

    def placement(self, method: str = "sequential") -> Placement:
        """As many copies as a chip takes.

        Raises:
            DoesNotFitError: with every violation.
        """
        return place(self.network, self.profile, method=method)

    def chips(self, placed: Placement) -> int:
        """Chips that the wanted copies need, each filled like the placed one."""
        copies = self.copies or 1
        if placed.copies_per_chip:
            return -(-copies // placed.copies_per_chip)
        return copies * placed.chips

    def most_copies(self) -> int | None:
        """Copies that the largest system takes; None where its size is not known."""
        chips, placed = self.profile.limit("chips_per_system"), self.placement()
        if chips is None:
            return None
        return int(chips) * placed.copies_per_chip or int(chips) // placed.chips

    def _too_many(self) -> tuple[Violation, ...]:
        """Copies that the largest system has no chips for."""
        limit, needed = self.profile.limit("chips_per_system"), self.chips(self.placement())
        remedy = "run fewer copies, one batch of targets after another"
        what = f"{self.copies:,} copies"
        return tuple(exceeds("network", what, needed, limit, "chips", remedy))


@dataclass(frozen=True, eq=False, kw_only=True)
class GivenNetwork(Fit):
    """A network that nothing else is known of, so that only the chip can be changed."""

    given: AnyNetwork

    @property
    def network(self) -> AnyNetwork:
        return self.given
