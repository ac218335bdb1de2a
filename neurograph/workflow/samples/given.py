"""What an imported network is given: integers per input, sample and step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurograph.core.arrays import Array, fingerprint, frozen
from neurograph.core.errors import DataError


@dataclass(frozen=True, eq=False, kw_only=True)
class Samples:
    """Inputs of a run, and what is right of them where that is known.

    Attributes:
        payloads: by stream, integers ``(samples, steps, rows, channels)``; of 1 step what is held
            over all of them.
        steps: of the run.
        labels: int64 ``(samples,)``: the output neuron that should fire most, -1 where that is not
            known; None where it is known of none.
    """

    payloads: Mapping[str, Array]
    steps: int
    labels: Array | None = None

    def __post_init__(self) -> None:
        kept = {name: frozen(x) for name, x in self.payloads.items()}
        object.__setattr__(self, "payloads", kept)
        for name, x in kept.items():
            if len(x) != self.count or x.ndim != 4 or x.shape[1] not in (1, self.steps):
                raise DataError(f"{name}: {x.shape} of {self.count} samples of {self.steps} steps")
        if self.labels is not None:
            object.__setattr__(self, "labels", frozen(self.labels, np.int64))
            if self.labels.shape != (self.count,):
                raise DataError(f"labels: {self.labels.shape} of {self.count} samples")

    @property
    def count(self) -> int:
        """How many samples."""
        return len(next(iter(self.payloads.values())))

    @property
    def sha256(self) -> str:
        """Fingerprint of all that decides a spike: not of labels."""
        named = (part for name, x in sorted(self.payloads.items()) for part in (name, x))
        return fingerprint(str(self.steps), *named)

    def of(self, rows: Array) -> dict[str, Array]:
        """What these samples are sent, by stream, ``(rows, steps, rows, channels)``."""
        found = {}
        for name, x in self.payloads.items():
            chosen = x[rows]
            shape = (len(chosen), self.steps, *x.shape[2:])
            found[name] = np.ascontiguousarray(np.broadcast_to(chosen, shape))
        return found
