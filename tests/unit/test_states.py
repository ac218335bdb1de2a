"""States of a whole graph in files: kept, and taken up where everything is what it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurograph.core.errors import RunError
from neurograph.ir import QNetwork, Schedule
from neurograph.ir.passes.cut import first_snapshots
from neurograph.runtime.record import RunRecord
from neurograph.runtime.reference import run
from neurograph.testing.graphs import random_graph
from neurograph.testing.resident_networks import random_payloads, random_resident
from neurograph.workflow.states import Whole

NODES, STEPS, DONE = 12, 5, 3
IDS = np.array([f"né{number}" for number in range(NODES)])


def whole(**changes: object) -> Whole:
    rng = np.random.default_rng(3)
    network = random_resident(rng, nodes=NODES, steps=STEPS)
    graph = replace(random_graph(nodes=NODES, steps=STEPS, edges=30)[0], ids=IDS)
    given = {"graph": graph, "network": network, "payloads": random_payloads(rng, network)}
    return Whole(**{**given, **changes})  # type: ignore[arg-type]


def started(of: Whole) -> RunRecord:
    first = first_snapshots(of.network, DONE)
    assert isinstance(first, QNetwork)
    return run(first, {n: x[:, :DONE] for n, x in of.payloads.items()}, np.arange(NODES))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    whole().keep(tmp_path, started(whole()))
    return tmp_path


def check_record(found: RunRecord, want: RunRecord, rows: np.ndarray) -> None:
    for name, spikes in want.spikes.items():
        np.testing.assert_array_equal(found.spikes[name], spikes[rows])
        for state, value in want.final[name].items():
            np.testing.assert_array_equal(found.final[name][state], value[rows])


def test_what_was_kept_is_taken_up(kept: Path) -> None:
    found = whole().taken_up(kept, "reference", DONE)
    check_record(found, started(whole()), np.arange(NODES))
    assert found.spikes["h2"].any()


def test_nodes_are_known_by_their_ids_in_whatever_order(kept: Path) -> None:
    from neurograph.ir.passes.later import of_nodes

    order = np.random.default_rng(1).permutation(NODES)
    one = whole()
    mixed = whole(
        graph=replace(one.graph, ids=IDS[order]),
        network=replace(of_nodes(one.network, order), readout=one.network.readout),
        payloads={name: x[order] for name, x in one.payloads.items()},
    )
    check_record(mixed.taken_up(kept, "reference", DONE), started(one), order)


def changed_edges(network: QNetwork, step: int) -> QNetwork:
    """What every node multiplies itself by in a snapshot is another number."""

    def changed(mix: Schedule) -> Schedule:
        of_self = mix.of_self.copy()
        of_self[step] = 1 - np.minimum(of_self[step], 1)
        return mix.with_values(mix.of_so_far, mix.of_new, of_self)

    return replace(
        network,
        projections=tuple(
            replace(j, mix=changed(j.mix)) if isinstance(j.mix, Schedule) else j
            for j in network.projections
        ),
    )


def changed_inputs(of: Whole, step: int) -> dict[str, np.ndarray]:
    found = {name: x.copy() for name, x in of.payloads.items()}
    found["x"][0, step] += 1
    return found


def test_what_comes_later_may_be_anything(kept: Path) -> None:
    network = changed_edges(whole().network, DONE)
    later = whole(network=network, payloads=changed_inputs(whole(), DONE))
    check_record(later.taken_up(kept, "reference", DONE), started(whole()), np.arange(NODES))


@pytest.mark.parametrize("step", range(DONE))
def test_edges_and_inputs_of_the_snapshots_that_are_done_must_stay(kept: Path, step: int) -> None:
    with pytest.raises(RunError, match="of other edges in its 3 snapshots than the graph has"):
        whole(network=changed_edges(whole().network, step)).taken_up(kept, "reference", DONE)
    with pytest.raises(RunError, match="of other features or labels in its 3 snapshots"):
        whole(payloads=changed_inputs(whole(), step)).taken_up(kept, "reference", DONE)


def test_integers_must_stay(kept: Path) -> None:
    network = whole().network
    first, *rest = network.populations
    mant = first.bias_mant.copy()
    mant[0] += 1
    other = replace(network, populations=(replace(first, bias_mant=mant), *rest))
    with pytest.raises(RunError, match="of other integers than those of the deployment"):
        whole(network=other).taken_up(kept, "reference", DONE)


def test_nodes_must_be_there(kept: Path) -> None:
    ids = IDS.copy()
    ids[4] = "somebody else"
    with pytest.raises(RunError, match=r"of another graph: node né4 is not in .* \(1 such\)"):
        whole(graph=replace(whole().graph, ids=ids)).taken_up(kept, "reference", DONE)


def test_a_state_that_is_not_there(kept: Path) -> None:
    with pytest.raises(RunError, match=r"no state after 2 snapshots .* \(kept: after 3 on ref"):
        whole().taken_up(kept, "reference", 2)
    with pytest.raises(RunError, match="run first: neurograph run --keep-state 3 --backend other"):
        whole().taken_up(kept, "other", DONE)
