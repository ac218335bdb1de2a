"""A model on a chip, as it could be: does it fit, and how many copies."""

from __future__ import annotations

from dataclasses import dataclass, replace

from neurograph.chip.check import check
from neurograph.chip.footprint import AnyNetwork, exceeds
from neurograph.chip.place import place
from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.core.errors import DoesNotFitError, Violation
from neurograph.models.config import ModelConfig


@dataclass(frozen=True, eq=False, kw_only=True)
class Candidate:
    """What is to run on which chip.

    Attributes:
        config: of the model.
        quantized: its integers where it was exported already; a change of the model makes them
            void.
        copies: for which the largest system must have chips; None for one.
    """

    config: ModelConfig
    profile: HardwareProfile
    quantized: AnyNetwork | None = None
    copies: int | None = None

    @property
    def network(self) -> AnyNetwork:
        """The integers, or the model before training.

        Raises:
            ModelError: a model without spikes.
        """
        return self.quantized or self.config.network()

    def with_model(self, config: ModelConfig) -> Candidate:
        """Another model, whose integers nobody has yet."""
        return replace(self, config=config, quantized=None)

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
