"""The readout on the chip, on Lava: spikes and states as the reference's, logits as the host's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import neurograph_lava
from neurograph.ir import Readout
from neurograph.ir.passes.on_chip_readout import readout_on_chip
from neurograph.ir.rounding import round_readout
from neurograph.runtime.reference import run_plain
from neurograph.testing import NEURON_KINDS, NeuronKind, random_network
from neurograph.verify import compare

pytestmark = [pytest.mark.lava, pytest.mark.usefixtures("lava")]


@pytest.mark.parametrize("lowering", ["fused", "stock"])
@pytest.mark.parametrize("kind", NEURON_KINDS)
def test_the_logits_that_leave_the_chip_are_the_hosts(kind: NeuronKind, lowering: str) -> None:
    """A recurrent network, five nodes in batches of 2, 2 and 1."""
    rng = np.random.default_rng(NEURON_KINDS.index(kind))
    network, inputs = random_network(rng, neuron=kind, recurrent=True, targets=5)
    width = network.readout.weight.shape[1]
    given = Readout(source="o", weight=rng.normal(0.1, 1, (4, width)), bias=rng.normal(size=4))
    network = replace(network, readout=round_readout(given, network.steps, network.latency))
    chip, nodes = readout_on_chip(network), np.arange(5)
    payloads = {**inputs, **chip.own_inputs(5)}
    want, host = run_plain(chip, payloads, nodes), run_plain(network, inputs, nodes)
    assert want.spikes["gates"].any()
    got = neurograph_lava.run(chip, payloads, nodes, batch=2, lowering=lowering)
    assert compare(want, got).identical
    np.testing.assert_array_equal(got.logits, host.logits)
