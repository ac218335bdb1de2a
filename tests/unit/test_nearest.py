"""What is said of a name that nobody knows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from neurograph.chip.measured import load_measured
from neurograph.chip.place.placer import place
from neurograph.chip.profiles import load_profile
from neurograph.core.errors import NeuroGraphError
from neurograph.core.nearest import unknown
from neurograph.models.registry import config_class
from neurograph.models.settings import preset
from neurograph.models.spikenet.config import SpikeNetConfig
from neurograph.runtime.backends import find_backend
from neurograph.tasks import find_task

SIZES = {"features": 4, "classes": 2, "steps": 2}


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("oka", "no tree 'oka'; known: oak, elm, or plant one; did you mean oak?"),
        ("zzz", "no tree 'zzz'; known: oak, elm, or plant one"),
    ],
)
def test_the_known_names_then_those_that_may_be_meant(typed: str, message: str) -> None:
    assert unknown("tree", typed, ("oak", "elm"), more=", or plant one") == message


def test_no_names_at_all() -> None:
    assert unknown("tree", "oak", ()) == "no tree 'oak'; known: none"


@pytest.mark.parametrize(
    ("look_up", "typed", "meant"),
    [
        (config_class, "spikent", "spikenet"),
        (preset, "pattent", "patent"),
        (load_profile, "lohi2", "loihi2"),
        (load_measured, "lohi2", "loihi2"),
        (find_task, "node-clasification", "node-classification"),
        (find_backend, "loihi-simm", "loihi-sim"),
        (lambda name: SpikeNetConfig(**SIZES, neuron=name), "lfi", "lif"),
        (lambda name: SpikeNetConfig(**SIZES, readout=name), "flatt", "flat"),
        (lambda name: SpikeNetConfig(**SIZES, mapping=name), "tres", "trees"),
        (lambda name: place(None, None, method=name), "anealed", "annealed"),
    ],
)
def test_a_slip_of_the_finger_is_told(
    look_up: Callable[[str], object], typed: str, meant: str
) -> None:
    with pytest.raises(NeuroGraphError, match=f"'{typed}'.*; did you mean .*{meant}") as refused:
        look_up(typed)
    assert len(str(refused.value)) < 1000
