"""Exports as a user makes them: what they explain, and what they refuse."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from neurograph.chip.deployment import Deployment
from neurograph.workflow import store
from tests import noted
from tests.road.conftest import Command
from tests.road.test_bad_input import refused

pytestmark = pytest.mark.slow


@pytest.fixture
def copy(road: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree((road / "runs" / "latest").resolve(), tmp_path / "run"))


def retouch(copy: Path, change: Callable[[dict[str, np.ndarray]], None]) -> None:
    """Change the weights of the trained model, in the real file."""
    path = copy / "checkpoint" / "best.safetensors"
    noted.change_checkpoint(path, lambda _, all: change({n: x.numpy() for n, x in all.items()}))


def first(weights: dict[str, np.ndarray]) -> np.ndarray:
    """The weights of the first layer's own features."""
    return weights["layers.0.own.weight"]


def test_explain_says_why_every_scale_and_threshold_is_so(
    road: Path, copy: Path, neurograph: Command
) -> None:
    done = neurograph(road, "export", copy, "--explain")
    assert done.returncode == 0, done.stderr
    deployment = store.load(Deployment, copy / "deployment.h5")
    choices = deployment.quantized.choices
    assert len(choices) >= 10
    for choice in choices:
        assert f"{choice.where}, {choice.what}: {choice.value}" in done.stdout
        assert choice.why in done.stdout
    scale = deployment.quantized.streams[0].scale
    assert f"x, scale: {scale:.6g} payload units per float unit" in done.stdout
    assert re.search(r"no input can take a state beyond [\d,]+ of 8,388,607", done.stdout)


def test_export_for_programs(road: Path, copy: Path, neurograph: Command) -> None:
    done = neurograph(road, "export", copy, "--json", "--weight-bits", "4")
    assert done.returncode == 0, done.stderr
    tree = json.loads(done.stdout)
    assert {w["name"] for w in tree["weights"]} >= {"x->h1.self", "h1->h2.neighbours5"}
    assert all(w["bits_used"] <= 4 for w in tree["weights"])
    assert all(layer["differ"] < 0.2 for layer in tree["layers"])
    assert tree["choices"]


def test_calibration_without_nodes(road: Path, copy: Path, neurograph: Command) -> None:
    before = (copy / "deployment.h5").read_bytes()
    refused(
        neurograph(road, "export", copy, "--calibrate", "0"),
        "calibration on 0 nodes; needed at least 1: --calibrate 512",
    )
    assert (copy / "deployment.h5").read_bytes() == before


@pytest.mark.parametrize(
    ("option", "bits", "message"),
    [
        ("--weight-bits", "9", "weights of 9 bits, profile 'loihi2' has 8; use fewer weight bits"),
        ("--weight-bits", "0", "weights of 0 bits; at least 2, sign included"),
        ("--feature-bits", "25", "x: features of 25 bits, profile 'loihi2' has 24"),
    ],
)
def test_widths_that_the_chip_lacks(
    road: Path, copy: Path, neurograph: Command, option: str, bits: str, message: str
) -> None:
    before = (copy / "deployment.h5").read_bytes()
    refused(neurograph(road, "export", copy, option, bits), message)
    assert (copy / "deployment.h5").read_bytes() == before


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers(
    road: Path, copy: Path, neurograph: Command, value: float
) -> None:
    def spoil(weights: dict[str, np.ndarray]) -> None:
        first(weights)[3, 5] = value

    retouch(copy, spoil)
    refused(neurograph(road, "export", copy), "x->h1.self: weight[3, 5] is not a finite number")


def test_one_weight_a_thousand_times_the_rest(road: Path, copy: Path, neurograph: Command) -> None:
    def spoil(weights: dict[str, np.ndarray]) -> None:
        first(weights)[3, 5] = 1000 * np.abs(first(weights)).max()

    retouch(copy, spoil)
    for words in ((), ("--explain",)):
        done = neurograph(road, "export", copy, *words)
        assert done.returncode == 0, done.stderr
    assert "x->h1.self.large, outliers apart: weights beyond" in done.stdout
    held = store.load(Deployment, copy / "deployment.h5").quantized
    small = [j.weight for j in held.projections if j.name in ("x->h1.self", "x->h1.self+")]
    assert np.count_nonzero(small[0]) > 0.3 * small[0].size, "the others are not lost"
