"""Features of 0 and 1 are plain spikes, from the user's file to the events of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from neurograph.chip.profiles import load_profile
from neurograph.core.arrays import Array
from neurograph.core.errors import DataError, NetworkError
from neurograph.cost.complexity import of_network
from neurograph.cost.host import work
from neurograph.graphs.embed import How, make_features
from neurograph.graphs.embed.standards import Standard
from neurograph.graphs.features import FeatureStore
from neurograph.graphs.graph import TemporalGraph
from neurograph.graphs.sampling import sample
from neurograph.ir.rounding import round_network
from neurograph.models.integer.net import IntegerNet
from neurograph.models.layers.batch import load_batch
from neurograph.models.sage.config import SageConfig
from neurograph.models.sage.operations import Counter
from neurograph.models.training.trainer import Trainer
from neurograph.quantization import quantize
from neurograph.runtime import host, reference
from neurograph.tasks import find_task
from neurograph.testing.graphs import random_graph
from neurograph.testing.models import QUICK, SMALL, strong_model
from neurograph.testing.schemes import plain_scheme
from neurograph.workflow import integers
from neurograph.workflow.dataset import Dataset
from neurograph.workflow.integers import check_widths, chosen_widths

WIDE, SHARE = 40, 0.08
TARGETS = np.arange(4, 40, 3)


@pytest.fixture(scope="module")
def graph() -> TemporalGraph:
    return random_graph(steps=SMALL.steps)[0]


@pytest.fixture(scope="module")
def words(graph: TemporalGraph, tmp_path_factory: pytest.TempPathFactory) -> FeatureStore:
    """A bag of words per node, for all steps."""
    folder = tmp_path_factory.mktemp("words")
    bag = np.random.default_rng(3).random((graph.num_nodes, WIDE)) < SHARE
    np.save(folder / "bag.npy", bag)
    return make_features(graph, folder / "g", given=folder / "bag.npy")


def inputs_of(graph: TemporalGraph, words: FeatureStore) -> Array:
    return host.inputs(graph, words, SMALL.tree, TARGETS, seed=1)


@pytest.mark.parametrize("dtype", ["bool", "int8", "float64"])
@pytest.mark.parametrize("kept", ["float32", "float16"])
def test_ones_stay_ones(graph: TemporalGraph, tmp_path: Path, dtype: str, kept: str) -> None:
    bag = (np.random.default_rng(3).random((graph.num_nodes, WIDE)) < SHARE).astype(dtype)
    np.save(tmp_path / "f.npy", bag)
    made = make_features(graph, tmp_path, given=tmp_path / "f.npy", dtype=kept)
    assert made.binary
    np.testing.assert_array_equal(made.values[2], bag.astype(np.float32))
    assert any("plain spikes" in note for note in made.meta["notes"])


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_snapshot_for_all_steps_is_read_like_many(words: FeatureStore, dtype: str) -> None:
    whole = np.array(words.values, dtype)
    one = np.broadcast_to(whole[:1], whole.shape)
    slots = np.random.default_rng(0).integers(0, whole.shape[1], (7, SMALL.steps, 16), np.int32)
    want, got = load_batch(whole, slots), load_batch(one, slots)
    torch.testing.assert_close(got.features, want.features, rtol=0, atol=0)
    torch.testing.assert_close(got.where, want.where, rtol=0, atol=0)


def test_they_reach_the_chip_as_events(graph: TemporalGraph, words: FeatureStore) -> None:
    config = replace(SMALL, features=WIDE, binary=True)
    network = strong_model(config).capture()
    assert network.streams[0].binary
    inputs = {"x": inputs_of(graph, words)}
    quantized = quantize(network, load_profile("loihi2"), inputs)
    (stream,) = quantized.streams
    assert (stream.bits, stream.scale) == (1, 1.0)
    payloads = host.payloads(graph, words, config.tree, TARGETS, quantized.streams, seed=1)
    record = reference.run(quantized, payloads, TARGETS)
    floats = reference.run_float(network, inputs, TARGETS)
    for name, spikes in record.spikes.items():
        assert 0.01 < spikes.mean() < 0.99
        assert np.mean(spikes != floats.spikes[name]) < 0.02
    counts = reference.count_events(quantized, payloads, record)
    ones = int(inputs["x"].sum())
    assert int(counts.sent["x"].sum()) == ones < 0.15 * inputs["x"].size
    bits = SMALL.tree.slots * WIDE * SMALL.steps
    assert counts.bytes_in == len(TARGETS) * -(-bits // 8)
    first = of_network(quantized, counts).layers[0]
    assert (first.macs, first.spiking) == (0.0, 0.0)
    assert first.acs > 0
    features = next(w for w in work(quantized, config.tree) if w.task == "features to payloads")
    assert (features.macs, features.bytes) == (0, SMALL.steps * SMALL.tree.slots * WIDE // 8)


@pytest.mark.parametrize("gain", [1.0, 1.7])
def test_training_in_integers_is_the_reference(
    graph: TemporalGraph, words: FeatureStore, gain: float
) -> None:
    model = strong_model(replace(SMALL, features=WIDE, binary=True, input_gain=gain))
    scheme = plain_scheme(model.capture(), 1.0, feature_bits=1)
    slots = sample(graph, TARGETS, SMALL.tree, seed=1)
    with torch.no_grad():
        fired = IntegerNet.of(model, scheme).of_trees(words.values, slots)
    quantized = round_network(model.capture(), scheme)
    x = words.values[np.arange(SMALL.steps)[:, None], slots]
    record = reference.run(quantized, quantized.encode({"x": x}), TARGETS)
    for number, spikes in enumerate(fired, 1):
        np.testing.assert_array_equal(spikes.numpy() > 0, record.spikes[f"h{number}"])


def test_a_gain_of_rare_ones_is_of_the_weights(graph: TemporalGraph, words: FeatureStore) -> None:
    ones = np.mean(words.values[0])
    assert words.input_gain == pytest.approx(ones**-0.5, rel=1e-5)
    assert FeatureStore(values=words.values).input_gain == 1.0
    sizes = replace(SMALL, features=WIDE, binary=True)
    plain, lifted = (strong_model(replace(sizes, input_gain=g)) for g in (1.0, 2.0))
    slots = sample(graph, TARGETS, SMALL.tree, seed=1)
    with torch.no_grad():
        want = plain.of_trees(words.values * np.float32(2), slots)
        got = lifted.of_trees(words.values, slots)
    for one, other in zip(want, got, strict=True):
        torch.testing.assert_close(other, one)
    x = {"x": inputs_of(graph, words)}
    record = reference.run_float(lifted.capture(), x, TARGETS)
    assert np.mean(record.spikes["h1"] != got[0].numpy()) < 1e-3


def test_a_training_knows_that_they_are_spikes(graph: TemporalGraph, words: FeatureStore) -> None:
    split = find_task(QUICK.task).split(graph, 0.5, val_share=0.2, seed=1)
    trainer = Trainer(graph, words, QUICK, split)
    assert trainer.config.binary
    assert trainer.config.input_gain == words.input_gain > 2
    assert trainer.model.capture().streams[0].binary
    plain = FeatureStore(values=words.values)
    assert not Trainer(graph, plain, QUICK, split).config.binary


def test_widths_of_payloads_say_nothing_of_spikes() -> None:
    from neurograph.testing.models import checkpoint_of

    checkpoint = checkpoint_of("spikenet", replace(SMALL, binary=True))
    assert chosen_widths(checkpoint, None, None) == {"weight_bits": 8, "feature_bits": 1}
    with pytest.raises(NetworkError, match="--feature-bits is 4, but every feature is 0 or 1"):
        chosen_widths(checkpoint, None, 4)
    chip = load_profile("loihi1")
    with pytest.raises(NetworkError, match="feature_bits is 8"):
        check_widths(QUICK.changed(qat=True), chip)
    check_widths(QUICK.changed(qat=True), chip, binary=True)


def test_wide_features_calibrate_on_fewer_nodes(
    graph: TemporalGraph, words: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = find_task(QUICK.task)
    dataset = Dataset(graph, words, task.split(graph, 0.5, val_share=0.2, seed=1), task)
    whole = integers.calibration_nodes(dataset, SMALL.tree)
    np.testing.assert_array_equal(whole, dataset.split.train)
    each = SMALL.steps * SMALL.tree.slots * WIDE
    monkeypatch.setattr(integers, "MOST_NUMBERS", 7 * each + 1)
    assert len(integers.calibration_nodes(dataset, SMALL.tree)) == 7
    assert len(integers.calibration_nodes(dataset, SMALL.tree, 5)) == 5
    monkeypatch.setattr(integers, "MOST_NUMBERS", 1)
    assert len(integers.calibration_nodes(dataset, SMALL.tree)) == 1


def test_a_model_without_spikes_adds_them_too(graph: TemporalGraph, words: FeatureStore) -> None:
    slots = sample(graph, TARGETS, SMALL.tree, seed=1)
    sizes = {"features": WIDE, "classes": 3, "steps": SMALL.steps, "hidden": (7, 4)}
    counted = {}
    for binary in (False, True):
        torch.manual_seed(0)
        counter = Counter(SageConfig(**sizes, binary=binary).build())  # type: ignore[arg-type]
        counter.infer(words.values, slots)
        counted[binary] = counter.complexity().layers[0]
    own = float(inputs_of(graph, words)[:, :, : SMALL.tree.rows(1)].sum()) * 7 / len(TARGETS)
    moved = counted[False].macs - counted[True].macs
    assert moved == pytest.approx(own)
    assert counted[True].acs - counted[False].acs == pytest.approx(own)


def scaled(graph: TemporalGraph, folder: Path, values: Array, **how: object) -> FeatureStore:
    folder.mkdir()
    np.save(folder / "f.npy", values)
    return make_features(graph, folder, given=folder / "f.npy", how=How(**how))  # type: ignore[arg-type]


def test_zeros_stay_zeros(graph: TemporalGraph, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    values = rng.gamma(2, 3, (graph.num_nodes, 6)) * (rng.random((graph.num_nodes, 6)) < 0.3)
    made = scaled(graph, tmp_path / "a", values)
    assert not made.binary
    np.testing.assert_array_equal(made.values[0] == 0, values == 0)
    assert np.mean(np.square(made.values)) == pytest.approx(1, abs=1e-5)
    assert "of the values are 0 and stay 0" in made.meta["notes"][-1]
    units = scaled(graph, tmp_path / "b", values * 10.0 ** np.arange(6))
    assert "columns differ by" in units.meta["notes"][-1]
    np.testing.assert_array_equal(units.values[0] == 0, values == 0)
    assert np.mean(np.square(units.values)) == pytest.approx(1, abs=1e-5)
    some = [x[x != 0] for x in units.values[0].T]
    spread = [np.sqrt(np.mean(np.square(x))) for x in some]
    np.testing.assert_allclose(spread, spread[0], rtol=1e-5)


def test_units_apart_are_standardised_by_column(graph: TemporalGraph, tmp_path: Path) -> None:
    values = np.random.default_rng(5).normal(2, 1, (graph.num_steps, graph.num_nodes, 5))
    values[..., 1] *= 1e6
    values[..., 3] = 7
    made = scaled(graph, tmp_path / "a", values)
    assert "columns differ by 2e+06 in scale: each standardised by itself" in str(made.meta)
    assert "1 of 5 features are the same at every node and step (number 3)" in str(made.meta)
    for feature in (0, 1, 2, 4):
        own = values[..., feature]
        wanted = (own - own.mean()) / own.std()
        np.testing.assert_allclose(made.values[..., feature], wanted, atol=1e-5)
    assert not made.values[..., 3].any()
    later = np.random.default_rng(6).normal(2, 1, (3, 5))
    kept = Standard.from_dict(made.meta["constants"])
    inside = [0, 2, 4]
    mean, spread = values.mean(axis=(0, 1))[inside], values.std(axis=(0, 1))[inside]
    np.testing.assert_allclose(
        kept.apply(later)[:, inside], (later[:, inside] - mean) / spread, atol=1e-5
    )
    raw = scaled(graph, tmp_path / "b", values, as_is=True)
    np.testing.assert_array_equal(raw.values, values.astype(np.float32))
    with pytest.raises(DataError, match="for the constants of 5 features"):
        kept.apply(later[:, :4])


def test_far_from_zero_is_apart_too(graph: TemporalGraph, tmp_path: Path) -> None:
    values = np.random.default_rng(5).normal(0, 1, (graph.num_nodes, 3))
    values[:, 0] += 1.6e9  # such as seconds since 1970
    made = scaled(graph, tmp_path / "a", values)
    assert made.meta["constants"]["rule"] == "columns"
    np.testing.assert_allclose(made.values[0].std(axis=0), 1, atol=1e-4)


def test_features_that_say_nothing(graph: TemporalGraph, tmp_path: Path) -> None:
    for number, value in enumerate((0.0, 1.0, 0.1, -3e7)):
        made = scaled(graph, tmp_path / str(number), np.full((graph.num_nodes, 2), value))
        assert "every node has the same features" in made.meta["notes"][-1]
        np.testing.assert_allclose(made.values, 0, atol=1e-9)
        assert not made.binary


def test_too_large_for_half_precision(graph: TemporalGraph, tmp_path: Path) -> None:
    np.save(tmp_path / "f.npy", np.linspace(0, 1e5, graph.num_nodes)[:, None])
    with pytest.raises(DataError, match=r"1e\+05 are beyond float16; use --dtype float32"):
        make_features(
            graph,
            tmp_path / "g",
            given=tmp_path / "f.npy",
            how=How(as_is=True),
            dtype="float16",
        )
    assert not (tmp_path / "g").exists()


def test_constants_that_are_none() -> None:
    for wrong in ({}, {"rule": "x", "mean": [0], "scale": [1]}, {"rule": "whole", "mean": [0]},
                  {"rule": "whole", "mean": [0], "scale": [0]},
                  {"rule": "whole", "mean": [0, 1], "scale": [1]}):  # fmt: skip
        with pytest.raises(DataError):
            Standard.from_dict(wrong)
