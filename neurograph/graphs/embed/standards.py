"""How given features are brought to one scale: constants that are kept for later data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurograph.core.arrays import Array, frozen
from neurograph.core.errors import DataError
from neurograph.core.nearest import unknown
from neurograph.graphs.embed.statistics import Statistics

AS_IS, BINARY, WHOLE, COLUMNS, SPARSE = "as is", "binary", "whole", "columns", "sparse"
RULES = (AS_IS, BINARY, WHOLE, COLUMNS, SPARSE)
APART = 100.0  # ratio of scales beyond which each column has its own
MOSTLY_ZERO = 0.5  # share of zeros beyond which they stay zeros
_KEEPS = "(--as-is keeps them)"


@dataclass(frozen=True, eq=False, kw_only=True)
class Standard:
    """Constants by which features become ``(x - mean) / scale``.

    Attributes:
        rule: `AS_IS` and `BINARY`: nothing is changed; `WHOLE`: one mean and one deviation of all
            values; `COLUMNS`: those of each feature; `SPARSE`: zeros stay zeros, the others are
            divided by one number, or one for each feature where these differ much, so that the
            mean square of all values is 1.
        mean, scale: float64 ``(1,)`` or ``(F,)``.
    """

    rule: str
    mean: Array
    scale: Array

    @classmethod
    def of(cls, rule: str, mean: npt.ArrayLike = 0.0, scale: npt.ArrayLike = 1.0) -> Standard:
        """With one constant for all features, or one for each."""
        return cls(rule=rule, mean=np.atleast_1d(mean), scale=np.atleast_1d(scale))

    def __post_init__(self) -> None:
        for name in ("mean", "scale"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64))
        if self.rule not in RULES:
            raise DataError(unknown("rule of standardising", self.rule, RULES))
        if self.mean.shape != self.scale.shape or not (self.scale > 0).all():
            raise DataError("constants of standardising: needed a mean and a scale above 0 each")

    def apply(self, values: Array) -> Array:
        """Features ``(.., F)`` of any data on this scale: float32 ``(.., F)``.

        Raises:
            DataError: another number of features.
        """
        if len(self.mean) not in (1, values.shape[-1]):
            raise DataError(
                f"features of shape {values.shape} for the constants of {len(self.mean)} features"
            )
        if self.rule in (AS_IS, BINARY):
            return np.asarray(values, np.float32)
        scaled: Array = ((values - self.mean) / self.scale).astype(np.float32)
        return scaled

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {"rule": self.rule, "mean": self.mean.tolist(), "scale": self.scale.tolist()}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Standard:
        """What `to_dict` gave: the "constants" of a feature store's meta.

        Raises:
            DataError: it is no such mapping.
        """
        try:
            return cls.of(given["rule"], given["mean"], given["scale"])
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"no constants of features ({error}); make them again") from error


def choose_standard(
    found: Statistics, *, as_is: bool, eps: float
) -> tuple[Standard, tuple[str, ...]]:
    """The standard by which features with these statistics are kept, and lines that say why.

    Args:
        as_is: change nothing.
        eps: relative rounding of the numbers in the file.
    """
    constant = found.constant(eps)
    notes = tuple(_constant_notes(constant))
    if found.binary:
        note = f"all values are 0 or 1, {found.share:.3g} of them 1: kept as plain spikes"
        return Standard.of(BINARY), (*notes, note)
    if as_is:
        return Standard.of(AS_IS), notes
    if constant.all():
        return Standard.of(COLUMNS, found.mean, _above_zero(found.peak)), notes
    if found.share < 1 - MOSTLY_ZERO:
        standard, why = _sparse(found)
    else:
        standard, why = _dense(found, constant)
    return standard, (*notes, *why)


def _dense(found: Statistics, constant: Array) -> tuple[Standard, tuple[str, ...]]:
    mean = float(found.mean.mean())
    own = found.deviation[~constant]
    ratio = max(own.max(), np.abs(found.mean[~constant] - mean).max()) / own.min()
    if ratio <= APART:
        square = float(np.mean(found.deviation**2 + (found.mean - mean) ** 2))
        return Standard.of(WHOLE, mean, np.sqrt(square)), ()
    scale = np.where(constant, _above_zero(found.peak), found.deviation)
    note = f"columns differ by {ratio:.0e} in scale: each standardised by itself {_KEEPS}"
    return Standard.of(COLUMNS, found.mean, scale), (note,)


def _sparse(found: Statistics) -> tuple[Standard, tuple[str, ...]]:
    some = found.nonzero > 0
    square = (found.deviation**2 + found.mean**2) * found.count  # sums over a column
    own = np.sqrt(square / np.maximum(found.nonzero, 1))  # of what is not 0
    ratio = own[some].max() / own[some].min()
    head = f"{1 - found.share:.3g} of the values are 0 and stay 0; the others are divided by "
    if ratio <= APART:
        whole = np.sqrt(square.sum() / found.size)
        note = f"{head}{whole:.3g}, so that the mean square of all is 1 {_KEEPS}"
        return Standard.of(SPARSE, 0.0, whole), (note,)
    scale = _above_zero(own * np.sqrt(found.share))
    note = (
        f"{head}a number for each column, as columns differ by {ratio:.0e}, so that the mean "
        f"square of all is 1 {_KEEPS}"
    )
    return Standard.of(SPARSE, np.zeros(len(scale)), scale), (note,)


def _above_zero(scale: Array) -> Array:
    held: Array = np.where(scale > 0, scale, 1.0)
    return held


def _constant_notes(constant: Array) -> Iterable[str]:
    if constant.all():
        yield "warning: every node has the same features at every step: they say nothing"
    elif constant.any():
        which = np.flatnonzero(constant)
        named = ", ".join(str(n) for n in which[:3].tolist()) + (" ..." if len(which) > 3 else "")
        yield (
            f"warning: {len(which)} of {len(constant)} features are the same at every node and "
            f"step (number {named}): they say nothing"
        )
