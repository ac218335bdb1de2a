"""What Lava needs of an interpreter; the standard library alone, for whatever interpreter it is."""

from __future__ import annotations

LAVA, TESTED = "lava-nc", "0.10.0"
OLDEST, NEWEST = (3, 10), (3, 13)  # Python
NUMPY_HANGS = (2, 4)  # from this numpy on, Lava hangs

# package -> how pip is asked for it, beside Lava itself
NEEDED = {
    "numpy": "numpy<2.4",
    "scipy": "scipy",
    "networkx": "networkx>=2.8",
    "asteval": "asteval>=1",
}


def minor(version: str) -> tuple[int, ...]:
    """The first two numbers of a version, to compare."""
    return tuple(map(int, version.split(".")[:2]))
