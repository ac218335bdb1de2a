"""Versions of what computes, for records and manifests."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version


def versions(names: Iterable[str]) -> dict[str, str]:
    """Versions by name, in this order; what is not installed is left out.

    Args:
        names: of distributions; "python" is the running interpreter.
    """
    found = {}
    for name in names:
        try:
            found[name] = sys.version.split()[0] if name == "python" else version(name)
        except PackageNotFoundError:
            continue
    return found
