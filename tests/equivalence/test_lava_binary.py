"""A model whose features are plain spikes, on Lava's runtime: the reference, spike for spike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

import neurograph_lava
from neurograph.chip.profiles import load_profile
from neurograph.quantization import quantize
from neurograph.runtime.reference.plain import run_plain
from neurograph.testing.models import SMALL, strong_model
from neurograph.testing.records import assert_lively, assert_same_run

pytestmark = [pytest.mark.lava, pytest.mark.slow, pytest.mark.usefixtures("lava")]


@pytest.mark.parametrize("lowering", ["fused", "stock"])
def test_binary_features(lowering: str) -> None:
    config = replace(SMALL, features=30, binary=True)
    shape = (5, config.steps, config.tree.slots, config.features)
    words = (np.random.default_rng(2).random(shape) < 0.1).astype(np.float32)
    network = quantize(strong_model(config).capture(), load_profile("loihi2"), {"x": words})
    inputs = network.encode({"x": words})
    assert inputs["x"].sum() == words.sum()
    want = run_plain(network, inputs, np.arange(5))
    assert_lively(want)
    got = neurograph_lava.run(network, inputs, np.arange(5), batch=2, lowering=lowering)
    assert_same_run(want, got)
