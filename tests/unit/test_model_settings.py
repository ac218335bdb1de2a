"""Settings of models: found by entry point, flat in files and calls, one option per name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from typing import ClassVar

import pytest
import typer

from neurograph.cli import generated, model_options
from neurograph.core.errors import ModelError
from neurograph.core.setting import non_default, setting, settings_of, values
from neurograph.models import registry
from neurograph.models.config import ModelConfig
from neurograph.models.settings import PRESETS, TrainSettings, preset


@dataclass(frozen=True, kw_only=True)
class Other(ModelConfig):
    """A model of a package."""

    hidden: tuple[int, ...] = setting((6, 3), "channels per layer", unit="e.g. 6,3")
    flavour: str = setting("plain", "what it tastes of", known=("plain", "sour"))
    warm: bool = setting(True, "served warm")

    name: ClassVar[str] = "other"
    module: ClassVar[str] = "no.such.module:Other"
    about: ClassVar[str] = "another model"
    presets: ClassVar[dict[str, dict[str, object]]] = {"sour": {"flavour": "sour", "epochs": 3}}


@dataclass(frozen=True, kw_only=True)
class Greedy(ModelConfig):
    """A model whose setting is one of training."""

    epochs: int = setting(3, "its own epochs")

    name: ClassVar[str] = "greedy"
    module: ClassVar[str] = "no.such.module:Greedy"


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EntryPoint]]:
    """Entry points that a test adds to those of the models."""
    points: list[EntryPoint] = []
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    for cached in (registry._plug_ins, registry._loaded):
        cached.cache_clear()
    yield points
    for cached in (registry._plug_ins, registry._loaded):
        cached.cache_clear()


def point(name: str, value: str, monkeypatch: pytest.MonkeyPatch, found: object) -> EntryPoint:
    load = EntryPoint.load

    def loaded(entry: EntryPoint) -> object:
        return found if entry.group == registry.GROUP else load(entry)

    monkeypatch.setattr(EntryPoint, "load", loaded)
    return EntryPoint(name, value, registry.GROUP)


def test_a_package_adds_a_model(
    installed: list[EntryPoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.append(point("other", "package:Other", monkeypatch, Other))
    assert registry.known_models() == ("spikenet", "dysign", "sage", "sage-gru", "other")
    settings = TrainSettings(model="other", flavour="sour", epochs=2)
    assert (settings.flavour, settings.hidden, settings.epochs) == ("sour", (6, 3), 2)
    assert settings.config(features=5, classes=3, steps=2) == Other(
        features=5, classes=3, steps=2, flavour="sour"
    )
    assert preset("sour") == TrainSettings(model="other", flavour="sour", epochs=3)
    with pytest.raises(ModelError, match=r"model other: no\.such\.module:Other cannot be used"):
        settings.own.build()
    with pytest.raises(ModelError, match="model sage has no spikes, so it takes no flavour"):
        TrainSettings(model="sage", flavour="sour")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (dict, "model 'other': package:Other is no subclass of neurograph.models.ModelConfig"),
        ("Other", "model 'other': package:Other is no subclass of neurograph.models.ModelConfig"),
        (Greedy, "model 'other': package:Other needs name = 'other'"),
        (ModelConfig, "model 'other': package:Other needs name = 'other'"),
    ],
)
def test_a_package_that_adds_no_model(
    installed: list[EntryPoint], monkeypatch: pytest.MonkeyPatch, found: object, message: str
) -> None:
    installed.append(point("other", "package:Other", monkeypatch, found))
    with pytest.raises(ModelError) as error:
        registry.config_class("other")
    assert str(error.value).startswith(message)
    assert registry.faults() == {"other": str(error.value)}
    assert list(registry.config_classes()) == list(registry.BUILT_IN)


def test_two_packages_of_one_name(
    installed: list[EntryPoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.append(point("sage", "package:Other", monkeypatch, Other))
    with pytest.raises(ModelError, match="model 'sage' is there twice, from neurograph and from"):
        registry.known_models()


def test_a_setting_that_training_has(
    installed: list[EntryPoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.append(point("greedy", "package:Greedy", monkeypatch, Greedy))
    with pytest.raises(ModelError, match="model greedy: its 'epochs' is a setting of training"):
        TrainSettings(model="greedy")


def test_settings_of_older_files_hold_those_of_every_model() -> None:
    every = {name: of for kind in registry.BUILT_IN.values() for name, of in _defaults(kind)}
    for name in registry.BUILT_IN:
        older = {**every, "model": name, "epochs": 7}
        found = TrainSettings.from_dict(json.loads(json.dumps(older)))
        assert found == TrainSettings(model=name, epochs=7)
        assert set(found.to_dict()) <= {*older, *values(found)}


def _defaults(kind: type) -> list[tuple[str, object]]:
    return [(of.name, of.default) for of in settings_of(kind)]


def test_another_model_takes_over_what_was_set() -> None:
    settings = TrainSettings(hidden=(9, 4), threshold=0.5, batch=3)
    other = settings.changed(model="dysign", leak=0.7)
    assert other == TrainSettings(model="dysign", hidden=(9, 4), threshold=0.5, leak=0.7, batch=3)
    assert replace(settings, epochs=4).hidden == (9, 4)
    with pytest.raises(ModelError, match="takes no threshold"):
        settings.changed(model="sage")
    with pytest.raises(AttributeError, match="no attribute 'latency'"):
        _ = settings.latency


def test_every_preset_is_beside_its_model() -> None:
    for kind in registry.BUILT_IN.values():
        for name in kind.presets:
            assert PRESETS[name].own.name == kind.name
            assert preset(name) == PRESETS[name]
    with pytest.raises(ModelError, match="no preset 'big'; known: dblp, tmall, patent, demo, dblp"):
        preset("big")


def test_non_default_are_those_that_differ() -> None:
    config = Other(features=2, classes=2, steps=1, flavour="sour")
    assert non_default(config) == {"flavour": "sour"}
    assert values(config)["warm"] is True


def command(kinds: model_options.Kinds) -> tuple[typer.Typer, list[dict[str, object]]]:
    app, seen = typer.Typer(add_completion=False, rich_markup_mode=None), []

    def cook(context: typer.Context, plate: str = "white") -> None:
        """Cook."""
        seen.append({"plate": plate, **generated.given(context)})

    app.command(cls=generated.command(lambda: model_options.panels(kinds)))(cook)
    return app, seen


def run(app: typer.Typer, *words: str) -> None:
    typer.main.get_command(app).main(list(words), standalone_mode=False)


def test_options_are_made_of_settings(capsys: pytest.CaptureFixture[str]) -> None:
    app, seen = command({"other": Other, "sage": registry.BUILT_IN["sage"]})
    run(app, "--hidden", "4,2", "--no-warm", "--dropout", "0.25", "--plate", "blue")
    run(app)
    assert seen == [
        {"plate": "blue", "hidden": (4, 2), "warm": False, "dropout": 0.25},
        {"plate": "white"},
    ]
    run(app, "--help")
    text = " ".join(capsys.readouterr().out.split())
    assert "model: settings of several models --hidden" in text
    assert "other: channels per layer [e.g. 6,3; default 6,3]; sage: channels per layer" in text
    assert "what it tastes of: plain, sour [default plain]" in text
    assert "--warm / --no-warm served warm [default --warm]" in text
    assert "other: another model" in text
    with pytest.raises(ModelError, match=r"--hidden is .many., needed e\.g\. 128,10"):
        run(app, "--hidden", "many")


def test_an_option_that_the_command_has_already() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Plated(Other):
        plate: str = setting("red", "colour of its plate")

    app, _ = command({"other": Plated})
    with pytest.raises(ModelError, match="two options are called 'plate', one of them of other"):
        run(app, "--plate", "blue")


NUMBERS = (
    ({"seed": -1}, "seed is -1, needed 0 to 9,223,372,036,854,775,807"),
    ({"seed": 2**70}, "seed is .*, needed 0 to"),
    ({"split_seed": 2**32}, "split_seed is 4294967296, needed 0 to 4,294,967,295"),
    ({"epochs": 2_000_000}, "epochs is 2000000, needed at most 1,000,000"),
    ({"tau": float("inf")}, "tau is inf, needed 0, or 1e-09 to 1e.09 in magnitude"),
    ({"learning_rate": 1e308}, "learning_rate is 1e.308, needed"),
    ({"learning_rate": float("nan")}, "learning_rate is nan, needed"),
    ({"model": "dysign", "leak": 1e-320}, "leak is 1e-320, needed"),
    ({"model": "dysign", "latency": 2**31}, "latency is 2147483648, needed at most 10,000"),
)


@pytest.mark.parametrize(("given", "said"), NUMBERS)
def test_numbers_that_nothing_computes_with(given: dict[str, object], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        TrainSettings(**given)  # type: ignore[arg-type]
