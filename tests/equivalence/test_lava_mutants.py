"""Each line that runs a network on Lava matters: change one, and a corner network notices.

Every corner runs on a mutant, without Lava's runtime, ordinary ones in several batches. The
witness is the fast reference, which shares no code with our process models.
"""

from __future__ import annotations

from queue import Empty
from types import ModuleType
from typing import Any

import pytest

from neurograph.testing import Mutation, corner_networks
from neurograph.testing.resident_corners import resident_corners
from neurograph.verify import compare
from tests.equivalence import network_mutants, resident_mutants
from tests.equivalence.renaming import assert_outlives_a_rename

pytestmark = [pytest.mark.lava, pytest.mark.slow, pytest.mark.usefixtures("lava")]

MUTANTS = {
    ("networks", "fused"): network_mutants.FUSED,
    ("networks", "stock"): network_mutants.ON_LAVAS_MEMBRANE,
    ("residents", "fused"): resident_mutants.FUSED,
    ("residents", "stock"): resident_mutants.ON_LAVAS_PROCESSES,
}


@pytest.fixture(scope="module")
def witnesses(in_process: ModuleType) -> dict[str, Any]:
    several = {name: in_process.in_batches(case) for name, case in corner_networks().items()}
    return {
        "networks": in_process.Witness(
            {name: (case, len(case.nodes) // 4) for name, case in several.items()}
        ),
        "residents": in_process.Witness(
            {name: (case, 1) for name, case in resident_corners().items()}
        ),
    }


@pytest.mark.parametrize(("of", "lowering"), MUTANTS)
def test_unchanged_models_survive(witnesses: dict[str, Any], of: str, lowering: str) -> None:
    assert witnesses[of].killer(lowering) == ""


@pytest.mark.parametrize(
    ("of", "lowering", "name"), [(*key, name) for key, found in MUTANTS.items() for name in found]
)
def test_corners_kill_a_mutant(
    witnesses: dict[str, Any], of: str, lowering: str, name: str
) -> None:
    assert witnesses[of].killer(lowering, MUTANTS[of, lowering][name])


def test_a_connection_that_receives_first_waits_for_ever_in_a_loop(
    in_process: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of sending and receiving changes no number, but recurrence depends on it."""
    send, receive = "s(p.popleft())", "p.append(R)"
    swapped = Mutation(f"{send}\n{receive}", f"{receive}\n{send}")
    code = in_process.mutated({network_mutants.DELAYED: swapped})
    monkeypatch.setattr(in_process, "DEADLOCK_S", 1.0)
    corners = corner_networks()
    forward = in_process.in_batches(corners["mixed rows"])
    golden = in_process.reference(*forward)
    assert compare(golden, in_process.run(*forward, batch=2, code=code)).identical
    loop = in_process.in_batches(corners["loops and delays"])
    with pytest.raises(Empty):
        in_process.run(*loop, batch=2, code=code)


@pytest.mark.parametrize(("of", "lowering"), MUTANTS)
def test_mutants_survive_a_rename(in_process: ModuleType, of: str, lowering: str) -> None:
    for module, mutation in MUTANTS[of, lowering].values():
        assert_outlives_a_rename(mutation, in_process.ORIGINAL[module].__file__)
