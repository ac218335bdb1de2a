"""Libraries that only some conversions need."""

from __future__ import annotations

from typing import Any

from neurograph.core.errors import DataError


def networkx() -> Any:
    """The module.

    Raises:
        DataError: it is not installed.
    """
    try:
        import networkx as found
    except ImportError as error:
        raise DataError("networkx is not installed; pip install networkx") from error
    return found
