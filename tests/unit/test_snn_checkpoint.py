"""Checkpoints: whole or an error that says what is wrong."""

from dataclasses import replace

import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import save_file

from neurograph.core.errors import ModelError, StoreError
from neurograph.models import SpikeNetConfig, TrainSettings, capture, load_checkpoint
from neurograph.models.checkpoint import BEST, save_checkpoint
from neurograph.testing.models import checkpoint_of
from neurograph.testing.schemes import plain_scheme
from tests import noted

CONFIG = SpikeNetConfig(
    features=4,
    classes=2,
    steps=3,
    hidden=(5, 3),
    fanouts=(3, 2),
    neuron="plif",
    tau=2.0,
)


def checkpoint():
    return checkpoint_of(
        "spikenet",
        CONFIG,
        TrainSettings(hidden=(5, 3), fanouts=(3, 2), neuron="plif", tau=2.0),
        meta={"split": "stratified-40-seed42", "metrics": {"epoch": 3}},
        optimizer={"0/step": torch.tensor(3.0)},
    )


@pytest.fixture
def saved(tmp_path):
    save_checkpoint(checkpoint(), tmp_path / BEST)
    return tmp_path


def rewrite(folder, change):
    noted.change_checkpoint(folder / BEST, change)


def test_round_trip(tmp_path):
    before = checkpoint()
    save_checkpoint(before, tmp_path / BEST)
    after = load_checkpoint(tmp_path)
    assert (after.model, after.config, after.settings) == ("spikenet", CONFIG, before.settings)
    assert after.meta == before.meta
    assert all(torch.equal(after.state[name], t) for name, t in before.state.items())
    assert after.optimizer == before.optimizer


def test_missing(tmp_path):
    with pytest.raises(StoreError) as error:
        load_checkpoint(tmp_path)
    path = tmp_path / BEST
    assert str(error.value) == f"{path}: no such checkpoint; run first: neurograph train"


@pytest.mark.parametrize("size", [0, 4, 100, 1000, -1])
def test_truncated_at_any_length(saved, size):
    path = saved / BEST
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(StoreError, match=r"best\.safetensors: damaged or not a checkpoint"):
        load_checkpoint(saved)


def test_a_foreign_file(saved):
    (saved / BEST).write_bytes(b"\x80\x04not a checkpoint" * 100)
    with pytest.raises(StoreError, match="damaged or not a checkpoint"):
        load_checkpoint(saved)
    save_file({"w": torch.zeros(3)}, saved / BEST)
    with pytest.raises(StoreError, match="a safetensors file, but not a NeuroGraph checkpoint"):
        load_checkpoint(saved)


@pytest.mark.parametrize(("schema", "remedy"), [(3, "upgrade neurograph"), (0, "train again")])
def test_another_schema(saved, schema, remedy):
    rewrite(saved, lambda header, _: header.update(schema=schema))
    with pytest.raises(StoreError) as error:
        load_checkpoint(saved)
    want = f"{saved / BEST}: schema {schema}, this neurograph reads 1 to 2; {remedy}"
    assert str(error.value) == want


def test_the_first_schema_had_no_scheme(saved):
    def older(header, _):
        header["schema"] = 1
        del header["scheme"]
        for name in ("qat", "weight_bits", "feature_bits", "qat_epochs", "qat_learning_rate"):
            del header["settings"][name]

    rewrite(saved, older)
    found = load_checkpoint(saved)
    assert found.scheme is None
    assert found.settings == checkpoint().settings


def scheme():
    return plain_scheme(capture(checkpoint()), 2.0, means=True, cut=0.5, split=True)


def test_a_scheme_survives(tmp_path):
    given = replace(checkpoint(), scheme=scheme())
    save_checkpoint(given, tmp_path / BEST)
    assert load_checkpoint(tmp_path).scheme == given.scheme


