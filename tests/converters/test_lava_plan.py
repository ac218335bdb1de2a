"""What is decided before Lava starts: the schedule, how long to wait, the synapses written out."""

from __future__ import annotations

import numpy as np
import pytest

from neurograph.testing import corner_networks
from neurograph.testing.builders import one_layer
from neurograph.testing.resident_corners import resident_corners
from neurograph_lava.network_file import schedules_of
from neurograph_lava.schedule import (
    NODES_PER_CHUNK,
    SYNAPSES_PER_BATCH,
    VALUES_PER_BATCH,
    Schedule,
    make_schedule,
    synapses_per_node,
    values_per_node,
    work_per_step,
)
from neurograph_lava.snapshots import Snapshots, mix_of
from neurograph_lava.synapses import write_out
from neurograph_lava.watchdog import Watchdog
from neurograph_lava.windows import Arrivals, Windows

CORNERS, RESIDENT = corner_networks(), resident_corners()


# --- schedule ----------------------------------------------------------------------------------


def schedule(nodes: int, chunk: int, batch: int) -> Schedule:
    return Schedule(nodes=nodes, chunk=chunk, batch=batch, updates=3, gap=1, depth=2)


def test_a_layer_is_awake_for_its_window_of_every_batch() -> None:
    five = schedule(5, 5, 2)
    assert (five.batches, five.period, five.hardware_steps) == (3, 4, 13)
    windows = five.windows(2)
    awake = [windows.at(step + 1) for step in range(-1, 15)]  # Lava counts from 1
    expected = [None] * 3
    for batch in range(3):
        expected += [(batch, 0), (batch, 1), (batch, 2), None]
    assert awake == [*expected, None]
    assert [u for u in range(4) if windows.is_last(u)] == [2]


def test_nodes_are_done_after_the_last_update_of_the_last_layer() -> None:
    five = schedule(5, 5, 2)
    done = [five.nodes_done(steps) for steps in range(five.hardware_steps + 1)]
    assert done == [0] * 5 + [2] * 4 + [4] * 4 + [5]
    chunks = [five.chunks_done(steps) for steps in range(five.hardware_steps + 1)]
    assert chunks == [0] * 13 + [1]


def test_a_chunk_begins_with_a_batch_of_its_own() -> None:
    """11 nodes in chunks of 5 and batches of 2: batches of 2, 2, 1, then again, then 1."""
    eleven = schedule(11, 5, 2)
    assert (eleven.chunks, eleven.batches) == (3, 7)
    assert [eleven.members(c) for c in range(3)] == [slice(0, 5), slice(5, 10), slice(10, 11)]
    ends = [6 + 4 * batch - 1 for batch in range(7)]  # a batch is done after so many steps
    assert [eleven.nodes_done(end) for end in ends] == [2, 4, 5, 7, 9, 10, 11]
    assert [eleven.nodes_done(end - 1) for end in ends] == [0, 2, 4, 5, 7, 9, 10]
    assert [eleven.chunks_done(end) for end in ends] == [0, 0, 1, 1, 1, 2, 3]
    assert eleven.hardware_steps == ends[-1]


def test_every_node_has_one_place_in_the_files() -> None:
    files = schedule(11, 5, 2).files("{}.npy")
    places = [files.place(window) for window in range(7)]
    assert [(number, rows.start, rows.stop) for number, rows in places] == [
        *((0, 0, 2), (0, 2, 4), (0, 4, 5)),
        *((1, 0, 2), (1, 2, 4), (1, 4, 5)),
        (2, 0, 1),
    ]
    assert [files.members(window) for window in range(7)] == [2, 2, 1, 2, 2, 1, 1]


