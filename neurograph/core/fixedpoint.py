"""The integer arithmetic of the chip, each function with its width. Everything else calls these.

Source: lava-nc 0.10.0, lava/proc/lif/models.py (PyLifModelBitAcc) and
lava/utils/weightutils.py; Davies et al., IEEE Micro 38(1), 2018.
"""

from __future__ import annotations

import numpy as np

from neurograph.core.arrays import Array

GUARD_BITS = 6  # u, v and thresholds sit 6 bits above the least significant bit of a sum
DECAY_ONE = 4096  # decays are 12-bit fractions of this
STATE_BITS = 24  # u and v are signed 24-bit numbers
STATE_MAX = (1 << (STATE_BITS - 1)) - 1
THRESHOLD_MAX = (1 << 17) - 1  # 17-bit threshold mantissa
BIAS_MANT_MAX = (1 << 12) - 1  # 13-bit signed bias mantissa
BIAS_EXP_MAX = 7
WEIGHT_EXP_MIN, WEIGHT_EXP_MAX = -8, 7
WEIGHT_EVEN_MIN, WEIGHT_EVEN_MAX = -256, 254  # mixed signs: even values only
WEIGHT_MAX = 255  # one sign only
DELAY_MAX = 62


def shift_sum(total: Array, exponent: int) -> Array:
    """Scale a synaptic sum by ``2**exponent``; a right shift floors the sum.

    >>> shift_sum(np.array([5, -5]), -1).tolist(), shift_sum(np.array([5, -5]), 2).tolist()
    ([2, -3], [20, -20])
    """
    return total << exponent if exponent >= 0 else total >> -exponent


def decay_to_zero(state: Array, keep: int) -> Array:
    """``trunc0(state * keep / 4096)`` for a 24-bit state and ``keep`` in 0..4096.

    >>> decay_to_zero(np.array([4095, -4095]), 1).tolist()
    [0, 0]
    >>> decay_to_zero(np.array([10000, -10000]), 2048).tolist()
    [5000, -5000]
    """
    product = np.asarray(state, np.int64) * keep
    kept: Array = np.sign(product) * (np.abs(product) >> 12)
    return kept


def wrap_once(state: Array, bits: int = STATE_BITS) -> Array:
    """Wrap ``state`` by one period of ``2**bits`` where it leaves ``(-2**(bits-1), 2**(bits-1)]``.

    Lava's interval: ``2**(bits-1)`` itself stays, ``-2**(bits-1)`` wraps up.

    >>> wrap_once(np.array([8, 9, -8, -7]), bits=4).tolist()
    [8, -7, 8, -7]
    """
    half, period = 1 << (bits - 1), 1 << bits
    return np.where(state > half, state - period, np.where(state <= -half, state + period, state))


def saturate(state: Array, bits: int = STATE_BITS) -> Array:
    """Clip ``state`` to ``+-(2**(bits-1) - 1)``.

    >>> saturate(np.array([100, -100]), bits=4).tolist()
    [7, -7]
    """
    top = (1 << (bits - 1)) - 1
    return np.clip(state, -top, top)


def decay_threshold(theta: Array, decay: int) -> Array:
    """``theta * (4096 - decay) >> 12`` for a non-negative 24-bit threshold.

    >>> decay_threshold(np.array([4096, 1]), 1229).tolist()
    [2867, 0]
    """
    return np.asarray(theta, np.int64) * (DECAY_ONE - decay) >> 12
