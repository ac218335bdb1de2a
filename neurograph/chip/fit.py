"""A network and a chip: does it fit, and how many replicas."""

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
        replicas: for which the largest system must have chips; None for one.
    """

    profile: HardwareProfile
    replicas: int | None = None

    @property
    @abstractmethod
    def network(self) -> AnyNetwork: ...

    def violations(self) -> tuple[Violation, ...]:
        """Every limit that is broken; empty if it fits."""
        if found := check(self.network, self.profile):
            return found
        try:
            place(self.network, self.profile, replicas=1, method="sequential")
        except DoesNotFitError as error:
            return error.violations
        return self._too_many() if self.replicas else ()

    def placement(self, method: str = "sequential") -> Placement:
        """As many replicas as a chip takes.

        Raises:
            DoesNotFitError: with every violation.
        """
        return place(self.network, self.profile, method=method)

    def chips(self, placed: Placement) -> int:
        """Chips that the wanted replicas need, each filled like the placed one."""
        replicas = self.replicas or 1
        if placed.replicas_per_chip:
            return -(-replicas // placed.replicas_per_chip)
        return replicas * placed.chips

    def most_replicas(self) -> int | None:
        """Replicas that the largest system takes; None where its size is not known."""
        chips, placed = self.profile.limit("chips_per_system"), self.placement()
        if chips is None:
            return None
        return int(chips) * placed.replicas_per_chip or int(chips) // placed.chips

    def _too_many(self) -> tuple[Violation, ...]:
        """Replicas that the largest system has no chips for."""
        limit, needed = self.profile.limit("chips_per_system"), self.chips(self.placement())
        remedy = "run fewer replicas, one batch of nodes after another"
        what = f"{self.replicas:,} replicas"
        return tuple(exceeds("network", what, needed, limit, "chips", remedy))


@dataclass(frozen=True, eq=False, kw_only=True)
class GivenNetwork(Fit):
    """A network that nothing else is known of, so that only the chip can be changed."""

    given: AnyNetwork

    @property
    def network(self) -> AnyNetwork:
        return self.given
