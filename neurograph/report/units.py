"""Numbers as people read them: SI prefixes, thousands separators, honest percentages."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

GAP = "\N{NARROW NO-BREAK SPACE}"  # between a number and its unit, and between thousands
DASH = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"
LEAST = 0.01  # of a unit that both ends of an interval have
NOTHING = "\N{EM DASH}"  # a number that does not exist
_PREFIXES = {-6: "a", -5: "f", -4: "p", -3: "n", -2: "µ", -1: "m", 0: "", 1: "k", 2: "M", 3: "G"}
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def quantity(value: float | None, unit: str) -> str:
    """Three significant digits with an SI prefix.

    >>> quantity(2.345e-6, "J").replace(GAP, " "), quantity(0, "J").replace(GAP, " ")
    ('2.35 µJ', '0 J')
    """
    if value is None:
        return NOTHING
    power = _power(value)
    return f"{_digits(value / 1000.0**power)}{GAP}{_PREFIXES[power]}{unit}"


def span(interval: Mapping[str, float], unit: str) -> str:
    r"""``low`` to ``high`` of an interval, with one prefix unless they are far apart.

    >>> span({"low": 9e-7, "typical": 1.2e-6, "high": 2e-6}, "J").replace(DASH, " to ")
    '0.900 to 2.00\u202fµJ'
    >>> span({"low": 2e-13, "typical": 5e-12, "high": 8e-9}, "J").replace(DASH, "to")
    '200\u202ffJ to 8.00\u202fnJ'
    """
    for power in (_power(interval["typical"] or interval["high"]), _power(interval["high"])):
        ends = [interval["low"] / 1000.0**power, interval["high"] / 1000.0**power]
        if ends[1] < 1000 and (ends[0] == 0 or ends[0] >= LEAST):
            low, high = map(_digits, ends)
            return f"{low if low == high else low + DASH + high}{GAP}{_PREFIXES[power]}{unit}"
    return f"{quantity(interval['low'], unit)} {DASH} {quantity(interval['high'], unit)}"


def percent(share: float | None, digits: int = 2) -> str:
    """A share in percent; never rounded to 0 or 100 unless it is.

    >>> [percent(s).replace(GAP, " ") for s in (0.6942, 1.0, 0.999999, 1e-9, 1.5)]
    ['69.42 %', '100 %', '> 99.99 %', '< 0.01 %', '150.00 %']
    """
    if share is None:
        return NOTHING
    if share in (0, 1):
        return f"{share * 100:.0f}{GAP}%"
    smallest = 10.0**-digits
    if 100 - smallest / 2 < share * 100 < 100:
        return f">{GAP}{100 - smallest:.{digits}f}{GAP}%"
    if 0 < share * 100 < smallest / 2:
        return f"<{GAP}{smallest:.{digits}f}{GAP}%"
    return f"{share * 100:.{digits}f}{GAP}%"


def shown(value: float | None, score: Mapping[str, Any]) -> str:
    """A score of a task, as `tasks.Score` says that it is read."""
    if value is None:
        return NOTHING
    return percent(value) if score["percent"] else f"{value:.4g}"


def sentence(phrase: str) -> str:
    """A phrase with a capital letter in front."""
    return phrase[:1].upper() + phrase[1:]


def count(value: float | None) -> str:
    """Thousands separated; a fraction keeps three significant digits.

    >>> [count(n).replace(GAP, " ") for n in (1234567, 1234.5, 12.345, 3.0, 0.25)]
    ['1 234 567', '1 234', '12.3', '3', '0.25']
    >>> count(1.2e-5) == f"1.2{TIMES}10⁻⁵"
    True
    """
    if value is None:
        return NOTHING
    if abs(value) >= 1000 or value == int(value):
        return f"{value:,.0f}".replace(",", GAP)
    digits, _, exponent = f"{value:.3g}".partition("e")
    return f"{digits}{TIMES}10{str(int(exponent)).translate(_RAISED)}" if exponent else digits


def counted(number: int, one: str, many: str) -> str:
    """How many, with the noun in its number.

    >>> counted(1, "replica", "replicas"), counted(2, "replica", "replicas")
    ('1 replica', '2 replicas')
    """
    return f"{count(number)} {one if number == 1 else many}"


def duration(seconds: float | None) -> str:
    """Wall time.

    >>> [duration(s).replace(GAP, " ") for s in (0.0123, 12.34, 200, 7300)]
    ['12.3 ms', '12.3 s', '3 min 20 s', '2 h 1 min']
    """
    if seconds is None or seconds < 60:
        return quantity(seconds, "s")
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{GAP}min {rest}{GAP}s"
    return f"{minutes // 60}{GAP}h {minutes % 60}{GAP}min"


def number_tick(value: float) -> str:
    """Labels an axis of plain numbers."""
    return f"{value:g}"


def percent_tick(share: float) -> str:
    """Labels an axis of shares."""
    return f"{100 * share:.3g}{GAP}%"


def joules_tick(largest: float) -> Callable[[float], str]:
    """Labels an axis of energies up to `largest`, all in one unit.

    >>> joules_tick(1e-6)(8e-7).replace(GAP, " ")
    '0.8 µJ'
    """
    power = _power(largest)

    def tick(joules: float) -> str:
        return f"{joules / 1000.0**power:.6g}{GAP}{_PREFIXES[power]}J" if joules else "0"

    return tick


def text(value: Any) -> str:
    """A JSON value on one line, for tables of provenance."""
    if value is None:
        return NOTHING
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {text(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(text, value))
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _power(value: float) -> int:
    if value == 0:
        return 0
    # round first: 999.96e-6 is 1.00 m, not 1000 µ
    exponent = math.floor(math.log10(float(f"{abs(value):.2e}")))
    return min(max(exponent // 3, min(_PREFIXES)), max(_PREFIXES))


def _digits(value: float) -> str:
    """Three significant digits, without an exponent, thousands separated."""
    if value == 0:
        return "0"
    decimals = max(0, 2 - math.floor(math.log10(float(f"{abs(value):.2e}"))))
    return f"{value:,.{decimals}f}".replace(",", GAP)
