"""What connections multiply in, what may arrive at them, and what they send: mixins of models."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph_lava.processes.delayed import shifted


class InFloats:
    """Double precision; without message bits every payload counts as 1, as in Lava's Dense."""

    num_message_bits: Any

    def dtype(self) -> type[np.generic]:
        return np.float64

    def sums(self, arrived: Array) -> Array:
        found: Array = super().sums(  # type: ignore[misc]
            arrived if int(self.num_message_bits) else arrived != 0
        )
        return found


class Shifted:
    """Exact products, which `weight_exp` shifts."""

    weight_exp: Any

    def scaled(self, products: Array) -> Array:
        exact = products.astype(np.int32 if products.dtype == np.float32 else np.int64)
        sent: Array = shifted(exact, int(self.weight_exp)).astype(np.int32, copy=False)
        return sent


class Bounded(Shifted):
    """The same of payloads that `num_message_bits` hold: others are refused.

    Attributes:
        largest: in magnitude.
    """

    num_message_bits: Any

    def prepare(self) -> Array:
        bits = int(self.num_message_bits)
        self.largest = 1 if bits <= 1 else (1 << (bits - 1)) - 1
        silent: Array = super().prepare()  # type: ignore[misc]
        return silent

    def sums(self, arrived: Array) -> Array:
        low, high = int(arrived.min()), int(arrived.max())
        if high > self.largest or low < (0 if self.largest == 1 else -self.largest):
            raise ValueError(
                f"payloads {low} to {high} arrived, num_message_bits = {self.num_message_bits} "
                f"holds at most {self.largest} in magnitude"
            )
        found: Array = super().sums(arrived)  # type: ignore[misc]
        return found
