"""Texts of others, shown as texts: whatever a terminal or a spreadsheet would make of them.

Names of classes, nodes, files and chips come with data. A terminal takes some characters as orders
(to move, to set the title of its window, to write backwards), a spreadsheet takes some texts as
formulas.
"""

from __future__ import annotations

import re

_ORDERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # all control characters but tab and end of line
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction of writing
    "\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufff9-\ufffb\U000e0000-\U000e007f"  # not seen
    "\u2028\u2029\ud800-\udfff\ufeff]"
)
_FORMULA = re.compile(r"[=+\-@\t\r\n]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def plain(text: str) -> str:
    r"""The text, with characters that a terminal obeys written out.

    >>> plain("\x1b[31mred\x07, tab\tstays")
    '\\x1b[31mred\\x07, tab\tstays'
    """
    return _ORDERS.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def no_formula(text: str) -> str:
    """The text of a cell that no spreadsheet takes for a formula: with a ' before it, if it must.

    >>> no_formula("=1+1"), no_formula("-1.5"), no_formula("oak")
    ("'=1+1", '-1.5', 'oak')
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
