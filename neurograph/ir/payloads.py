"""What enters the chip: features rounded to payloads, and the means of what rounding left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import NetworkError
from neurograph.ir.values import above_zero, plain_numbers, within

_MEAN_BITS = 8  # at most, of a mean: half a unit in 127 parts
FINE = 1 << 16  # parts of a payload unit in which rounding errors are added, in whatever order
_PART = 1 << 21  # numbers rounded by a thread at once


@dataclass(frozen=True, kw_only=True)
class QStream:
    """An input in integers.

    Attributes:
        bits: payload width, sign included; 1 means plain spikes (payload 0 or 1).
        scale: payload units per float unit: ``payload = clip(round(x * scale))``.
        mean_of: another stream, whose rounding errors this one carries: one payload per slot,
            their mean over the channels. A slot whose features are all alike and small (a node
            without edges, in standardised embeddings) would else be rounded to nothing, at every
            such node in the same way; if empty, the stream carries features.
    """

    name: str
    rows: int
    channels: int
    bits: int = 8
    scale: float = 1.0
    mean_of: str = field(default="", repr=False)  # a fingerprint adds it where there is one

    def __post_init__(self) -> None:
        plain_numbers(self)
        within(self.name, "bits", self.bits, 1, 24)
        above_zero(self.name, "scale", self.scale)
        if self.mean_of and (self.channels != 1 or self.bits == 1):
            raise NetworkError(
                f"{self.name}: the mean of a stream has 1 channel of at least 2 bits, not "
                f"{self.channels} of {self.bits}"
            )

    @property
    def payload_max(self) -> int:
        """Largest payload; the smallest is its negative (0 for plain spikes)."""
        return 1 if self.bits == 1 else (1 << (self.bits - 1)) - 1

    @property
    def payload_min(self) -> int:
        return 0 if self.bits == 1 else -self.payload_max

    def encode(self, x: Array) -> Array:
        """Integers of `x`, clipped to the payload width; int8 up to 8 bits, else int32."""
        from neurograph.ir.encoding import round_values  # numba: not before it is needed

        # float32 throughout: the same value whatever the width in which features are stored
        given = np.ascontiguousarray(x, np.float32)
        payload = np.empty(given.shape, self._dtype)
        flat, into = given.reshape(-1), payload.reshape(-1)
        _in_parts(lambda part: round_values(flat[part], *self._limits, into[part]), len(flat), 1)
        return payload

    def mean(self) -> QStream:
        """The stream of the means of this one's rounding errors.

        A mean is within half a unit of this stream, whatever the features: an error counts as at
        most half a unit, so that what clipping cuts off does not hide the rest.
        """
        bits = min(self.bits, _MEAN_BITS)
        return QStream(
            name=f"{self.name}.mean",
            rows=self.rows,
            channels=1,
            bits=bits,
            scale=2.0 * ((1 << (bits - 1)) - 1) * self.scale,
            mean_of=self.name,
        )

    def encode_mean(self, x: Array, of: QStream) -> Array:
        """Payloads ``(.., 1)`` of the mean rounding errors of features ``(.., channels of `of`)``.

        Sums are of whole numbers, so that no order of adding them can change a payload.
        """
        return self.encode_beside(x, of)[1]

    def encode_beside(self, x: Array, of: QStream) -> tuple[Array, Array]:
        """Payloads of `of`, and those of `encode_mean`, in one pass over the features."""
        from neurograph.ir.encoding import round_with_means  # numba: not before it is needed

        given = np.ascontiguousarray(x, np.float32)
        payload = np.empty(given.shape, of._dtype)
        means = np.empty((*given.shape[:-1], 1), self._dtype)
        slots, into = given.reshape(-1, of.channels), payload.reshape(-1, of.channels)
        unit, flat = 2.0 * self.payload_max / (FINE * of.channels), means.reshape(-1)
        _in_parts(
            lambda part: round_with_means(slots[part], *of._limits, unit, into[part], flat[part]),
            len(slots),
            of.channels,
        )
        return payload, means

    @property
    def _limits(self) -> tuple[np.float32, np.float32, np.float32]:
        """Scale, smallest and largest payload."""
        return np.float32(self.scale), np.float32(self.payload_min), np.float32(self.payload_max)

    @property
    def _dtype(self) -> type[np.integer]:
        return np.int8 if self.bits <= 8 else np.int32


def encode(streams: Iterable[QStream], features: Mapping[str, Array]) -> dict[str, Array]:
    """Payloads per stream, of the features ``(.., channels)`` of every stream that carries some."""
    known = {s.name: s for s in streams}
    found: dict[str, Array] = {}
    for s in known.values():
        if s.mean_of:
            both = s.encode_beside(features[s.mean_of], known[s.mean_of])
            found[s.mean_of], found[s.name] = both
    for s in known.values():
        if s.name not in found:
            found[s.name] = s.encode(features[s.name])
    return {name: found[name] for name in known}


def _in_parts(work: Callable[[slice], None], rows: int, channels: int) -> None:
    """`work` on all rows, a part per core at a time; on few rows at once: a thread takes longer."""
    size = max(1, _PART // channels)
    if rows <= size:
        work(slice(0, rows))
        return
    # not before it is needed: an interpreter that has Lava alone reads networks, encodes nothing
    from neurograph.core.threads import each

    for _ in each(work, (slice(start, start + size) for start in range(0, rows, size))):
        pass
