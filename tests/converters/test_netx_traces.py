"""Traces of a Loihi 2, replayed: networks are read, inputs given, and nothing may differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import neurograph_lava
from neurograph.core.errors import NetworkError
from neurograph.runtime.exporters import read_network
from neurograph.runtime.record import RunRecord
from neurograph.runtime.reference import fast
from neurograph.verify.replay import Replayed, Traced, replay, replay_last
from neurograph.workflow.silicon import traces
from neurograph.workflow.silicon.traces import Silicon

pytestmark = pytest.mark.data
ONE = np.arange(1)
Run = Callable[[Path], Silicon]
# run, values per kind
RUNS = {
    "dense": (traces.dense, {"spikes": 512_000, "u": 512_000}),
    "tinynet": (traces.tinynet, {"spikes": 15 * (768 + 864 + 36), "u": 15 * 864}),
    "pilotnet": (
        traces.pilotnet,
        {"spikes": 24 * 158_508, "u": 24 * 42_876, "v": 24 * 42_876},
    ),
    "pilotnet, last layer": (traces.pilotnets_last, {"spikes": 25, "u": 25, "v": 25}),
}


@pytest.fixture(scope="module")
def folder(data_dir: Path) -> Path:
    return data_dir / "silicon"


def assert_nothing_differs(found: tuple[Replayed, ...]) -> dict[str, int]:
    """How many values of each kind were compared."""
    assert [one for one in found if one.differing] == []
    kinds = {one.what for one in found}
    return {what: sum(one.values for one in found if one.what == what) for what in kinds}


def reference(run: Silicon) -> RunRecord:
    return fast.run(run.network, run.inputs, ONE)


@pytest.mark.parametrize(("chip", "values"), RUNS.values(), ids=RUNS)
def test_the_reference_is_the_chip(folder: Path, chip: Run, values: dict[str, int]) -> None:
    run = chip(folder)
    record = reference(run)
    assert assert_nothing_differs(replay(run.network, run.inputs, record, run.traced)) == values
    assert_nothing_differs(replay_last(run.network, record, _at_the_end(run)))


def _at_the_end(run: Silicon) -> dict[str, Traced]:
    """The populations of which the last update was traced."""
    return {
        name: of
        for name, of in run.traced.items()
        if of.spikes is not None and of.first + len(of.spikes) == run.network.updates
    }


@pytest.mark.lava
@pytest.mark.slow
@pytest.mark.usefixtures("lava")
@pytest.mark.parametrize("lowering", ["fused", "stock"])
@pytest.mark.parametrize("name", RUNS)
def test_lava_is_the_chip(folder: Path, name: str, lowering: str) -> None:
    """Every spike, and the states in which the run ends."""
    run = RUNS[name][0](folder)
    record = neurograph_lava.run(run.network, run.inputs, ONE, lowering=lowering)
    values = assert_nothing_differs(replay(run.network, run.inputs, record, run.traced))
    assert values == RUNS[name][1]
    assert_nothing_differs(replay_last(run.network, record, _at_the_end(run)))


def test_a_difference_is_counted(folder: Path) -> None:
    """In every kind of values; and the chip's conventions matter."""
    run = traces.tinynet(folder)
    record = reference(run)
    layer = run.traced["conv1"]
    assert layer.spikes is not None
    assert layer.u is not None
    spikes, u = layer.spikes.copy(), layer.u.copy()
    spikes[3, 2, 1] ^= True
    u[5, 1] += 1
    changed = {"conv1": replace(layer, spikes=spikes, u=u)}
    found = replay(run.network, run.inputs, record, changed)
    assert [(one.what, one.differing) for one in found] == [("spikes", 1), ("u", 24)]
    early = {"conv1": replace(layer, first=0)}
    assert all(one.differing for one in replay(run.network, run.inputs, record, early))
    with pytest.raises(NetworkError, match=r"conv1: traces of spikes have shape \(15, 36, 20\)"):
        replay(run.network, run.inputs, record, {"conv1": Traced(spikes=spikes[..., :20])})


def test_where_a_neuron_has_fired_the_chip_stores_another_v(folder: Path) -> None:
    run = traces.pilotnet(folder)
    layer = {"dense7": replace(run.traced["dense7"], fired_v=None)}
    spikes = layer["dense7"].spikes
    assert spikes is not None
    found = replay(run.network, run.inputs, reference(run), layer)
    assert {one.what: one.differing for one in found} == {
        "spikes": 0,
        "u": 0,
        "v": int(spikes.sum()),
    }


@pytest.mark.parametrize(
    ("name", "sizes"), [("oxford", (200, 256, 200)), ("mnist", (784, 128, 64, 10))]
)
def test_dense_networks_are_chains(folder: Path, name: str, sizes: tuple[int, ...]) -> None:
    found = read_network(folder / f"{name}.net", "netx")
    assert [s.channels for s in (*found.streams, *found.populations)] == list(sizes)
    assert [j.weight.shape for j in found.projections] == list(
        zip(sizes[1:], sizes[:-1], strict=True)
    )