DAMAGE = {
    "no streams": (lambda s: s.pop("streams"), "KeyError: 'streams'"),
    "a list": (lambda s: s.update(populations=[]), "AttributeError: 'list' object has no"),
    "an unknown field": (
        lambda s: s["projections"]["x->h1.self"].update(colour=1),
        "TypeError: WeightGrid.__init__() got an unexpected keyword argument 'colour'",
    ),
    "bits in words": (
        lambda s: s["projections"]["x->h1.self"].update(bits="eight"),
        "NetworkError: projection: bits is 'eight', expected an integer 2 to 8",
    ),
    "a scale of 0": (lambda s: s["populations"]["h1"].update(scale=0.0), "NetworkError: "),
    "a payload of 99 bits": (
        lambda s: s["streams"][0].update(bits=99),
        "NetworkError: x: bits is 99, expected an integer 1 to 24",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_scheme(tmp_path, damage):
    save_checkpoint(replace(checkpoint(), scheme=scheme()), tmp_path / BEST)
    change, message = damage
    rewrite(tmp_path, lambda header, _: change(header["scheme"]))
    with pytest.raises(StoreError) as error:
        load_checkpoint(tmp_path)
    assert str(error.value).startswith(
        f"{tmp_path / BEST}: damaged or not a checkpoint (no quantisation scheme ({message}"
    )
    assert str(error.value).endswith("; quantise again); train again")


def test_an_unknown_model(saved):
    rewrite(saved, lambda header, _: header.update(model="spikingformer"))
    with pytest.raises(ModelError) as error:
        load_checkpoint(saved)
    known = "spikenet, dysign, sage, sage-gru"
    assert str(error.value).endswith(f"no model 'spikingformer'; known: {known}")


def test_a_checkpoint_that_says_it_is_of_the_other_model(saved):
    rewrite(saved, lambda header, _: header.update(model="dysign"))
    with pytest.raises(ModelError, match="model dysign, which has no 'alpha': a checkpoint of ano"):
        load_checkpoint(saved)


def test_weights_of_another_model(saved):
    def change(header, tensors):
        tensors["readout.bias"] = torch.zeros(7)

    rewrite(saved, change)
    with pytest.raises(ModelError) as error:
        load_checkpoint(saved)
    assert str(error.value) == (
        f"{saved / BEST}: checkpoint is of another model: 'readout.bias' is (7,), "
        "spikenet needs (2,)"
    )
    rewrite(saved, lambda _, tensors: tensors.pop("readout.bias"))
    with pytest.raises(ModelError, match=r"'readout.bias' is missing, spikenet needs"):
        load_checkpoint(saved)


def test_a_header_without_a_setting_of_the_model(saved):
    rewrite(saved, lambda header, _: header["config"].pop("features"))
    with pytest.raises(StoreError, match="damaged or not a checkpoint"):
        load_checkpoint(saved)


def test_restoring_leaves_the_checkpoint_alone():
    given = checkpoint()
    model = given.restore()
    with torch.no_grad():
        model.readout.bias += 1
    assert torch.equal(given.state["readout.bias"], given.restore().readout.bias)
    with pytest.raises(ModelError, match="checkpoint is of another model"):
        replace(given, config=replace(CONFIG, steps=4)).restore()


def test_a_pytorch_file_is_called_so(tmp_path):
    torch.save({"fc.weight": torch.zeros(2, 3)}, tmp_path / "best.safetensors")
    with pytest.raises(StoreError, match=r"a PyTorch file .*not a checkpoint of neurograph train"):
        load_checkpoint(tmp_path)


ROW = {"epoch": 1, "phase": "float", "val_micro_f1": 0.5}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"val_micro_f1": "0.5"}, "val_micro_f1 is a text"),
        ({"firing_rate": 7}, "firing_rate is a whole number, needed a list"),
        ({"out_of_range": {"h1": "far"}}, r"out_of_range\.h1 is a text"),
        ({"epoch": 1.5}, "epoch is a number, needed a whole number"),
    ],
)
def test_an_epoch_of_another_form(saved, row, said):
    rewrite(saved, lambda header, _: header["meta"].update(history=[ROW, {**ROW, **row}]))
    with pytest.raises(StoreError, match=said):
        load_checkpoint(saved)


def test_sizes_that_no_memory_holds_are_refused_before_they_are_built(saved):
    rewrite(saved, lambda header, _: header["config"].update(classes=10**12))
    with pytest.raises(ModelError, match=r"of another model: [\d,]+ weights, where its sizes make"):
        load_checkpoint(saved)
