"""Kinds of neurons by name: built in, of packages, of broken packages; fields by their ranges."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from neurograph.chip.profiles import load_profile, schema
from neurograph.core.errors import ModelError, NetworkError, ProfileError, StoreError
from neurograph.ir import LIF, QLIF, AdaptiveLIF, QAdaptiveLIF, QNeuron, neuron_kind, neuron_kinds
from neurograph.ir.neurons import kinds
from neurograph.ir.neurons.fields import Whole, check_fields, ranges, whole
from neurograph.models import neurons
from neurograph.models.spikenet.config import SpikeNetConfig
from neurograph.testing import NEURON_KINDS, random_network
from neurograph.workflow import store

GROUP = kinds.GROUP
BUILT_IN = tuple(kinds.BUILT_IN)


def given(monkeypatch: pytest.MonkeyPatch, **points: str) -> None:
    """Packages that add kinds: entry points by name, ``"module:attribute"``."""
    found = [EntryPoint(name=name, value=value, group=GROUP) for name, value in points.items()]
    monkeypatch.setattr(kinds, "entry_points", lambda group: found if group == GROUP else [])


def module(monkeypatch: pytest.MonkeyPatch, **attributes: object) -> str:
    made = ModuleType("a_package_of_neurons")
    vars(made).update(attributes)
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made.__name__


def test_built_in_kinds() -> None:
    assert NEURON_KINDS == ("LIF", "SoftResetLIF", "AdaptiveLIF", "RefractoryLIF")
    assert neuron_kinds()[:5] == BUILT_IN == (*NEURON_KINDS, "Relay")
    for name in BUILT_IN:
        kind = neuron_kind(name)
        assert kind.real.kind == kind.integer.kind == name
        assert kind.real.states == kind.integer.states
        assert kind.real.soft_reset == kind.integer.soft_reset
        assert kinds.neuron_class(name) is kind.real
        assert kinds.neuron_class(f"Q{name}") is kind.integer


@pytest.mark.parametrize("name", NEURON_KINDS)
def test_every_field_of_an_integer_neuron_has_a_range(name: str) -> None:
    network, _ = random_network(np.random.default_rng(0), neuron=name)
    for population in network.populations:
        found = dict(ranges(population.neuron))
        assert set(found) == set(vars(population.neuron))
        assert all(isinstance(of, Whole) for of in found.values())


def test_an_unknown_kind_names_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, Added="nowhere:KIND")
    with pytest.raises(NetworkError) as error:
        neuron_kind("Tri")
    assert str(error.value) == (
        "no kind of neuron 'Tri'; known: LIF, SoftResetLIF, AdaptiveLIF, RefractoryLIF, Relay, "
        "Added; install the package that adds it"
    )


def test_a_broken_package_is_named_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, Added="no_such_module:KIND")
    assert neuron_kinds() == (*BUILT_IN, "Added")
    assert neuron_kind("LIF").real is LIF
    with pytest.raises(NetworkError) as error:
        neuron_kind("Added")
    assert str(error.value) == (
        "neuron kind 'Added' (no_such_module:KIND) does not load: ModuleNotFoundError: No module "
        "named 'no_such_module'; mend or uninstall that package"
    )


def test_what_is_no_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    where = module(monkeypatch, KIND=LIF, OTHER=neuron_kind("LIF"))
    given(monkeypatch, A=f"{where}:KIND", B=f"{where}:OTHER")
    with pytest.raises(NetworkError, match=r"'A' \(.*:KIND\) is of the type ABCMeta, needed a Neu"):
        neuron_kind("A")
    with pytest.raises(NetworkError, match=r"'B' \(.*:OTHER\) is of the kind LIF; name its entry"):
        neuron_kind("B")
    with pytest.raises(NetworkError, match="its forms are LIF and QAdaptiveLIF of the kinds LIF"):
        kinds.NeuronKind(real=LIF, integer=QAdaptiveLIF)


def test_a_package_does_not_replace_what_is_built_in(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, LIF="no_such_module:KIND")
    assert neuron_kinds() == BUILT_IN
    assert neuron_kind("LIF").integer is QLIF


def test_a_profile_may_list_an_added_kind_and_no_unknown_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('base = "loihi2"\nname = "mine"\ntitle = "Mine"\nneurons = ["LIF", "Added"]\n')
    with pytest.raises(ProfileError) as error:
        load_profile(str(path))
    told = (
        "neurons.1: expected 'LIF', 'SoftResetLIF', 'AdaptiveLIF', 'RefractoryLIF' or 'Relay', "
        "got 'Added'"
    )
    assert told in str(error.value)
    given(monkeypatch, Added="no_such_module:KIND")
    assert load_profile(str(path)).neurons == ("LIF", "Added")
    listed = schema()["properties"]["neurons"]["items"]
    assert listed == {"enum": [*BUILT_IN, "Added"]}


def test_a_file_of_a_kind_that_is_not_installed_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    network, _ = random_network(np.random.default_rng(0))
    path = tmp_path / "network.h5"
    store.save(network, path)
    assert store.load(type(network), path).sha256 == network.sha256
    renamed = type("QGone", (QLIF,), {})
    for population in network.populations:
        object.__setattr__(population, "neuron", renamed(**vars(population.neuron)))
    store.save(network, path)
    with pytest.raises(StoreError) as error:
        store.load(type(network), path)
    assert str(error.value) == (
        f"{path}: holds a QGone: no kind of neuron 'QGone'; known: LIF, SoftResetLIF, AdaptiveLIF, "
        "RefractoryLIF, Relay; install the package that adds it"
    )


def test_trainable_neurons_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    neurons._found.cache_clear()
    settings = SpikeNetConfig(features=1, classes=2, steps=1, tau=4.0, threshold=0.5, gamma=0.1)
    assert neurons.neuron_names() == ("if", "lif", "plif", "alif")
    lif = LIF(voltage_decay=0.25, threshold=0.5)
    assert neurons.before_training("if", settings) == LIF(voltage_decay=0.0, threshold=0.5)
    assert neurons.before_training("lif", settings) == lif
    assert neurons.before_training("plif", settings) == lif
    assert neurons.before_training("alif", settings) == AdaptiveLIF(
        voltage_decay=0.25, threshold=0.5, threshold_decay=0.3, threshold_step=0.1
    )
    given(monkeypatch, Added="no_such_module:KIND")
    assert neurons.neuron_names() == ("if", "lif", "plif", "alif")
    with pytest.raises(ModelError) as error:
        neurons.before_training("tri", settings)
    assert str(error.value) == (
        "no neuron 'tri'; known: if, lif, plif, alif; neuron kind 'Added' (no_such_module:KIND) "
        "does not load: ModuleNotFoundError: No module named 'no_such_module'; mend or uninstall "
        "that package"
    )


def test_an_added_neuron_whose_layer_is_broken_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True, kw_only=True)
    class Added(LIF):
        kind = "Added"

    @dataclass(frozen=True, kw_only=True)
    class QAdded(QLIF):
        kind = "Added"

    way = kinds.Trainable(start=lambda s: Added(voltage_decay=0.0, threshold=1.0), layer="no_one:X")
    kind = kinds.NeuronKind(real=Added, integer=QAdded, trainable={"add": way})
    given(monkeypatch, Added=f"{module(monkeypatch, KIND=kind)}:KIND")
    neurons._found.cache_clear()
    assert neurons.neuron_names()[-1] == "add"
    settings = SpikeNetConfig(features=1, classes=2, steps=1, neuron="add")
    assert neurons.before_training("add", settings).kind == "Added"
    with pytest.raises(ModelError, match="neuron add: its layer no_one:X does not load"):
        neurons.layer_class("add")
    neurons._found.cache_clear()


@dataclass(frozen=True, kw_only=True)
class _Odd(QNeuron):
    kind = "Odd"

    voltage_decay: int = field(metadata=whole(0, 9))
    threshold: int = field(metadata=whole(1, lambda neuron: 2 * neuron.voltage_top))
    current_decay: int = 4095  # no range: not checked
    voltage_top: int = field(default=5, metadata=whole(0, 50))

    @property
    def theta(self) -> int:
        return self.threshold


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"threshold": 11}, "_Odd: threshold is 11, expected an integer 1 to 10"),
        ({"threshold": 0, "voltage_top": 51}, "_Odd: voltage_top is 51, expected an integer 0 to"),
        (
            {"voltage_decay": [1, 2]},
            "_Odd: voltage_decay for 2 channels, limit one number, which all neurons share; make",
        ),
    ],
)
def test_a_range_may_depend_on_a_later_field(values: dict[str, object], told: str) -> None:
    with pytest.raises(NetworkError) as error:
        _Odd(**{"voltage_decay": 1, "threshold": 10, **values})  # type: ignore[arg-type]
    assert str(error.value).startswith(told)
    assert _Odd(voltage_decay=np.int64(1), threshold=20, voltage_top=10) == _Odd(
        voltage_decay=1, threshold=20, voltage_top=10
    )
    check_fields(_Odd(voltage_decay=9, threshold=1))
