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
from neurograph.testing import Case, Mutation, corner_networks, delete, random_network
from neurograph.verify import compare
from neurograph_lava.program import QProgram, as_programs
from tests.equivalence.renaming import assert_outlives_a_rename

pytestmark = [pytest.mark.lava, pytest.mark.usefixtures("lava")]

MODELS = "neurograph_lava.processes.programmed.models"
STOCK = "neurograph_lava.processes.programmed.stock"
LOWER = "neurograph_lava.lower"

BIT_ACCURATE = "PyProgrammedLifModelBitAcc"
RESET = "v -= (t if s else v) * f"
KEEPS = "k = (o - int(d)) / o"
DECAY = 'np.floor(t * k, out=t, casting="unsafe")'
JUMP = "t += s * f"

Mutant = tuple[str, Mutation]  # a module, and what is changed in it


def _fused(change: Mutation) -> Mutant:
    return MODELS, replace(change, within=BIT_ACCURATE)


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


CORNERS = {
    name: Case(as_programs(case.network), *case[1:])
    for name, case in corner_networks().items()
    if not any(p.neuron.refractory for p in case.network.populations)  # whose update is another
}
SOFT = {f"soft, seed {seed}": random_case(seed) for seed in range(6)}
CASES = {**CORNERS, **SOFT}
FUSED: dict[str, Mutant] = {
    "soft reset is hard": _fused(Mutation(RESET, "v *= ~f")),
    "hard reset is soft": _fused(Mutation(RESET, "v -= t * f")),
    "no reset": _fused(delete(RESET)),
    "soft reset by the next threshold": _fused(
        Mutation(f"{RESET}\n{KEEPS}\n{DECAY}", f"{KEEPS}\n{DECAY}\n{RESET}")
    ),
    "theta does not decay": _fused(delete(DECAY)),
    "theta rounds": _fused(Mutation(DECAY, DECAY.replace("floor", "rint"))),
    "theta does not jump": _fused(delete(JUMP)),
    "one step for all neurons": _fused(Mutation(JUMP, "t += s[-1] * f")),
}
STOCK_MUTANTS: dict[str, Mutant] = {
    "soft reset is hard": (STOCK, Mutation("v[f] -= t[f]", "v[f] = 0")),
    "hard reset is soft": (
        STOCK,
        Mutation("if s:\n    v[f] -= t[f]\nelse:\n    v[f] = 0", "v[f] -= t[f]"),
    ),
    "no hard reset": (STOCK, delete("v[f] = 0")),
    "fires at equality": (STOCK, Mutation("v > t", "v >= t")),
    "theta does not decay": (STOCK, Mutation("t[:] = d(t, k)", "t[:] = t")),
    "theta does not jump": (STOCK, delete(JUMP)),
    "one step for all neurons": (STOCK, Mutation(JUMP, "t += s[-1] * f")),
}
IN_LOWERING: dict[str, Mutant] = {
    f"{value}: {what}": (
        LOWER,
        Mutation(
            f"ProgrammedLIF(..., {keyword}=e(t, r))", f"ProgrammedLIF(..., {keyword}={wrong})"
        ),
    )
    for value, keyword in (("other.theta", "theta"), ("other.threshold_step", "theta_step"))
    for what, wrong in (
        ("rows vary fastest", "np.repeat(t, r) if isinstance(t, tuple) else t"),
        ("the first channel's for all", "int(np.ravel(t)[0])"),
    )
} | {
    "no guard bits": (
        LOWER,
        Mutation("ProgrammedLIF(..., guard_bits=G)", "ProgrammedLIF(...)"),
    )
}


@pytest.fixture(scope="module")
def witness(in_process: ModuleType):
    return in_process.Witness({name: (case, 1) for name, case in CASES.items()})


@pytest.mark.parametrize("name", SOFT)
def test_both_references_agree_on_what_only_a_program_can_be(name: str) -> None:
    golden = run(*SOFT[name])
    assert compare(run_plain(*SOFT[name]), golden).identical
    assert any(0 < s.mean() < 1 for s in golden.spikes.values()), "silence proves nothing"


@pytest.mark.parametrize("lowering", ["fused", "stock"])
def test_every_corner_as_a_program_equals_the_reference(
    in_process: ModuleType, lowering: str
) -> None:
    for name, case in CASES.items():
        got = in_process.run(*case, lowering=lowering)
        assert compare(run(*case), got).identical, name
        assert any("Programmed" in model for model in got.versions.values())


@pytest.mark.parametrize("name", [*FUSED, *IN_LOWERING])
def test_a_case_kills_a_mutant(witness, name: str) -> None:
    assert witness.killer("fused", {**FUSED, **IN_LOWERING}[name])


@pytest.mark.parametrize("name", STOCK_MUTANTS)
def test_a_case_kills_a_mutant_of_the_stock_lowering(witness, name: str) -> None:
    assert witness.killer("stock", STOCK_MUTANTS[name])


@pytest.mark.parametrize(
    "mutants", [FUSED, STOCK_MUTANTS, IN_LOWERING], ids=["fused", "stock", "lowering"]
)
def test_mutants_survive_a_rename(in_process: ModuleType, mutants: dict[str, Mutant]) -> None:
    for module, mutation in mutants.values():
        assert_outlives_a_rename(mutation, in_process.ORIGINAL[module].__file__)
