"""Counter-based random numbers for compiled loops: the same for any number of threads."""

from __future__ import annotations

import numpy as np

from neurograph.core.compiled import numba

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


@numba.njit(inline="always")
def uniform(counter):  # type: ignore[no-untyped-def]
    """A uniform float64 in ``[0, 1)`` for this counter."""
    return np.float64(scrambled(counter) >> np.uint64(11)) * (1.0 / (1 << 53))


@numba.njit(inline="always")
def heavy(counter, weight_before, start, end):  # type: ignore[no-untyped-def]
    """One of the entries ``start`` to ``end - 1``, each as likely as it is heavy.

    Args:
        weight_before: float64; what all entries before each one weigh, a last number for all.
    """
    low, high = start, end - 1
    sought = weight_before[start] + uniform(counter) * (weight_before[end] - weight_before[start])
    while low < high:
        middle = (low + high) // 2
        if weight_before[middle + 1] > sought:
            high = middle
        else:
            low = middle + 1
    return low


def first_counter(seed: int, step: int) -> np.uint64:
    """Where the counters of this seed and step begin; far from those of any other."""
    counter: np.uint64 = np.random.SeedSequence([seed, step]).generate_state(1, np.uint64)[0]
    return counter
