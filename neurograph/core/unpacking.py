"""How much may come out of a packed file: a few bytes can stand for more than the memory holds."""

from __future__ import annotations

ALWAYS = 1 << 27  # bytes that may come out in any case
MANY = 100  # bytes from one, at most; tables of numbers are packed to a tenth or so
ZEROS = 256  # of our own HDF5 files: a layer that never fires packs as well as anything can


def allowed(packed: int, many: int = MANY) -> int:
    """Bytes that may come out of so many."""
    return max(ALWAYS, many * packed)


def too_much(size: int, packed: int, many: int = MANY) -> str:
    """Why `size` bytes from `packed` are refused."""
    return (
        f"unpacks to {size / 1e6:,.0f} MB from {packed / 1e6:,.3f} MB, limit "
        f"{allowed(packed, many) / 1e6:,.0f} MB; save it unpacked"
    )
