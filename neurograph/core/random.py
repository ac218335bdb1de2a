"""Counter-based random numbers for compiled loops: the same for any number of threads."""

from __future__ import annotations

import numba
import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@numba.njit(inline="always")
def scrambled(x):  # type: ignore[no-untyped-def]
    """SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@numba.njit(inline="always")
def below(counter, limit):  # type: ignore[no-untyped-def]
    """A uniform integer in ``[0, limit)`` for this counter; limit below 2**32."""
    bits = scrambled(counter) >> np.uint64(32)
    return np.int64((bits * np.uint64(limit)) >> np.uint64(32))


def first_counter(seed: int, step: int) -> np.uint64:
    """Where the counters of this seed and step begin; far from those of any other."""
    counter: np.uint64 = np.random.SeedSequence([seed, step]).generate_state(1, np.uint64)[0]
    return counter
