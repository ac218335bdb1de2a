"""Numbers of things, for people."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """``28,085 nodes``, ``1 class``, ``10 classes``."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun}{'es' if noun.endswith('s') else 's'}"
