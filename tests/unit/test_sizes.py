"""What cannot fit is refused before any work, with what it would need."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurograph.core.errors import MachineError, ModelError
from neurograph.core.memory import check_memory
from neurograph.graphs.embed import make_features
from neurograph.graphs.sets import synth
from neurograph.models.memory_needed import check_shape, check_training, weights_of
from neurograph.models.settings import TrainSettings


def config(**settings: object) -> object:
    return TrainSettings.from_dict(settings).config(features=16, classes=4, steps=4)


def test_weights_are_counted() -> None:
    of = config(hidden=(8, 4), fanouts=(3, 2))
    assert weights_of(of) == 2 * 16 * 8 + 2 * 8 * 4 + 4 * 4


def test_wide_layers_say_what_they_need() -> None:
    with pytest.raises(MachineError) as error:
        check_training(config(hidden=(1_000_000, 1_000_000)), nodes=300)
    assert str(error.value).startswith(
        "not enough memory: a model of 2,000,036,000,000 weights (hidden 1,000,000, 1,000,000; 16 "
        "features) needs at least 32,000.6 GB, "
    )
    assert str(error.value).endswith("GB are free; use smaller layers (--hidden) or fewer features")


def test_fan_outs_of_a_hundred_thousand() -> None:
    with pytest.raises(ModelError) as error:
        config(fanouts=(100_000, 100_000))
    assert str(error.value) == (
        "fan-outs (100000, 100000) make a tree of 10,000,100,001 slots, limit 1,048,576; draw "
        "fewer neighbours"
    )


def test_a_network_to_be_checked_is_laid_out_in_memory() -> None:
    with pytest.raises(MachineError, match=r"a network of 3[\d,]+ weights needs at least 76"):
        check_shape(config(hidden=(1_000_000, 1_600_000)))


def test_a_graph_of_ten_million_nodes_at_ten_thousand_steps() -> None:
    said = r"300,000,000,000 contacts, needs at least 30,000\.0 GB"
    with pytest.raises(MachineError, match=said):
        synth(nodes=10_000_000, steps=10_000)


def test_ordinary_sizes_are_no_matter() -> None:
    check_training(config(hidden=(128, 10), fanouts=(5, 2)), nodes=1_000_000)
    check_memory("nothing", 0, "")


def test_ten_billion_features_are_refused_before_the_first(tmp_path: Path) -> None:
    graph = synth(nodes=300, classes=4, steps=4)
    with pytest.raises(MachineError) as error:
        make_features(graph, tmp_path, dim=10_000_000_000)
    assert str(error.value).startswith(
        "not enough memory: dynwalk of 300 nodes, 10,000,000,000 features each, needs at least 36"
    )
    assert str(error.value).endswith("make fewer: --dim")
    assert [*tmp_path.iterdir()] == []
