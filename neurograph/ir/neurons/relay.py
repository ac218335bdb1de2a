"""The relay: a linear unit without memory that sends what it sums as a graded spike.

::

    v    = sum + bias
    sent = v, within +-limit;  nothing where its magnitude is at most the threshold

It stands between a layer and the edges of a graph, so that what a node tells its neighbours is
computed once, and each edge carries one number per channel.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurograph.core import fixedpoint as fx
from neurograph.core.errors import NetworkError
from neurograph.ir.neurons.base import Neuron, QNeuron, Traits, nearest
from neurograph.ir.neurons.fields import NOT_NEGATIVE, of_range, whole
from neurograph.ir.scheme import NeuronScale
from neurograph.ir.values import PerChannel

USUAL_WIDTH = 16  # in bits, of what a relay sends, sign included, where nothing says otherwise


@dataclass(frozen=True)
class _PositiveOrNone:
    """A finite float above 0, or None."""

    def check(self, neuron: Any, name: str) -> None:
        value = getattr(neuron, name)
        if value is not None and not (np.isfinite(value) and value > 0):
            raise NetworkError(f"{type(neuron).__name__}.{name} is {value}, expected above 0")


class _Relay(Traits):
    kind = "Relay"
    graded = True
    special = "its linear relay with a graded payload"
    remedy = (
        "use a chip with graded spikes and neuron programs, or hear labels alone, over synapses "
        "without relays"
    )


@dataclass(frozen=True, kw_only=True)
class Relay(_Relay, Neuron):
    """Sends ``sum + bias`` where that is larger than `threshold`, never more than `limit`.

    Attributes:
        threshold: magnitude up to which nothing is sent.
        limit: largest magnitude that is sent; None: whatever the payload holds.
    """

    threshold: float = field(default=0.0, metadata=NOT_NEGATIVE)
    limit: float | None = field(default=None, metadata=of_range(_PositiveOrNone()))

    current_decay = 1.0
    voltage_decay = 1.0

    def rounded(self, given: NeuronScale) -> QRelay:
        held = (1 << (given.payload_bits or USUAL_WIDTH) - 1) - 1
        scale = np.asarray(given.scale)
        wanted = np.full(scale.shape, held) if self.limit is None else self.limit * scale
        limit = nearest(np.minimum(wanted, held), least=1)
        cut = np.minimum(np.maximum(self.threshold * scale, given.cut), np.asarray(limit))
        return QRelay(threshold=nearest(cut), limit=limit)

    def largest_scale(self, guard: float) -> float:  # noqa: ARG002
        return float(fx.STATE_MAX) if self.limit is None else fx.STATE_MAX / self.limit


@dataclass(frozen=True, kw_only=True)
class QRelay(_Relay, QNeuron):
    """A relay in integers; a chip program of its own.

    Attributes:
        threshold: magnitude up to which nothing is sent, for all channels or one per channel.
        limit: largest magnitude of a payload, likewise; the rest is cut off.
    """

    threshold: PerChannel = field(default=0, metadata=whole(0, fx.STATE_MAX, per_channel=True))
    limit: PerChannel = field(
        default=(1 << USUAL_WIDTH - 1) - 1, metadata=whole(1, fx.STATE_MAX, per_channel=True)
    )

    current_decay = fx.DECAY_ONE - 1
    voltage_decay = fx.DECAY_ONE
    guard_bits = 0

    @property
    def theta(self) -> PerChannel:
        return self.threshold

    @property
    def payload_max(self) -> int:
        """The largest payload of any channel."""
        return max(self.limit) if isinstance(self.limit, tuple) else self.limit
