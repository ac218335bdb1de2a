"""Names that become part of a path: none of them leads elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

from neurograph.core.errors import StoreError

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}")


def check_name(name: object, where: Path) -> str:
    """A name of letters, digits and ``_ . + -``; raises StoreError for any other.

    Args:
        where: what it was read from.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise StoreError(
            f"{where}: {str(name)[:80]!r} is no name; needed letters, digits and _ . + -"
        )
    return name
