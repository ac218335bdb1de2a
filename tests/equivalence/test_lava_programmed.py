"""A neuron without a process of its own runs on Lava as a program, equal to the bit.

Every corner runs once more with all its neurons as programs, so that what the chip's own processes
are tested for holds for the general one, too; and neurons that only a program can be.
"""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from neurograph.ir import QNetwork
from neurograph.runtime.reference import run
from neurograph.runtime.reference.plain import run_plain
from neurograph.testing import Case, corner_networks, random_network
from neurograph.verify import compare
from neurograph_lava.program import QProgram, as_programs

pytestmark = [pytest.mark.lava, pytest.mark.usefixtures("lava")]

MODELS = "neurograph_lava.processes.programmed.models"
STOCK = "neurograph_lava.processes.programmed.stock"
LOWER = "neurograph_lava.lower"

RESET = "self.v -= (self.theta if self.soft_reset else self.v) * fired\n        keep"
DECAY = 'np.floor(self.theta * keep, out=self.theta, casting="unsafe")'
JUMP = "self.theta += self.theta_step * fired"
STOCK_JUMP = "self.theta += self.theta_step * spike_vector"


def softly(network: QNetwork) -> QNetwork:
    """`network` as programs, all of which reset softly, whatever their thresholds do."""
    return replace(
        network,
        populations=tuple(
            replace(p, neuron=replace(QProgram.of(p.neuron), soft_reset=True))
            for p in network.populations
        ),
    )


def random_case(seed: int) -> Case:
    """Moving thresholds under soft resets, which no kind here has."""
    network, inputs = random_network(np.random.default_rng(seed), neuron="AdaptiveLIF")
    return Case(softly(network), inputs, np.arange(3))


CORNERS = {n: Case(as_programs(c.network), *c[1:]) for n, c in corner_networks().items()}
SOFT = {f"soft, seed {seed}": random_case(seed) for seed in range(6)}
CASES = {**CORNERS, **SOFT}
FUSED = {
    "soft reset is hard": (MODELS, RESET, "self.v *= ~fired\n        keep"),
    "hard reset is soft": (MODELS, RESET, "self.v -= self.theta * fired\n        keep"),
    "no reset": (MODELS, RESET, "keep"),
    "soft reset by the next threshold": (
        MODELS,
        f"{RESET} = (fx.DECAY_ONE - int(self.theta_decay)) / fx.DECAY_ONE\n        {DECAY}",
        "keep = (fx.DECAY_ONE - int(self.theta_decay)) / fx.DECAY_ONE\n"
        f"        {DECAY}\n        {RESET.splitlines()[0]}",
    ),
    "theta does not decay": (MODELS, DECAY, "pass"),
    "theta rounds": (MODELS, "np.floor(self.theta", "np.rint(self.theta"),
    "theta does not jump": (MODELS, JUMP, "pass"),
    "one step for all neurons": (MODELS, JUMP, JUMP.replace("_step", "_step[-1]")),
}
STOCK_MUTANTS = {
    "soft reset is hard": (STOCK, "-= self.theta[spike_vector]", "= 0"),
    "hard reset is soft": (STOCK, "if self.soft_reset:", "if True:"),
    "no hard reset": (STOCK, "self.v[spike_vector] = 0", "pass"),
    "fires at equality": (STOCK, "self.v > self.theta", "self.v >= self.theta"),
    "theta does not decay": (STOCK, "decay_threshold(self.theta, self.theta_decay)", "self.theta"),
    "theta does not jump": (STOCK, STOCK_JUMP, "pass"),
    "one step for all neurons": (STOCK, STOCK_JUMP, STOCK_JUMP.replace("_step", "_step[-1]")),
}
IN_LOWERING = {
    f"{value}: {what}": (LOWER, f"_each({value}, rows)", wrong.format(value))
    for value in ("other.theta", "other.threshold_step")
    for what, wrong in (
        ("rows vary fastest", "np.repeat({0}, rows) if isinstance({0}, tuple) else {0}"),
        ("the first channel's for all", "int(np.ravel({0})[0])"),
    )
} | {"no guard bits": (LOWER, "guard_bits=other.guard_bits,", "")}


@pytest.fixture(scope="module")
def witness():
    return {name: (case, run(*case)) for name, case in CASES.items()}


@pytest.mark.parametrize("name", SOFT)
def test_both_references_agree_on_what_only_a_program_can_be(name: str, witness) -> None:
    case, golden = witness[name]
    assert compare(run_plain(*case), golden).identical
    assert any(0 < s.mean() < 1 for s in golden.spikes.values()), "silence proves nothing"


def killer(in_process: ModuleType, witness, lowering: str, mutant: tuple[str, str, str]) -> str:
    """The first case that notices; "" if none does."""
    code = in_process.mutated(*mutant)
    for name, (case, golden) in witness.items():
        try:
            got = in_process.run(*case, lowering=lowering, code=code)
        except (AssertionError, IndexError) as error:
            return f"{name}: {error}"
        if not compare(golden, got).identical:
            return name
    return ""


@pytest.mark.parametrize("lowering", ["fused", "stock"])
def test_every_corner_as_a_program_equals_the_reference(
    in_process: ModuleType, witness, lowering: str
) -> None:
    for name, (case, golden) in witness.items():
        got = in_process.run(*case, lowering=lowering)
        assert compare(golden, got).identical, name
        assert any("Programmed" in model for model in got.versions.values())


@pytest.mark.parametrize("name", [*FUSED, *IN_LOWERING])
def test_a_case_kills_a_mutant(in_process: ModuleType, witness, name: str) -> None:
    assert killer(in_process, witness, "fused", {**FUSED, **IN_LOWERING}[name])


@pytest.mark.parametrize("name", STOCK_MUTANTS)
def test_a_case_kills_a_mutant_of_the_stock_lowering(
    in_process: ModuleType, witness, name: str
) -> None:
    assert killer(in_process, witness, "stock", STOCK_MUTANTS[name])
