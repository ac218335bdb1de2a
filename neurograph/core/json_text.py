"""JSON as its standard has it, with numbers that 64 bits hold: what else a parser takes, we do not.

Python's own takes NaN, whole numbers of any length, texts that no encoding can write, and nests as
deep as its stack.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

WHOLE = 1 << 64  # seeds take all of it
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: no JSON; a number beyond 64 bits or without end; half of a character; nested
            too deeply.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite, parse_int=_bounded)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    check_characters(text, value)
    return value


def check_characters(text: str, value: Any) -> None:
    """Raise ValueError where the value of this JSON text holds half of a character."""
    if _SURROGATE.search(text):
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # UnicodeEncodeError is a ValueError


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is beyond 64 bits")
    return number


def _bounded(text: str) -> int:
    if len(text) > 20 or not -WHOLE < (number := int(text)) < WHOLE:
        raise ValueError(f"{text[:20]}... is beyond 64 bits")
    return number
