"""Traces of a Loihi 2, replayed: networks are read, inputs given, and nothing may differ."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from neurograph.ir import QNetwork
from neurograph.runtime.engine import Chunk, IntegerArithmetic
from neurograph.runtime.exporters import read_network
from neurograph.runtime.reference import fast

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def silicon(data_dir: Path) -> Path:
    return data_dir / "silicon"


@cache
def network(path: Path) -> QNetwork:
    return read_network(path, "netx")


@pytest.mark.parametrize(
    ("name", "sizes"), [("oxford", (200, 256, 200)), ("mnist", (784, 128, 64, 10))]
)
def test_dense_networks_are_chains(silicon: Path, name: str, sizes: tuple[int, ...]) -> None:
    found = network(silicon / f"{name}.net")
    assert [s.channels for s in (*found.streams, *found.populations)] == list(sizes)
    assert [j.weight.shape for j in found.projections] == list(
        zip(sizes[1:], sizes[:-1], strict=True)
    )


def test_dense(silicon: Path) -> None:
    """The first layer of the Oxford network over 2,000 steps: spikes and synaptic currents."""
    with np.load(silicon / "dense_traces.npz") as traces:
        given, out, current = (traces[name] for name in ("in", "out", "current"))
    whole = network(silicon / "oxford.net")
    first = replace(
        whole,
        steps=given.shape[1],
        populations=whole.populations[:1],
        projections=whole.projections[:1],
    )
    x = given.T[None, :, None].astype(np.int8)
    record = fast.run(first, {"input": x}, np.arange(1))
    found = record.spikes["dense0"]
    assert out.any()
    np.testing.assert_array_equal(found[0, :, 0].T, out)
    sums = Chunk(first, IntegerArithmetic(first), {"input": x}, {"dense0": found}).sums("dense0")
    np.testing.assert_array_equal(sums[0].T, current)
