"""What the fields of an integer noun may hold: plain numbers of a range, or one per channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

import numpy as np

from neurograph.core.errors import NetworkError, NeuroGraphError

PerChannel = int | tuple[int, ...]  # one for all channels, or one per channel

# metadata of a field that nouns did not always have: at its default it is not written down, so
# that fingerprints and files of nouns without it stay what they were
ADDED: Mapping[str, bool] = MappingProxyType({"added": True})


def written_fields(noun: Any) -> tuple[str, ...]:
    """Names of the fields by which a noun is printed and stored."""
    return tuple(
        part.name
        for part in fields(noun)
        if not (part.metadata.get("added") and getattr(noun, part.name) == part.default)
    )


def written_values(noun: Any) -> dict[str, Any]:
    """A dataclass's `written_fields` and what they hold."""
    return {name: getattr(noun, name) for name in written_fields(noun)}


def written(noun: Any) -> str:
    """A dataclass's `repr` with its `written_fields`."""
    parts = ", ".join(f"{name}={getattr(noun, name)!r}" for name in written_fields(noun))
    return f"{type(noun).__qualname__}({parts})"


def plain_numbers(noun: Any, *per_channel: str) -> None:
    """NumPy scalars become Python numbers, so that equal nouns have equal fingerprints.

    Args:
        per_channel: fields in which lists and arrays become tuples of such numbers.
    """
    for part in fields(noun):
        value = getattr(noun, part.name)
        if isinstance(value, np.generic):
            object.__setattr__(noun, part.name, value.item())
        elif part.name in per_channel and isinstance(value, (list, tuple, np.ndarray)):
            object.__setattr__(noun, part.name, tuple(_plain(entry) for entry in value))


def _plain(entry: Any) -> Any:
    return entry.item() if isinstance(entry, np.generic) else entry


def integer(
    where: str,
    what: str,
    value: Any,
    low: int,
    high: int | None = None,
    *,
    error: type[NeuroGraphError] = NetworkError,
) -> None:
    """Raise `error` unless `value` is an integer, and no truth value, of this range.

    Args:
        where: the noun or layer that holds it.
        what: the field.
        value: of the field.
        low: smallest allowed.
        high: largest allowed; None: there is none.
        error: class of the error.
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if whole and value >= low and (high is None or value <= high):
        return
    value = _plain(value)  # not "np.int64(3)"
    expected = f"{low} to {high}" if high is not None else f"of at least {low}"
    raise error(f"{where}: {what} is {value!r}, expected an integer {expected}")


def within(
    where: str,
    what: str,
    value: Any,
    low: int,
    high: int,
    *,
    error: type[NeuroGraphError] = NetworkError,
) -> None:
    """Like `integer`, for one number or each entry of a tuple; names the first bad one."""
    if isinstance(value, tuple):
        for channel, entry in enumerate(value):
            integer(where, f"{what}[{channel}]", entry, low, high, error=error)
    else:
        integer(where, what, value, low, high, error=error)


def columns_of_rows(where: str, columns: Any, rows: int) -> None:
    """Raise NetworkError unless so many equal columns make up the rows."""
    integer(where, "columns", columns, 1)
    if rows % columns:
        raise NetworkError(
            f"{where}: {columns} columns of {rows} rows; needed a number of columns that divides it"
        )


def above_zero(where: str, what: str, value: Any) -> None:
    """Raise NetworkError, naming the first, unless every entry is a finite number above 0."""
    if isinstance(value, tuple):
        for channel, entry in enumerate(value):
            above_zero(where, f"{what}[{channel}]", entry)
    elif not (np.isfinite(value) and value > 0):
        raise NetworkError(f"{where}: {what} is {value}, expected above 0")


def shared(
    where: str, what: str, value: Any, remedy: str, *, error: type[NeuroGraphError] = NetworkError
) -> None:
    """Raise `error` if `value` is a tuple where all neurons share one number."""
    if isinstance(value, tuple):
        raise error(
            f"{where}: {what} for {len(value)} channels, limit one number, which all neurons "
            f"share; {remedy}"
        )


def one_or_each(
    where: str, what: str, value: Any, channels: int, *, error: type[NeuroGraphError] = NetworkError
) -> None:
    """Raise `error` if `value` is a tuple of another length than `channels`."""
    if isinstance(value, tuple) and len(value) != channels:
        raise error(
            f"{where}: {what} for {len(value)} channels, needed {channels} or one number for all"
        )
