"""What the fields of a neuron may hold: told in each field's metadata, checked by one function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, fields
from typing import Any, Protocol

import numpy as np

from neurograph.core.errors import NetworkError
from neurograph.ir.values import plain_numbers, shared, within

_KEY = "range"


class Range(Protocol):
    """What a field may hold."""

    def check(self, neuron: Any, name: str) -> None:
        """Raise NetworkError unless the field `name` of `neuron` holds it."""


@dataclass(frozen=True, kw_only=True)
class Whole:
    """An integer `low` to `high`, for all channels or, if `per_channel`, one for each.

    Attributes:
        high: a number, or what gives it for a neuron whose later fields have been checked.
        remedy: what to do where channels need numbers of their own, but share one.
    """

    low: int
    high: int | Callable[[Any], int]
    per_channel: bool = False
    remedy: str = "make it several populations"

    def limits(self, neuron: Any) -> tuple[int, int]:
        """The smallest and the largest number that the field of this neuron may hold."""
        return self.low, self.high(neuron) if callable(self.high) else self.high

    def check(self, neuron: Any, name: str) -> None:
        where, value = type(neuron).__name__, getattr(neuron, name)
        if not self.per_channel:
            shared(where, name, value, self.remedy)
        within(where, name, value, *self.limits(neuron))


@dataclass(frozen=True, kw_only=True)
class Real:
    """A finite float of which `holds` is true; `expected` says so in words."""

    holds: Callable[[float], bool]
    expected: str

    def check(self, neuron: Any, name: str) -> None:
        value = getattr(neuron, name)
        if not (np.isfinite(value) and self.holds(value)):
            where = f"{type(neuron).__name__}.{name}"
            raise NetworkError(f"{where} is {value}, expected {self.expected}")


def whole(
    low: int,
    high: int | Callable[[Any], int],
    *,
    per_channel: bool = False,
    remedy: str = Whole.remedy,
) -> dict[str, Any]:
    """Metadata of an integer field; see `Whole`."""
    return {_KEY: Whole(low=low, high=high, per_channel=per_channel, remedy=remedy)}


def real(holds: Callable[[float], bool], expected: str) -> dict[str, Any]:
    """Metadata of a float field; see `Real`."""
    return {_KEY: Real(holds=holds, expected=expected)}


def of_range(allowed: Range) -> dict[str, Any]:
    """Metadata of a field that holds what `allowed` says."""
    return {_KEY: allowed}


SHARE: Mapping[str, Any] = real(lambda x: 0.0 <= x <= 1.0, "0 to 1")
POSITIVE: Mapping[str, Any] = real(lambda x: x > 0, "above 0")
NOT_NEGATIVE: Mapping[str, Any] = real(lambda x: x >= 0, ">= 0")


def ranges(neuron: Any) -> Iterator[tuple[str, Range]]:
    """Name and range of the fields that have one, the last one first.

    In this order, because what a field may hold depends on later ones: a threshold on guard bits.
    """
    parts: tuple[Field[Any], ...] = fields(neuron)
    for part in reversed(parts):
        if _KEY in part.metadata:
            yield part.name, part.metadata[_KEY]


def per_channel(neuron: Any) -> dict[str, Any]:
    """Values of the fields that may hold one number for each channel."""
    named = [n for n, of in ranges(neuron) if isinstance(of, Whole) and of.per_channel]
    return {name: getattr(neuron, name) for name in reversed(named)}


def check_fields(neuron: Any) -> None:
    """Raise NetworkError, naming the field, unless all hold what their ranges say.

    Before that, NumPy's numbers become Python's, and lists and arrays of integers tuples.
    """
    found = dict(ranges(neuron))
    plain_numbers(neuron, *(name for name, of in found.items() if isinstance(of, Whole)))
    for name, of in found.items():
        of.check(neuron, name)
