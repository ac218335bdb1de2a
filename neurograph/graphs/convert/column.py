"""Values of a pandas series, or of Python objects, as a column of a `Table`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from neurograph.core.arrays import Array
from neurograph.core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Where = Callable[[int], str]


def objects_column(values: Iterable[Any], where: Where) -> Array:
    """Python objects, None where nothing is, as `series_column` has them."""
    import pandas as pd

    return series_column(pd.Series(list(values), dtype=object).infer_objects(), where)


def series_column(series: pd.Series[Any], where: Where) -> Array:
    """int64, float64, bool, datetime64[ns] in UTC, or objects: texts with None where nothing is.

    Args:
        where: row to words for an error.

    Raises:
        DataError: a value is no number, text or time, for instance a list.
    """
    import pandas as pd

    kind = series.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return series_column(series.astype(kind.categories.dtype), where)
    if isinstance(kind, pd.PeriodDtype):
        series = series.dt.to_timestamp()
    if isinstance(kind, pd.DatetimeTZDtype) or series.dtype.kind == "M":
        return _times(series, where)
    if series.dtype.kind == "m":
        return np.asarray(series.dt.total_seconds(), np.float64)
    if series.dtype.kind in "biuf":
        return _numbers(series)
    return _objects(series.astype(object), where)


def _times(series: pd.Series[Any], where: Where) -> Array:
    """Without a zone they are in UTC."""
    import pandas as pd

    try:
        of_numpy = series.dtype.kind == "M" and not isinstance(series.dtype, pd.ArrowDtype)
        found = pd.to_datetime(series if of_numpy else series.astype(object), utc=True)
        return np.asarray(found.dt.tz_localize(None).dt.as_unit("ns"), "datetime64[ns]")
    except (ValueError, OverflowError) as error:
        raise DataError(f"{where(0)}: times that cannot be read ({error})") from error


def _numbers(series: pd.Series[Any]) -> Array:
    empty = series.isna().to_numpy(bool)
    if series.dtype.kind == "f":
        return np.asarray(series.to_numpy(np.float64, na_value=np.nan))
    if empty.any():  # of a nullable type
        return _texts(series.astype(object).to_numpy(), empty)
    if series.dtype.kind == "b":
        return np.asarray(series.to_numpy(bool))
    if series.dtype.kind == "u" and series.max() > np.iinfo(np.int64).max:
        return _texts(series.astype(object).to_numpy(), empty)
    return np.asarray(series.to_numpy(np.int64))


def _objects(series: pd.Series[Any], where: Where) -> Array:
    values: Array = series.to_numpy(object)
    empty = series.isna().to_numpy(bool)
    kinds = {type(value) for value in values[~empty]}
    if kinds <= {str}:
        values = values.copy()
        values[empty] = None
        return values
    for kind in kinds:
        if issubclass(kind, list | dict | set | bytes | np.ndarray):
            row = next(i for i, value in enumerate(values) if type(value) is kind)
            raise DataError(f"{where(row)}: a {kind.__name__}; needed a number, a text or a time")
    if kinds and all(issubclass(kind, date | np.datetime64) for kind in kinds):
        return _times(series, where)
    if kinds and not empty.any() and all(issubclass(kind, bool | np.bool_) for kind in kinds):
        return values.astype(bool)
    if kinds and not empty.any() and all(issubclass(kind, Integral) for kind in kinds):
        whole = np.iinfo(np.int64)
        if all(whole.min <= value <= whole.max for value in values):
            return values.astype(np.int64)
    elif kinds and all(issubclass(kind, Real | Decimal) for kind in kinds):
        return np.where(empty, np.nan, np.where(empty, 0, values)).astype(np.float64)
    return _texts(values, empty)


def _texts(values: Array, empty: Array) -> Array:
    texts = [None if none else str(value) for value, none in zip(values, empty, strict=True)]
    return np.array(texts, object)
