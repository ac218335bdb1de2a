"""The integer arithmetic: each function against its definition, on any value of its width."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neurograph.core import fixedpoint as fx

every = settings(derandomize=True, deadline=None, max_examples=200)
HALF, PERIOD = 1 << 23, 1 << 24
states = st.integers(-HALF, HALF)
wide = st.integers(-(1 << 40), 1 << 40)


def test_doctests_of_fixedpoint():
    result = doctest.testmod(fx)
    assert result.attempted > 5
    assert result.failed == 0


@every
@given(total=wide, exponent=st.integers(fx.WEIGHT_EXP_MIN, fx.WEIGHT_EXP_MAX))
@example(total=-1, exponent=-8)
def test_a_right_shift_floors_and_a_left_shift_is_exact(total, exponent):
    shifted = int(fx.shift_sum(np.array([total]), exponent)[0])
    assert shifted == (total * 2**exponent if exponent >= 0 else total // 2**-exponent)


@every
@given(state=states, keep=st.integers(0, fx.DECAY_ONE))
@example(state=-4095, keep=1)
@example(state=-HALF, keep=fx.DECAY_ONE)
def test_a_decay_rounds_towards_zero(state, keep):
    kept = int(fx.decay_to_zero(np.array([state], np.int32), keep)[0])
    exact = abs(state) * keep // fx.DECAY_ONE
    assert kept == (exact if state >= 0 else -exact)


def test_no_decay_keeps_every_state():
    state = np.array([-HALF, -1, 0, 1, HALF])
    assert fx.decay_to_zero(state, fx.DECAY_ONE).tolist() == state.tolist()


@every
@given(state=st.integers(-3 * HALF, 3 * HALF), bits=st.just(24))
@example(state=HALF, bits=24)
@example(state=HALF + 1, bits=24)
@example(state=-HALF, bits=24)
@example(state=-HALF + 1, bits=24)
@example(state=3 * HALF, bits=24)
def test_a_wrap_is_congruent_and_inside_lavas_interval(state, bits):
    wrapped = int(fx.wrap_once(np.array([state]), bits)[0])
    assert (state - wrapped) % PERIOD == 0
    assert -HALF < wrapped <= HALF or state == -3 * HALF  # one wrap from there ends at -HALF


def test_a_sum_two_wraps_away_is_wrapped_once():
    assert fx.wrap_once(np.array([5 * HALF, -5 * HALF])).tolist() == [3 * HALF, -3 * HALF]


def lava_wrap(decayed: np.ndarray) -> np.ndarray:
    """The lines of PyLifModelBitAcc.subthr_dynamics, lava-nc 0.10.0."""
    max_uv_val = 2**23
    wrapped = np.where(decayed > max_uv_val, decayed - 2 * max_uv_val, decayed)
    return np.where(wrapped <= -max_uv_val, decayed + 2 * max_uv_val, wrapped)


def test_wrap_is_what_lava_computes_at_and_around_every_end():
    ends = [sign * n * HALF + d for sign in (1, -1) for n in range(4) for d in range(-3, 4)]
    state = np.array([*ends, *np.random.default_rng(0).integers(-(1 << 26), 1 << 26, 1000)])
    assert fx.wrap_once(state).tolist() == lava_wrap(state).tolist()


@every
@given(state=wide)
@example(state=HALF)
@example(state=-HALF)
def test_saturation_clips_to_the_symmetric_range(state):
    assert int(fx.saturate(np.array([state]))[0]) == max(-(HALF - 1), min(HALF - 1, state))


@every
@given(theta=st.integers(0, fx.STATE_MAX), decay=st.integers(0, fx.DECAY_ONE))
def test_a_threshold_decay_floors(theta, decay):
    kept = int(fx.decay_threshold(np.array([theta], np.int32), decay)[0])
    assert kept == theta * (fx.DECAY_ONE - decay) // fx.DECAY_ONE


@pytest.mark.parametrize("function", [fx.wrap_once, fx.saturate])
def test_small_states_are_left_alone(function):
    state = np.arange(-5, 6)
    assert function(state).tolist() == state.tolist()
