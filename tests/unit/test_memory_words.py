"""Memory in words: what a core uses, as a checker counts it that writes every list out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurograph.chip.capacity import capacity_violations
from neurograph.chip.check import check
from neurograph.chip.layers import Layer, cut
from neurograph.chip.place import METHODS, place
from neurograph.chip.profile import HardwareProfile
from neurograph.chip.profiles import load_profile
from neurograph.core.errors import DoesNotFitError, NetworkError, ProfileError
from neurograph.ir import QNetwork
from neurograph.testing.builders import integer_layer, integer_link, integer_network
from neurograph.testing.chips import with_limits
from neurograph.testing.placement_checker import illegal
from neurograph.testing.resident_networks import random_resident

LOIHI1, LOIHI2 = load_profile("loihi1"), load_profile("loihi2")
WORDS = {"synapse_words_per_core": 60, "dense_words": 300, "sparse_words": 500, "kernel_words": 150}
chip = partial(with_limits, LOIHI1, **WORDS)


def layers(rng: np.random.Generator) -> QNetwork:
    """Three layers of random sizes, dense, sparse and convolved, one of them twice."""
    shape = {name: tuple(rng.integers(1, 7, 2).tolist()) for name in "xabc"}
    links = []
    for n, (source, target) in enumerate(("xa", "ab", "bc", "xc", "ab")):
        mix = rng.integers(0, 3, (shape[target][0], shape[source][0]))
        weight = rng.integers(1, 5, (shape[target][1], shape[source][1])) * 2
        weight *= rng.random(weight.shape) < rng.random()
        link = integer_link(source, target, weight, mix=mix, name=f"{source}{target}{n}")
        links.append(replace(link, kernel=bool(rng.random() < 0.3)))
    return integer_network([integer_layer(name, *shape[name]) for name in "abc"], links)


def laid_out(net: QNetwork, profile: HardwareProfile, replicas: int | None) -> None:
    """Legal by either method, or refused by both."""
    refused = []
    for method in METHODS:
        try:
            placed = place(net, profile, replicas=replicas, method=method)
        except DoesNotFitError as refusal:
            refused.append(refusal.violations)
            continue
        assert illegal(net, profile, placed) == [], method
        assert all(use.synapse_bits == 0 for use in placed.uses)
    assert len(refused) in (0, len(METHODS))


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(8, 90), st.booleans(), st.integers(1, 3))
def test_a_placement_is_within_its_words(
    seed: int, words: int, shared: bool, replicas: int
) -> None:
    profile = replace(chip(synapse_words_per_core=words), shared_synapses=shared)
    laid_out(layers(np.random.default_rng(seed)), profile, replicas)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(15, 300), st.booleans())
def test_a_graph_is_within_its_words(seed: int, words: int, shared: bool) -> None:
    rng = np.random.default_rng(seed)
    net = random_resident(rng, nodes=int(rng.integers(2, 12)), steps=2, direct=bool(seed % 2))
    profile = replace(chip(synapse_words_per_core=words), shared_synapses=shared)
    laid_out(net, profile, None)


def dense(inputs: int, neurons: int, *, kernel: bool = False, rows: int = 1) -> QNetwork:
    link = integer_link("x", "h", np.full((neurons, inputs), 2), mix=np.eye(rows, dtype=int))
    layer = integer_layer("h", rows, neurons)
    return integer_network([layer], [replace(link, kernel=kernel)])


@pytest.mark.parametrize(("neurons", "words"), [(1, 1), (9, 3), (10, 3), (17, 5), (50, 13)])
def test_an_axon_of_pilotnet_takes_its_words(neurons: int, words: int) -> None:
    (use,) = place(dense(100, neurons), LOIHI2, replicas=1).uses
    assert use.synapse_words == 100 * words


def test_zeros_are_stored_in_dense_lists_and_not_in_sparse_ones() -> None:
    rng = np.random.default_rng(0)
    few, many = (np.where(rng.random((100, 64)) < share, 2, 0) for share in (0.05, 0.3))
    for weight, words in ((many, 64 * 26), (few, int(np.ceil(0.75 * (few != 0).sum(1)).sum()))):
        net = integer_network([integer_layer("h", 1, 100)], [integer_link("x", "h", weight)])
        (use,) = place(net, LOIHI2, replicas=1).uses
        assert use.synapse_words == words


def test_kernels_are_stored_once_for_all_rows_and_trees_are_not() -> None:
    for kernel, words in ((True, 48 * 5), (False, 5 * 48 * 17)):
        (use,) = place(dense(48, 64, kernel=kernel, rows=5), LOIHI2, replicas=1).uses
        assert use.synapse_words == words


def test_too_many_words_are_refused_in_words() -> None:
    (broken,) = check(dense(13_000, 2), LOIHI2)
    assert str(broken).startswith(
        "h: a neuron's input needs 13,000 words of a core's memory, limit"
    )
    small = with_limits(LOIHI2, cores_per_chip=1, chips_per_system=1)
    (broken,) = capacity_violations(dense(1_000, 100), small)
    assert (broken.needed, broken.limit, broken.unit) == (26_000, 12_000, "word of synaptic memory")


def test_a_chip_without_words_counts_bits() -> None:
    (use,) = place(dense(100, 50), LOIHI1, replicas=1).uses
    assert (use.synapse_bits, use.synapse_words) == (100 * 50 * 9, None)


def test_layers_lie_on_cores_of_their_own() -> None:
    net = dense(200, 256)
    placed = place(net, LOIHI2, method="layered")
    assert illegal(net, LOIHI2, placed) == []
    assert (placed.cores_per_replica, placed.replicas_per_chip) == (3, 42)
    assert [u.neurons for u in placed.uses[:3]] == [86, 86, 84]
    with pytest.raises(ProfileError, match=r"has no synapse_words_per_core; .* another method"):
        place(net, LOIHI1, method="layered")
    with pytest.raises(NetworkError, match="no layers on cores of their own"):
        place(random_resident(np.random.default_rng(0), nodes=4), LOIHI2, method="layered")
    each_one = integer_network(
        [integer_layer("h", 1, 200)], [integer_link("x", "h", 2 * np.eye(200, dtype=int))]
    )
    with pytest.raises(DoesNotFitError, match=r"needs 100 of a core's input axons, limit 90; pl"):
        place(each_one, with_limits(LOIHI2, axons_in_per_core=90), method="layered")


@pytest.mark.parametrize(
    ("layer", "needs"),
    [
        (Layer(name="h", channels=3, lists=13), "13 words of a core's memory, limit 12"),
        (
            Layer(name="h", channels=3, height=5_000, columns=2),
            "5,000 place of a core, limit 4,095",
        ),
        (Layer(name="h", channels=3, height=2, columns=2, taps=13), "13 words of a core's memory"),
    ],
)
def test_a_channel_that_no_core_holds_is_refused(layer: Layer, needs: str) -> None:
    with pytest.raises(DoesNotFitError, match=f"h: a channel needs {needs}"):
        cut(layer, with_limits(LOIHI2, synapse_words_per_core=12))


def test_columns_make_up_the_rows() -> None:
    with pytest.raises(NetworkError, match="h: 4 columns of 6 rows; needed a number of columns"):
        replace(integer_layer("h", 6, 2), columns=4)


def test_a_profile_says_all_of_its_words_or_none(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'base = "loihi1"\nname = "mine"\ntitle = "Mine"\n[limits]\n'
        "synapse_words_per_core = { value = 9, low = 9, high = 9, "
        'unit = "word", source = "davies2018", basis = "assumed" }\n',
        "utf-8",
    )
    with pytest.raises(ProfileError) as error:
        load_profile(str(path))
    told = str(error.value)
    assert "limits.dense_words: missing; a constant in 'word per 1,000 synapses'" in told
    assert "limits.kernel_words: missing" in told
    assert "synapse_words_per_core:" not in told


def test_the_example_of_a_chip_without_words_counts_bits() -> None:
    mine = load_profile(str(Path(__file__).resolve().parents[2] / "examples" / "my_chip.toml"))
    (use,) = place(dense(100, 50), mine, replicas=1).uses
    assert (use.synapse_bits, use.synapse_words) == (100 * 50 * 8, None)
