"""A model before training asks of a chip what the trained one does."""

from __future__ import annotations

import pytest
import torch

from neurograph.core.errors import ModelError
from neurograph.graphs.sampling import TreeSpec
from neurograph.ir import Network
from neurograph.models import PRESETS as TRAINED
from neurograph.models.design import PRESETS, Design
from neurograph.models.registry import CONFIGS, as_spiking, build
from neurograph.models.to_network import capture_model


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
    design = Design(**settings)  # type: ignore[arg-type]
    shape = {"features": 128, "classes": 10, "steps": 27, **settings}
    tree = TreeSpec(fanouts=shape.pop("fanouts", (5, 2)))
    torch.manual_seed(0)
    name = str(shape.pop("model", "spikenet"))
    model = as_spiking(build(name, CONFIGS[name](**shape, tree=tree)))  # type: ignore[arg-type]
    assert structure(design.network()) == structure(capture_model(model))


def test_presets_have_the_shapes_that_are_trained() -> None:
    assert set(PRESETS) == set(TRAINED)
    for name, preset in PRESETS.items():
        assert Design.of(preset) == Design.of(TRAINED[name].as_mapping())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "sage"}, "model sage has no spikes: it is a baseline"),
        ({"model": "dysine"}, "no model 'dysine'; known: spikenet, dysign"),
        ({"model": "dysign", "neuron": "lif"}, "model dysign takes no neuron; leave that out"),
        ({"leak": 0.5}, "model spikenet takes no leak; leave that out"),
        ({"model": "dysign", "latency": 0}, "latency is 0, leak 0.8; needed at least 1, and above"),
        ({"neuron": "tri"}, "no neuron 'tri'; known: if, lif, plif, alif"),
        ({"hidden": (8,)}, "hidden sizes (8,) for fan-outs (5, 2); needed one per hop"),
        ({"hidden": (0, 10)}, "all must be at least 1"),
        ({"tau": 0.5}, "tau is 0.5 steps, needed at least 1"),
    ],
)
def test_what_makes_no_model_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError) as error:
        Design(**settings)  # type: ignore[arg-type]
    assert message in str(error.value)
