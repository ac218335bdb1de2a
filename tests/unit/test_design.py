"""A config, before training, asks of a chip what the trained model does."""

from __future__ import annotations

import pytest
import torch

from neurograph.core.errors import ModelError
from neurograph.ir import Network
from neurograph.models import PRESETS, ModelConfig, TrainSettings
from neurograph.models.registry import BUILT_IN, build

OTHER = "has neurons of another kind: takes"


def design(**settings: object) -> ModelConfig:
    """The config that these settings describe, of data of the usual sizes."""
    sizes = {"features": 128, "classes": 10, "steps": 27}
    sizes |= {name: settings.pop(name) for name in sizes if name in settings}  # type: ignore[dict-item]
    return TrainSettings(**settings).config(**sizes)


def structure(network: Network) -> dict[str, object]:
    """Everything but the numbers in weights and biases."""
    return {
        "streams": network.streams,
        "populations": [(p.name, p.rows, p.channels) for p in network.populations],
        "neurons": [
            {name: pytest.approx(x, abs=1e-6) for name, x in vars(p.neuron).items()}
            for p in network.populations
        ],
        "kinds": [type(p.neuron) for p in network.populations],
        "projections": [
            (j.name, j.source, j.target, j.mix.toarray().tolist(), j.weight.shape, j.delay)
            for j in network.projections
        ],
        "readout": (network.readout.source, network.readout.weight.shape),
        "steps": (network.steps, network.latency),
    }


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"hidden": (24, 5), "fanouts": (2, 3), "features": 7, "classes": 4, "steps": 3},
        {"neuron": "lif", "tau": 2.0},
        {"neuron": "if"},
        {"neuron": "plif", "tau": 3.0},  # before it learns its tau
        {"hidden": (9, 8, 7), "fanouts": (3, 2, 2), "threshold": 0.5, "gamma": 0.1},
        {"model": "dysign"},
        {"model": "dysign", "latency": 3, "leak": 0.7, "compensation": False},
        {"model": "dysign", "hidden": (9, 8, 7), "fanouts": (3, 2, 2), "feedback": False},
    ],
)
def test_a_design_has_the_structure_of_the_captured_model(settings: dict[str, object]) -> None:
    config = design(**settings)
    torch.manual_seed(0)
    model = build(config.name, config)
    assert structure(config.network()) == structure(model.capture())


def test_presets_have_the_shapes_that_are_trained() -> None:
    kinds = BUILT_IN.values()
    beside = {name: (kind, kind.presets[name]) for kind in kinds for name in kind.presets}
    assert set(PRESETS) == set(beside)
    for name, (kind, preset) in beside.items():
        assert design(model=kind.name, **preset) == design(**PRESETS[name].to_dict())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "sage"}, "model sage has no spikes: it is a baseline"),
        ({"model": "dysine"}, "no model 'dysine'; known: spikenet, dysign"),
        ({"model": "dysign", "neuron": "lif"}, f"model dysign {OTHER} no neuron; leave that out"),
        ({"leak": 0.5}, f"model spikenet {OTHER} no leak; leave that out"),
        (
            {"model": "dysign", "latency": 0},
            "latency is 0 latency steps per snapshot, needed at least",
        ),
        ({"neuron": "tri"}, "no neuron 'tri'; known: if, lif, plif, alif"),
        ({"hidden": (8,)}, "hidden sizes (8,) for fan-outs (5, 2); needed one per hop"),
        ({"hidden": (0, 10)}, "all must be at least 1"),
        ({"tau": 0.5}, "tau is 0.5 steps, needed at least 1"),
    ],
)
def test_what_makes_no_model_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError) as error:
        design(**settings).network()
    assert message in str(error.value)