def test_batches_are_even_and_as_large_as_memory_allows() -> None:
    network = one_layer(np.full((200, 100), 2))
    assert synapses_per_node(network) == 20_000
    assert values_per_node(network) == 300
    for lowering, most in (
        ("stock", SYNAPSES_PER_BATCH // 20_000),
        ("fused", VALUES_PER_BATCH // 300),
    ):
        count = 2 * most + 1
        three = make_schedule(network, count, chunk=count, lowering=lowering)
        assert (three.batches, three.batch) == (3, -(-count // 3))
        assert make_schedule(network, 3, lowering=lowering).batch == 3
    assert make_schedule(network, count=7, batch=4).batch == 4
    assert make_schedule(network, count=7, batch=4, chunk=3).batch == 3, (
        "no more than a chunk holds"
    )
    assert make_schedule(one_layer(np.zeros((1, 1), int)), count=2).batch == 2


def test_a_long_run_goes_in_chunks() -> None:
    network = one_layer(np.full((20, 10), 2))
    long = make_schedule(network, 3 * NODES_PER_CHUNK + 1)
    assert (long.chunk, long.chunks) == (NODES_PER_CHUNK, 4)
    assert long.members(3) == slice(3 * NODES_PER_CHUNK, 3 * NODES_PER_CHUNK + 1)


def test_late_spikes_get_a_gap_to_die_out_in() -> None:
    network = CORNERS["loops and delays"].network
    assert make_schedule(network, count=2).gap == max(network.wiring.lag.values()) > 0
    assert make_schedule(CORNERS["theta starts with the first input"].network, count=2).gap == 0


def test_nodes_that_hear_each_other_are_one_batch() -> None:
    network = RESIDENT["a hub"].network
    one = make_schedule(network, 31, chunk=10)
    assert (one.batches, one.batch, one.members(0)) == (1, 31, slice(0, 31))


@pytest.mark.parametrize(
    ("latency", "delay", "expected"),
    [
        (1, 0, [None, 0, 1, 2, None]),
        (2, 0, [None, 0, 0, 1, None]),
        (1, 2, [1, 2, None, None, None]),
    ],
)
def test_what_is_sent_belongs_to_the_snapshot_in_which_it_arrives(
    latency: int, delay: int, expected: list[int | None]
) -> None:
    """The target is awake in time steps 3, 4 and 5."""
    arrivals = Arrivals(windows=Windows(first=3, length=3), latency=latency, delay=delay)
    assert [arrivals.snapshot(step) for step in range(1, 6)] == expected


# --- snapshots ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RESIDENT)
def test_a_mix_made_in_passes_is_the_schedules_own(name: str) -> None:
    for mix in schedules_of(RESIDENT[name].network)[0]:
        for step in range(mix.steps):
            made = mix_of(mix, step)
            assert made.data.all(), "no entry of 0"
            made.sum_duplicates()
            np.testing.assert_array_equal(made.toarray(), mix.at(step).toarray())


def test_the_last_snapshot_stays_and_each_dtype_is_made_once() -> None:
    mix = schedules_of(RESIDENT["edges over time"].network)[0][0]
    snapshots = Snapshots(mix)
    first = snapshots.at(3, np.float32)
    assert snapshots.at(3, np.float32) is first
    assert snapshots.at(3, np.float64).dtype == np.float64
    np.testing.assert_array_equal(snapshots.at(9, np.int64).toarray(), mix.at(4).toarray())
    assert snapshots.row_total(9) == mix.at(4).sum(axis=1).max()


# --- watchdog ----------------------------------------------------------------------------------


def test_the_watchdogs_limit_is_the_users() -> None:
    watchdog = Watchdog(synapses=10**9, fixed_s=7.0)
    watchdog.chunk_took(1000.0)
    assert {watchdog.limit_s(running) for running in (True, False)} == {7.0}


def test_its_limit_before_the_first_chunk_is_by_the_size_of_the_network() -> None:
    assert Watchdog(synapses=0).limit_s(False) == 60.0
    assert Watchdog(synapses=10_000_000).limit_s(False) == pytest.approx(160.0)
    assert Watchdog(synapses=10_000_000).limit_s(True) == pytest.approx(160.0)
    whole_graph = Watchdog(synapses=2_000_000_000, lowering="fused")
    assert whole_graph.limit_s(False) == pytest.approx(260.0), "nothing is written out"


def test_its_limit_then_is_by_the_speed_that_was_shown() -> None:
    watchdog = Watchdog(synapses=10_000_000)
    watchdog.chunk_took(0.5)
    assert watchdog.limit_s(True) == 20.0, "not less: a machine may be busy"
    watchdog.chunk_took(30.0)
    assert watchdog.limit_s(True) == 150.0
    watchdog.chunk_took(1.0)
    assert watchdog.limit_s(True) == 150.0, "of the slowest chunk"
    assert watchdog.limit_s(False) == pytest.approx(160.0), "a new worker compiles again"


def test_its_limit_grows_with_the_edges_of_all_snapshots() -> None:
    network = RESIDENT["edges over time"].network
    edges = schedules_of(network)[0][0]
    along = sum(edges.at(step).nnz for step in range(5))  # into each of three channels
    within = sum(int((j.weight != 0).sum()) for j in network.projections if j.name != "edges")
    delayed = network.projections[2]
    visited = 3 * -(-along // 5) + within + int((delayed.weight != 0).sum())
    assert work_per_step(network) == visited


# --- synapses ----------------------------------------------------------------------------------


def test_synapses_are_the_kronecker_product_of_every_node() -> None:
    weight = np.array([[2, 0, -4], [6, 8, 0]])
    mix = np.array([[1, 0], [2, 3], [0, 0]])
    network = one_layer(weight, mix=mix)
    (written,) = write_out(network.projections[0], batch=3)
    expected = np.kron(np.eye(3, dtype=int), np.kron(mix, weight))
    np.testing.assert_array_equal(written.toarray(), expected)
    assert written.nnz == np.count_nonzero(expected)
    assert (written.dtype, written.indices.dtype) == (np.int32, np.int32)


def test_each_snapshot_has_synapses_of_its_own() -> None:
    network = RESIDENT["labels along edges"].network
    for j in network.projections[:2]:
        written = write_out(j, batch=5)
        for step, matrix in enumerate(written):
            expected = np.kron(j.mix.at(step).toarray(), j.weight)
            np.testing.assert_array_equal(matrix.toarray(), expected)
        assert len(written) == network.steps
    assert len(write_out(network.projections[2], batch=5)) == 1


@pytest.mark.parametrize(("weight", "times"), [(127, 1), (128, 2), (255, 2), (-127, 1), (-255, 2)])
def test_a_weight_too_large_for_one_synapse_takes_several(weight: int, times: int) -> None:
    network = one_layer(np.array([[weight]]), mix=np.array([[2, 1]]))
    written = write_out(network.projections[0], batch=1)
    assert len(written) == times
    np.testing.assert_array_equal(sum(w.toarray() for w in written), [[2 * weight, weight]])
    assert all(np.abs(w.toarray()).max() <= 255 for w in written)
