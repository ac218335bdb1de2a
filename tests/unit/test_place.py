"""A placement is legal or refused, as a checker sees it that writes every synapse out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import event, given, settings
from hypothesis import strategies as st

from neurograph.chip.place import METHODS, place
from neurograph.chip.placement import Placement
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.profiles import load_profile
from neurograph.chip.traffic import between_cores, hops
from neurograph.core.errors import DoesNotFitError, NetworkError, ProfileError
from neurograph.ir import Network, QNetwork
from neurograph.testing.builders import integer_layer, integer_link, integer_network
from neurograph.testing.chips import with_limits
from neurograph.testing.placement_checker import hops_between, illegal, traffic

chip = partial(with_limits, load_profile("loihi1"))
UNKNOWN = None


def network(
    layers: dict[str, tuple[int, int]], joins: list[tuple[str, str, np.ndarray, np.ndarray]]
) -> QNetwork:
    """Layers ``{name: (rows, channels)}``, the first a stream; joins (from, to, mix, weight)."""
    return integer_network(
        [integer_layer(name, *shape) for name, shape in list(layers.items())[1:]],
        [
            integer_link(source, target, weight, mix=mix, name=f"{source}>{target} {i}")
            for i, (source, target, mix, weight) in enumerate(joins)
        ],
    )


@st.composite
def networks(draw: st.DrawFn) -> QNetwork:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    names = ["x", "a", "b", "c"][: draw(st.integers(2, 4))]
    layers = {n: (int(rng.integers(1, 7)), int(rng.integers(1, 6))) for n in names}
    pairs = list(pairwise(names))
    pairs += [pairs[i] for i in rng.integers(0, len(pairs), 2)]  # two projections on one pair
    if len(names) > 2:
        pairs += [("x", names[-1]), (names[-1], names[1])]  # a skip and a loop
    joins = []
    for source, target in pairs:
        mix = rng.integers(0, 3, (layers[target][0], layers[source][0])) * (rng.random() < 0.9)
        weight = rng.integers(0, 3, (layers[target][1], layers[source][1])) * 2
        joins.append((source, target, mix, weight))
    return network(layers, joins)


def attempt(
    net: QNetwork, profile: HardwareProfile, replicas: int, method: str
) -> Placement | DoesNotFitError:
    try:
        return place(net, profile, replicas=replicas, method=method)
    except DoesNotFitError as refusal:
        return refusal


limits = st.fixed_dictionaries(
    {
        "neurons_per_core": st.one_of(st.none(), st.integers(1, 30)),
        "synapse_bits_per_core": st.one_of(st.none(), st.integers(50, 1500)),
        "axons_in_per_core": st.one_of(st.none(), st.integers(4, 60)),
        "axons_out_per_core": st.one_of(st.none(), st.integers(2, 60)),
        "cores_per_chip": st.integers(1, 12),
        "cores_per_tile": st.one_of(st.none(), st.integers(1, 4)),
        "mesh_columns": st.integers(1, 3),
        "mesh_rows": st.integers(1, 3),
        "chips_per_system": st.one_of(st.none(), st.integers(1, 4)),
        "synapse_overhead_bits": st.one_of(st.none(), st.just(1)),
    }
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(networks(), limits, st.integers(1, 4), st.booleans())
def test_a_placement_is_legal_or_refused(
    net: QNetwork, given_limits: dict[str, int | None], replicas: int, shared: bool
) -> None:
    profile = replace(chip(**given_limits), shared_synapses=shared)
    found = {m: attempt(net, profile, replicas, m) for m in METHODS}
    refused = [p for p in found.values() if isinstance(p, DoesNotFitError)]
    if refused:
        event("refused")
        assert len(refused) == len(METHODS)
        assert all(v.needed > v.limit for p in refused for v in p.violations)
        assert all(p.violations for p in refused)
        return
    for method, placed in found.items():
        assert illegal(net, profile, placed) == [], method
        assert placed.replicas == replicas
        assert set(placed.unchecked) == {n for n, value in given_limits.items() if value is None}
    event(f"placed on {min(found['annealed'].cores, 5)} cores")
    assert cost(net, profile, found["annealed"]) <= cost(net, profile, found["sequential"])


def cost(net: QNetwork, profile: HardwareProfile, placed: Placement) -> tuple[int, float]:
    """Cores, then joules of hops; each neuron fires once, which is what placers assume."""
    columns = int(profile.limit("mesh_columns") or 1)
    east, north = (
        profile.energy["davies2018"][kind].value for kind in ("hop_east_west", "hop_north_south")
    )
    once = {p.name: np.ones((p.rows, p.channels)) for p in net.populations}
    joules = 0.0
    for (source, target), messages in traffic(net, placed, once).items():
        x, y = hops_between(placed, columns, source, target)
        joules += messages * (x * east + y * north)
    return placed.cores, joules * (1 - 1e-9)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(networks(), st.integers(1, 3), st.integers(1, 9))
def test_traffic_is_what_every_axon_carries(net: QNetwork, replicas: int, room: int) -> None:
    profile = chip(
        neurons_per_core=room, cores_per_tile=2, synapse_bits_per_core=None,
        axons_in_per_core=None, axons_out_per_core=None, chips_per_system=None,
    )  # fmt: skip
    placed = place(net, profile, replicas=replicas)
    rng = np.random.default_rng(0)
    sent = {p.name: rng.integers(0, 9, (p.rows, p.channels)) for p in net.populations}
    found = sp.coo_array(between_cores(net, placed.slices, sent))
    wanted = {pair: n for pair, n in traffic(net, placed, sent).items() if n}
    pairs = zip(found.row.tolist(), found.col.tolist(), strict=True)
    assert {p: n for p, n in zip(pairs, found.data.tolist(), strict=True) if n} == wanted
    east, north = hops(placed.uses, (8, 4), found.row, found.col)
    for n, (source, target) in enumerate(zip(found.row, found.col, strict=True)):
        assert (east[n], north[n]) == hops_between(placed, 8, int(source), int(target))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(networks(), st.integers(1, 30))
def test_cores_are_filled_before_the_next_is_opened(net: QNetwork, room: int) -> None:
    profile = chip(
        neurons_per_core=room, synapse_bits_per_core=None, axons_in_per_core=None,
        axons_out_per_core=None, chips_per_system=None,
    )  # fmt: skip
    neurons = sum(p.rows * p.channels for p in net.populations)
    for replicas in (1, 3):
        for method in METHODS:
            assert place(net, profile, replicas=replicas, method=method).cores == -(
                -neurons * replicas // room
            )


def test_the_checker_sees_what_a_placer_could_get_wrong() -> None:
    net = network(
        {"x": (1, 2), "a": (2, 2), "b": (1, 2)},
        [
            ("x", "a", np.ones((2, 1), int), np.full((2, 2), 2)),
            ("a", "b", np.ones((1, 2), int), np.full((2, 2), 2)),
        ],
    )
    profile = chip(neurons_per_core=3, cores_per_tile=1)
    placed = place(net, profile, replicas=2)
    assert illegal(net, profile, placed) == []
    first, *others = placed.slices
    one, *uses = placed.uses
    wrong = [
        replace(placed, slices=tuple(slices))
        for slices in (others, (first, *placed.slices), (replace(first, stop=1), *others))
    ]
    wrong += [
        replace(placed, replicas=1),
        replace(placed, chips=2),
        replace(placed, replicas_per_chip=1),
    ]
    for changed in (
        {"neurons": 1}, {"synapses": 1}, {"synapse_bits": 1}, {"axons_in": 1}, {"axons_out": 99},
        {"column": 8}, {"row": 4}, {"chip": 1},
        {"column": uses[0].column, "row": uses[0].row},
    ):  # fmt: skip
        wrong.append(replace(placed, uses=(replace(one, **changed), *uses)))
    for placement in wrong:
        assert illegal(net, profile, placement), placement
    for name, limit in (
        ("neurons_per_core", 2),
        ("synapse_bits_per_core", 27),
        ("axons_in_per_core", 3),
        ("axons_out_per_core", 1),
        ("chips_per_system", 0),
    ):
        tight = {"neurons_per_core": 3, "cores_per_tile": 1, name: limit}
        assert illegal(net, chip(**tight), placed), name


# --- worked by hand ------------------------------------------------------------------------------


def dense(rows: int, wide: int, out: int) -> QNetwork:
    """A dense layer on each of `rows` slots."""
    return network(
        {"x": (rows, wide), "h": (rows, out)},
        [("x", "h", np.eye(rows, dtype=int), np.full((out, wide), 2))],
    )


def spans(placed: Placement) -> list[tuple[str, int, int, int]]:
    return [(s.population, s.start, s.stop, s.core) for s in placed.slices]


def test_memory_slices_a_population() -> None:
    # 4 inputs x 9 bit = 36 bit a neuron: two in 80 bit
    placed = place(dense(1, 4, 5), chip(synapse_bits_per_core=80), replicas=1)
    assert spans(placed) == [("h", 0, 2, 0), ("h", 2, 4, 1), ("h", 4, 5, 2)]
    assert [u.synapse_bits for u in placed.uses] == [72, 72, 36]
    assert (placed.chips, placed.replicas_per_chip) == (1, 51)  # five replicas share 13 cores


def test_copies_that_send_nothing_between_cores_need_no_output_axons() -> None:
    # one layer, read by the host: 5 neurons a copy, one core for 10
    placed = place(dense(1, 4, 5), chip(neurons_per_core=10, axons_out_per_core=1))
    assert placed.replicas_per_chip == 2 * 128


def test_input_axons_slice_a_population() -> None:
    # each row hears 4 neurons of its own: one row and no more in 7 axons, two in 8
    assert spans(place(dense(3, 4, 2), chip(axons_in_per_core=7), replicas=1)) == [
        ("h", 0, 2, 0),
        ("h", 2, 4, 1),
        ("h", 4, 6, 2),
    ]
    assert spans(place(dense(3, 4, 2), chip(axons_in_per_core=8), replicas=1)) == [
        ("h", 0, 4, 0),
        ("h", 4, 6, 1),
    ]


def test_rows_that_hear_the_same_neurons_share_their_axons() -> None:
    net = network(
        {"x": (2, 2), "h": (4, 1)},
        [("x", "h", np.array([[1, 0], [1, 0], [1, 1], [0, 1]]), np.full((1, 2), 2))],
    )
    assert spans(place(net, chip(axons_in_per_core=4), replicas=1)) == [("h", 0, 4, 0)]
    assert spans(place(net, chip(axons_in_per_core=4, neurons_per_core=3), replicas=1)) == [
        ("h", 0, 3, 0),
        ("h", 3, 4, 1),
    ]


def test_output_axons_slice_a_population() -> None:
    net = network(
        {"x": (1, 1), "a": (1, 6), "b": (1, 4)},
        [
            ("x", "a", np.ones((1, 1), int), np.full((6, 1), 2)),
            ("a", "b", np.ones((1, 1), int), np.full((4, 6), 2)),
        ],
    )
    profile = chip(axons_out_per_core=4, synapse_bits_per_core=12 * 9)
    placed = place(
        net, profile, replicas=1
    )  # b takes 2 neurons a core, so each neuron of a has 2 or 3 axons
    assert illegal(net, profile, placed) == []
    assert max(s.stop - s.start for s in placed.slices if s.population == "a") <= 2


def test_two_populations_share_a_core() -> None:
    net = network(
        {"x": (1, 1), "a": (1, 3), "b": (1, 3)},
        [
            ("x", "a", np.ones((1, 1), int), np.full((3, 1), 2)),
            ("a", "b", np.ones((1, 1), int), np.full((3, 3), 2)),
        ],
    )
    assert spans(place(net, chip(neurons_per_core=4), replicas=1, method="sequential")) == [
        ("a", 0, 3, 0),
        ("b", 0, 1, 0),
        ("b", 1, 3, 1),
    ]


def test_one_copy_over_several_chips() -> None:
    placed = place(dense(1, 1, 10), chip(neurons_per_core=2, cores_per_chip=2))
    assert (placed.cores, placed.chips, placed.replicas_per_chip) == (5, 3, 0)


@pytest.mark.parametrize(
    ("limits_", "text"),
    [
        (
            {"synapse_bits_per_core": 35, "axons_in_per_core": 3},
            "does not fit profile 'loihi1' (2 violations):\n"
            "  h: a neuron's input needs 36 bits of a core's memory, limit 35; "
            "give it fewer input channels or sampled neighbours\n"
            "  h: a neuron's input needs 4 of a core's input axons, limit 3; "
            "give it fewer input channels or sampled neighbours",
        ),
        (
            {"neurons_per_core": 2, "cores_per_chip": 2, "chips_per_system": 1},
            "does not fit profile 'loihi1' (1 violation):\n"
            "  network: one replica needs 5 neurons, limit 4; shrink 'h' (5 neurons)",
        ),
        (
            {"synapse_bits_per_core": 71, "cores_per_chip": 4, "chips_per_system": 1},
            "does not fit profile 'loihi1' (1 violation):\n"
            "  network: one replica needs 5 cores, limit 4; "
            "use fewer neurons or inputs",
        ),
    ],
)
def test_a_refusal_tells_every_violation(limits_: dict[str, int], text: str) -> None:
    with pytest.raises(DoesNotFitError) as error:
        place(dense(1, 4, 5), chip(**limits_))
    assert str(error.value) == text


def test_too_many_output_axons_are_refused_not_ignored() -> None:
    net = network(
        {"x": (1, 1), "a": (1, 1), "b": (1, 3)},
        [
            ("x", "a", np.ones((1, 1), int), np.full((1, 1), 2)),
            ("a", "b", np.ones((1, 1), int), np.full((3, 1), 2)),
        ],
    )
    with pytest.raises(DoesNotFitError) as error:
        place(net, chip(neurons_per_core=1, axons_out_per_core=2))
    assert str(error.value) == (
        "does not fit profile 'loihi1' (1 violation):\n"
        "  core 0 (a): output needs 3 of a core's output axons, limit 2; "
        "use fewer rows, or a chip with more axons"
    )


def test_a_chip_of_unknown_size_takes_nothing() -> None:
    with pytest.raises(ProfileError, match="cores_per_chip is unknown; needed to place"):
        place(dense(1, 1, 1), chip(cores_per_chip=UNKNOWN))


def test_a_float_network_lies_where_its_integers_do() -> None:
    from neurograph import ir

    net = dense(2, 3, 4)
    twin = Network(
        streams=(ir.Stream(name="x", rows=2, channels=3, binary=True),),
        populations=(
            ir.Population(
                name="h", rows=2, channels=4, neuron=ir.LIF(voltage_decay=0.5, threshold=1)
            ),
        ),
        projections=tuple(
            ir.Projection(
                name=j.name, source="x", target="h", mix=j.mix, weight=j.weight.astype(float)
            )
            for j in net.projections
        ),
        readout=net.readout,
        steps=1,
    )
    profile = chip(synapse_bits_per_core=80)
    assert place(twin, profile) == place(net, profile)


def test_spikenet_on_dblp() -> None:
    """344,064 synapses into layer 1: 2 cores of a Loihi 2 (8 bit each), 4 of a Loihi 1 (9 bit)."""
    self_rows, tree = np.eye(6, 16, dtype=int), np.zeros((6, 16), int)
    tree[0, 1:6] = 1
    for slot in range(5):
        tree[1 + slot, 6 + 2 * slot : 8 + 2 * slot] = 1
    hop, target = np.zeros((1, 6), int), np.eye(1, 6, dtype=int)
    hop[0, 1:] = 1
    wide, deep = np.full((128, 128), 2), np.full((10, 128), 2)
    net = network(
        {"x": (16, 128), "h1": (6, 128), "h2": (1, 10)},
        [
            ("x", "h1", self_rows, wide),
            ("x", "h1", tree, wide),
            ("h1", "h2", target, deep),
            ("h1", "h2", hop, deep),
        ],
    )
    loihi2, loihi1 = (load_profile(name) for name in ("loihi2", "loihi1"))
    one = place(net, loihi2, replicas=1)
    assert sum(u.synapses for u in one.uses) == 344_064 + 7_680
    # 128 axons in each of 21 pairs of rows, 34 words each, and in 6 pairs, 3 words each
    assert sum(u.synapse_words for u in one.uses) >= 128 * (21 * 34 + 6 * 3)
    assert (one.cores, one.replicas_per_chip, one.chips) == (8, 16, 1)
    assert "axons_out_per_core" in one.unchecked
    full = place(net, loihi2)
    assert (full.replicas, full.replicas_per_chip, full.chips) == (16, 16, 1)
    assert full.cores <= 128
    assert (place(net, loihi1, replicas=1).cores, place(net, loihi1).replicas) == (4, 42)
    # kernels once per core, however many replicas' rows it holds: 2 x 128 lists of 128, and of 10
    shared = place(net, load_profile("loihi2-shared"), replicas=5)
    assert (shared.cores, shared.uses[0].synapse_words) == (1, 256 * 10 + 256 * 1)


def test_a_hundred_thousand_neurons_of_a_whole_graph() -> None:
    """A graph on the chip, one neuron a node: legal in every limit, in a second or so."""
    nodes, rng = 100_000, np.random.default_rng(0)
    source, target = rng.integers(0, nodes, (2, 5 * nodes))
    graph = sp.csr_array((np.ones(5 * nodes, int), (target, source)), shape=(nodes, nodes))
    one = np.array([[2]])
    net = network(
        {"x": (nodes, 1), "g": (nodes, 1)},
        [("x", "g", sp.csr_array(sp.identity(nodes, dtype=int)), one), ("g", "g", graph, one)],
    )
    placed = place(net, load_profile("loihi1"), method="sequential")
    assert sum(u.neurons for u in placed.uses) == nodes
    core = np.repeat([s.core for s in placed.slices], [s.stop - s.start for s in placed.slices])
    pairs = np.unique(
        source * placed.cores + core[target]
    )  # one axon per neuron and core it reaches
    heard = np.bincount(pairs % placed.cores) + np.bincount(core)  # and one from its input
    sent = np.bincount(core[pairs // placed.cores])
    assert max(u.neurons for u in placed.uses) <= 1024
    assert max(heard.max(), sent.max()) <= 4096


def test_there_is_no_network_with_nothing_in_it() -> None:
    net = dense(1, 1, 1)
    with pytest.raises(NetworkError):
        replace(net, populations=(), projections=())


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"replicas": 0}, "0 replicas of a network; at least 1 can be placed"),
        ({"method": "best"}, "no placer 'best'; known: annealed, sequential, layered"),
        ({"sent": {"h": np.ones((2, 2))}}, "spikes of 'h' are (2, 2), needed (1, 2)"),
        ({"sent": {"h": -np.ones((1, 2))}}, "spikes of 'h' hold a negative or no finite number"),
    ],
)
def test_what_cannot_be_placed_is_told(how: dict[str, Any], message: str) -> None:
    with pytest.raises(NetworkError) as error:
        place(dense(1, 2, 2), chip(), **how)
    assert str(error.value) == message


def test_a_system_too_small_for_the_copies_says_how_many_it_takes() -> None:
    profile = chip(neurons_per_core=4, cores_per_chip=3, chips_per_system=1)
    with pytest.raises(DoesNotFitError) as error:
        place(dense(1, 1, 5), profile, replicas=3)
    assert str(error.value) == (
        "does not fit profile 'loihi1' (1 violation):\n"
        "  network: 3 replicas needs 15 neurons, limit 12; place fewer replicas, or shrink 'h' "
        "(5 neurons)"
    )


def test_a_chip_whose_mesh_is_unknown_is_one_tile() -> None:
    placed = place(dense(3, 1, 4), chip(neurons_per_core=4, mesh_rows=UNKNOWN), replicas=1)
    assert {(u.chip, u.column, u.row) for u in placed.uses} == {(0, 0, 0)}
    assert placed.unchecked == ("mesh_rows",)
