"""A run that stops after a snapshot and goes on is one run over all of them, bit for bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurograph.core.errors import BackendError, NetworkError
from neurograph.ir import QNetwork, QProjection, QRelay
from neurograph.ir.passes.cut import first_snapshots
from neurograph.ir.passes.later import last_snapshots, of_nodes, updates_on_the_way
from neurograph.runtime.backends import Backend
from neurograph.runtime.legs import Leg
from neurograph.runtime.record import RunRecord
from neurograph.runtime.reference import go_on, run, run_plain
from neurograph.testing.resident_corners import resident_corners
from neurograph.testing.resident_networks import ONE, random_payloads, random_resident

CORNERS = resident_corners()


def sample(seed: int, **how: int) -> tuple[QNetwork, dict[str, np.ndarray], np.ndarray]:
    rng = np.random.default_rng(seed)
    network = random_resident(rng, **how)
    assert network.nodes is not None
    return network, random_payloads(rng, network), np.arange(network.nodes)


def started(network: QNetwork, inputs: dict[str, np.ndarray], steps: int) -> RunRecord:
    """The record of the first so many snapshots, by the definition."""
    first = first_snapshots(network, steps)
    assert isinstance(first, QNetwork)
    assert network.nodes is not None
    given = {name: x[:, :steps] for name, x in inputs.items()}
    return run_plain(first, given, np.arange(network.nodes))


def check_same(found: RunRecord, want: RunRecord) -> None:
    assert found.network_sha256 == want.network_sha256
    assert found.spikes.keys() == want.spikes.keys()
    for name, spikes in want.spikes.items():
        np.testing.assert_array_equal(found.spikes[name], spikes, err_msg=name)
        for state, value in want.final[name].items():
            np.testing.assert_array_equal(found.final[name][state], value, err_msg=name)
    np.testing.assert_array_equal(found.logits, want.logits)


@pytest.mark.parametrize("latency", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_a_run_in_two_legs_is_one(seed: int, latency: int) -> None:
    network, inputs, nodes = sample(seed, steps=5, latency=latency)
    want = run_plain(network, inputs, nodes)
    assert want.spikes["h2"].any()
    for done in range(1, 5):
        check_same(go_on(network, inputs, started(network, inputs, done)), want)


def test_legs_of_one_snapshot_each() -> None:
    network, inputs, nodes = sample(3, steps=5)
    record = started(network, inputs, 1)
    for steps in range(2, 6):
        first = first_snapshots(network, steps) if steps < 5 else network
        assert isinstance(first, QNetwork)
        record = go_on(first, {name: x[:, :steps] for name, x in inputs.items()}, record)
    check_same(record, run_plain(network, inputs, nodes))


@pytest.mark.parametrize("name", sorted(CORNERS))
def test_corner_networks_go_on(name: str) -> None:
    network, given, _ = CORNERS[name]
    inputs = dict(given)
    assert network.nodes is not None
    want = run(network, inputs, np.arange(network.nodes))
    for done in range(1, network.steps):
        check_same(go_on(network, inputs, started(network, inputs, done)), want)


def test_what_is_on_its_way_matters() -> None:
    """The recurrence arrives two updates late: without its last spikes others come out."""
    network, inputs, _ = sample(1, steps=5)
    assert updates_on_the_way(network) == 2
    begun = started(network, inputs, 2)
    leg = Leg(whole=network, begun=begun)
    assert (leg.first, leg.replayed, leg.network.steps) == (0, 2, 5)
    silent = replace(begun, spikes={n: np.zeros_like(x) for n, x in begun.spikes.items()})
    after = {n: x[:, 2:] for n, x in go_on(network, inputs, silent).spikes.items()}
    want = {n: x[:, 2:] for n, x in go_on(network, inputs, begun).spikes.items()}
    assert any(not np.array_equal(after[n], want[n]) for n in want)


def test_so_does_every_state() -> None:
    network, inputs, _ = sample(1, steps=5)
    begun = started(network, inputs, 2)
    want = go_on(network, inputs, begun)
    moved = {
        p: {n: x + 40 * (n == "theta") for n, x in of.items()} for p, of in begun.final.items()
    }
    found = go_on(network, inputs, replace(begun, final=moved))
    assert any(not np.array_equal(found.spikes[n], want.spikes[n]) for n in want.spikes)


def test_a_network_of_some_nodes_that_hear_nobody_else() -> None:
    network, inputs, nodes = sample(2, nodes=6, steps=4)
    rng = np.random.default_rng(0)
    order = rng.permutation(6)
    of = of_nodes(network, order)
    found = run(of, {name: x[order] for name, x in inputs.items()}, nodes)
    want = run(network, inputs, nodes)
    for name, spikes in want.spikes.items():
        np.testing.assert_array_equal(found.spikes[name], spikes[order])
    back = of_nodes(of, np.argsort(order))
    assert back.sha256 == of_nodes(network, nodes).sha256
    assert back.sha256 != of.sha256
    with pytest.raises(NetworkError, match="have met others than themselves"):
        of_nodes(network, order[:3])


def test_the_last_snapshots_have_the_mixes_of_all() -> None:
    network, _, _ = sample(4, steps=5)
    later = last_snapshots(network, 2)
    for before, after in zip(network.projections, later.projections, strict=True):
        if not hasattr(before.mix, "at"):
            continue
        for step in range(3):
            was, now = before.mix.at(step + 2), after.mix.at(step)
            np.testing.assert_array_equal(was.toarray(), now.toarray())


@pytest.mark.parametrize("done", [0, 5])
def test_nothing_done_and_nothing_left_are_refused(done: int) -> None:
    network, inputs, nodes = sample(1, steps=5)
    whole = run(network, inputs, nodes)
    begun = replace(whole, spikes={n: x[:, :done] for n, x in whole.spikes.items()})
    with pytest.raises(NetworkError, match=f"{done} snapshots are done of 5"):
        go_on(network, inputs, begun)


def test_relays_in_a_circle_are_refused() -> None:
    network, _, _ = sample(1)
    relays = [p for p in network.populations if isinstance(p.neuron, QRelay)]
    around = QProjection(
        name="around",
        source=relays[0].name,
        target=relays[0].name,
        mix=ONE,
        weight=np.eye(relays[0].channels, dtype=int),
    )
    circle = replace(network, projections=(*network.projections, around))
    with pytest.raises(NetworkError, match="relays in a circle"):
        updates_on_the_way(circle)


def test_a_backend_that_cannot_set_states_says_so() -> None:
    class Plain(Backend):
        title = "a plain one"

        def run(self, *_: object, **__: object):  # type: ignore[no-untyped-def, override]
            yield

    network, inputs, _ = sample(1)
    with pytest.raises(BackendError, match="a plain one cannot go on from a snapshot"):
        Plain().go_on(network, lambda _: inputs, started(network, inputs, 1), None)
