"""A model on a chip, as it could be."""

from __future__ import annotations

from dataclasses import dataclass, replace

from neurograph.chip.fit import Fit
from neurograph.chip.footprint import AnyNetwork
from neurograph.models.config import ModelConfig


@dataclass(frozen=True, eq=False, kw_only=True)
class Candidate(Fit):
    """A model that is to run on a chip.

    Attributes:
        config: of the model.
        quantized: its integers where it was exported already; a change of the model makes them
            void.
    """

    config: ModelConfig
    quantized: AnyNetwork | None = None

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
