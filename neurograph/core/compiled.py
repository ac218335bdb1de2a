"""numba, once it has a place for what it compiles; whoever compiles imports it from here."""

from __future__ import annotations

from neurograph.core.numba_cache import settle_cache

settle_cache()

import numba  # noqa: E402 which reads the environment as it is imported

__all__ = ["numba"]
