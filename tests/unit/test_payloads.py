"""Payloads: features rounded, and the mean of what rounding left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurograph.core.errors import NetworkError
from neurograph.ir import QStream, encode

STREAM = QStream(name="x", rows=1, channels=4, bits=4, scale=10.0)  # payloads -7 to 7


def test_the_mean_of_rounding_errors_by_hand():
    # 1.2, 1.2, 2.6, -0.3 units become 1, 1, 3, 0: errors 0.2, 0.2, -0.4, -0.3, mean -0.075;
    # a mean payload is 2 * 7 = 14 to the unit: -1.05
    x = np.array([[0.12, 0.12, 0.26, -0.03]])
    payloads = encode((STREAM, STREAM.mean()), {"x": x})
    assert payloads["x"].tolist() == [[1, 1, 3, 0]]
    assert payloads["x.mean"].tolist() == [[-1]]
    assert STREAM.mean().scale == 140.0


def test_what_clipping_cuts_off_counts_as_half_a_unit():
    # 50 units become 7, the error 43 counts as 0.5: (0.5 + 0 + 0 + 0) / 4 * 14 = 1.75
    x = np.array([[5.0, 0.1, 0.2, 0.3]])
    assert STREAM.mean().encode_mean(x, STREAM).tolist() == [[2]]


def test_features_that_are_all_alike_and_small_are_not_lost():
    x = np.full((2, 3, 1, 4), 0.02)  # 0.2 units: every payload is 0
    payloads = encode((STREAM, STREAM.mean()), {"x": x})
    assert not payloads["x"].any()
    decoded = payloads["x.mean"] / STREAM.mean().scale
    assert decoded == pytest.approx(0.02, abs=0.5 / 140)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(seed=st.integers(0, 1000), bits=st.integers(2, 12), channels=st.integers(1, 200))
def test_no_order_of_adding_changes_a_mean(seed, bits, channels):
    rng = np.random.default_rng(seed)
    stream = QStream(name="x", rows=3, channels=channels, bits=bits, scale=5.0)
    mean = stream.mean()
    x = rng.normal(size=(5, 2, 3, channels)).astype(np.float32)
    whole = mean.encode_mean(x, stream)
    assert np.abs(whole).max() <= mean.payload_max
    shuffled = x[..., rng.permutation(channels)]
    np.testing.assert_array_equal(mean.encode_mean(shuffled, stream), whole)
    np.testing.assert_array_equal(mean.encode_mean(x[2:3, 1:], stream), whole[2:3, 1:])


def test_blocks_do_not_show():
    stream = QStream(name="x", rows=1, channels=300, bits=8, scale=3.0)
    x = np.random.default_rng(0).normal(size=(500, 300)).astype(np.float32)  # more than a block
    whole = stream.mean().encode_mean(x, stream)
    rows = [stream.mean().encode_mean(row[None], stream)[0] for row in x]
    assert np.unique(whole).size > 10
    np.testing.assert_array_equal(whole, rows)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"channels": 2}, "x.mean: the mean of a stream has 1 channel of at least 2 bits, not 2"),
        ({"bits": 1}, "x.mean: the mean of a stream has 1 channel of at least 2 bits, not 1 of 1"),
    ],
)
def test_what_cannot_be_a_mean(changes, message):
    given = {"name": "x.mean", "rows": 1, "channels": 1, "bits": 4, "mean_of": "x", **changes}
    with pytest.raises(NetworkError) as error:
        QStream(**given)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("bits", [1, 2, 8, 9, 16])
@pytest.mark.parametrize("part", [1, 100, 1 << 21])
def test_compiled_rounding_is_the_formula(bits, part, monkeypatch):
    """In float32, half to even, clipped; in parts of any size."""
    monkeypatch.setattr("neurograph.ir.payloads._PART", part)
    rng = np.random.default_rng(bits)
    stream = QStream(name="x", rows=2, channels=33, bits=bits, scale=0.37)
    x = rng.normal(scale=50, size=(5, 3, 2, 33)).astype(np.float32)
    x[0, 0] = np.float32(2.5) / np.float32(0.37)  # halfway, as far as floats can say
    x[0, 1] = rng.choice([-np.inf, np.inf, 0.0], (2, 33))
    scaled = x * np.float32(0.37)
    wanted = np.clip(np.rint(scaled), stream.payload_min, stream.payload_max)
    np.testing.assert_array_equal(stream.encode(x), wanted.astype(np.int64))
    if bits == 1:
        return
    mean = stream.mean()
    error = np.clip(scaled - wanted.astype(np.float32), -0.5, 0.5).astype(np.float64)
    total = np.rint(error * (1 << 16)).sum(axis=-1, keepdims=True)
    both = encode((stream, mean), {"x": x})
    np.testing.assert_array_equal(both["x"], wanted.astype(np.int64))
    held = np.rint(total * (2.0 * mean.payload_max / ((1 << 16) * 33)))
    np.testing.assert_array_equal(both["x.mean"], held.astype(np.int64))
