"""Bytes of a text file as UTF-8 with line ends of one kind."""

from __future__ import annotations

import codecs
from pathlib import Path

from neurograph.core.errors import DataError

WAY_OUT = "name its encoding, e.g. --encoding latin-1 or --encoding utf-16"
MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)


def to_utf8(path: Path, data: bytes, encoding: str | None = None) -> bytes:
    r"""Text in any encoding as UTF-8 without a mark, every line end a single ``\n``.

    Args:
        path: for errors.
        data: as the file has it.
        encoding: of the data. None: by its mark, or UTF-16 by its zeros, or UTF-8.

    Raises:
        DataError: the data is not in that encoding, or is no text.
    """
    mark, found = next(((m, name) for m, name in MARKS if data.startswith(m)), (b"", None))
    data = data[len(mark) :] if mark else data
    name = found or encoding or _by_zeros(data) or "utf-8"
    try:
        if codecs.lookup(name).name != "utf-8":
            data = data.decode(name).encode("utf-8")
        elif not data.isascii():
            _check(data)
    except (UnicodeError, ValueError) as error:
        raise DataError(f"{path}: not {name.upper()} text ({_reason(error)}); {WAY_OUT}") from error
    except LookupError as error:
        raise DataError(f"{path}: unknown encoding '{encoding}'; e.g. latin-1, cp1252") from error
    if b"\0" in data:
        raise DataError(f"{path}: not a text file: a zero byte at {data.index(bytes(1))}")
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def _by_zeros(data: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of plain letters is zero."""
    start = data[:2000]
    if len(start) < 4 or b"\0" not in start:
        return None
    even, odd = start[::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if odd > 0.7 * half and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 * half and odd == 0 else None


def _check(data: bytes) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    step = 1 << 24  # never the whole file as one text, which may take four times its size
    for begin in range(0, len(data), step):
        decoder.decode(data[begin : begin + step], final=begin + step >= len(data))


def _reason(error: Exception) -> str:
    if not isinstance(error, UnicodeDecodeError):
        return str(error)
    return f"byte 0x{error.object[error.start]:02x}: {error.reason}"
