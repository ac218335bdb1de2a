"""How logits leave a network: a linear layer on the host, or accumulators on the chip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.arrays import Array, frozen
from neurograph.core.errors import NetworkError
from neurograph.ir.topology import Layer

DIGIT_BASE = 256  # of the two signed digits in which accumulators hold a logit


@dataclass(frozen=True, eq=False, kw_only=True)
class Readout:
    """The linear layer over all spikes of the last population, computed by the host.

    Attributes:
        source: population name.
        weight: float64 ``(classes, steps * rows * channels)``, step major, then row, then
            channel; with `latency` > 1 a step's input is the mean over its latency steps.
        bias: float64 ``(classes,)``.
    """

    source: str
    weight: Array
    bias: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", frozen(self.weight, np.float64))
        object.__setattr__(self, "bias", frozen(self.bias, np.float64))
        if self.weight.ndim != 2 or self.bias.shape != self.weight.shape[:1]:
            raise NetworkError(f"readout: weight {self.weight.shape}, bias {self.bias.shape}")
        if not (np.isfinite(self.weight).all() and np.isfinite(self.bias).all()):
            raise NetworkError("readout: weights and biases must be finite numbers")

    @property
    def identity(self) -> tuple[str | Array, ...]:
        """What decides a logit, as a fingerprint takes it."""
        return self.source, self.weight, self.bias

    def logits(self, spikes: Array, latency: int) -> Array:
        """Float64 ``(nodes, classes)`` of spikes ``(nodes, updates, rows, channels)``.

        Spikes are counted first: with weights on a power-of-two grid every sum is then exact.
        """
        count, updates = spikes.shape[:2]
        by_step = spikes.reshape(count, updates // latency, latency, -1)
        counts = by_step.sum(axis=2, dtype=np.float64).reshape(count, -1)
        logits: Array = counts @ (self.weight / latency).T + self.bias
        return logits


@dataclass(frozen=True, kw_only=True)
class OnChipReadout:
    """The linear layer computed by accumulators on the chip; the host reads their last state.

    An accumulator is a LIF that forgets nothing and can never reach its threshold. Two of them
    make a class: its high and its low digit to the base 256, joined after the last update.

    Attributes:
        source: population of 1 row and ``2 * classes`` channels: all high digits, then all low.
        pulse: binary stream of one neuron that starts the clock: 1 at the first snapshot.
        scale: logit per unit of a joined sum.
    """

    source: str
    pulse: str
    classes: int
    scale: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.scale) and self.scale > 0 and self.classes >= 1):
            raise NetworkError(f"readout: scale {self.scale} of {self.classes} classes")

    @property
    def identity(self) -> tuple[str]:
        """What decides a logit, as a fingerprint takes it."""
        return (repr(self),)

    @property
    def accumulators(self) -> int:
        return 2 * self.classes

    def logits(self, v: Array) -> Array:
        """Float64 ``(nodes, classes)`` of the accumulators' v ``(nodes, 1, accumulators)``."""
        sums = v.astype(np.int64).reshape(len(v), 2, self.classes) >> fx.GUARD_BITS
        logits: Array = (DIGIT_BASE * sums[:, 0] + sums[:, 1]) * self.scale
        return logits

    def own_inputs(self, count: int, steps: int) -> dict[str, Array]:
        """The pulse: int8 ``(count, steps, 1, 1)``, 1 at the first snapshot, else 0."""
        pulse = np.zeros((count, steps, 1, 1), np.int8)
        pulse[:, 0] = 1
        return {self.pulse: pulse}


def check_readout(
    readout: Readout | OnChipReadout | None,
    populations: Sequence[Layer],
    steps: int,
    latency: int,
) -> None:
    """Raise NetworkError unless `readout` reads a population and has the width it needs."""
    if steps < 1 or latency < 1:
        raise NetworkError(f"{steps} steps of {latency} latency steps; both must be at least 1")
    if readout is None:
        return
    sizes = {p.name: p.rows * p.channels for p in populations}
    if readout.source not in sizes:
        raise NetworkError(f"readout: no population '{readout.source}'; known: {', '.join(sizes)}")
    size = sizes[readout.source]
    if isinstance(readout, OnChipReadout):
        if size != readout.accumulators:
            raise NetworkError(
                f"readout: '{readout.source}' has {size} accumulators, needed "
                f"{readout.accumulators} (two per class)"
            )
    elif readout.weight.shape[1] != steps * size:
        raise NetworkError(
            f"readout: weight has {readout.weight.shape[1]} inputs, needed {steps * size} "
            f"({steps} steps x {size} neurons of '{readout.source}')"
        )
