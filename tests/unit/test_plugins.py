"""What packages add by entry point: found by name; whatever is wrong with one is one error."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from neurograph.core import plugins
from neurograph.core.errors import DataError
from neurograph.core.plugins import Registry


class Thing:
    """What the entry points of these tests lead to."""


class Named(Thing):
    name = "named"


class Abstract(Thing):
    def __init__(self) -> None:
        raise TypeError("nobody said how")


REGISTRY = Registry(
    group="test.things",
    noun="thing",
    base=Thing,
    error=DataError,
    built_in={"own": "things_of_the_test:Thing"},
)


@dataclass(frozen=True)
class Entry:
    """An entry point, with the package that it is of."""

    name: str
    value: str
    package: str = "somebodys-things"
    extras: ClassVar[list[str]] = ["all"]

    @property
    def dist(self) -> Any:
        return SimpleNamespace(name=self.package)

    def load(self) -> Any:
        return EntryPoint(self.name, self.value, "test.things").load()


@pytest.fixture(autouse=True)
def _module(monkeypatch: pytest.MonkeyPatch) -> None:
    made = SimpleNamespace(Thing=Thing, Named=Named, Abstract=Abstract, one=Thing(), text="text")
    monkeypatch.setitem(sys.modules, "things_of_the_test", made)  # type: ignore[arg-type]


def install(monkeypatch: pytest.MonkeyPatch, *entries: Entry) -> None:
    def of(group: str) -> list[Entry]:
        return list(entries) if group == "test.things" else []

    monkeypatch.setattr(plugins, "entry_points", of)


def refused(name: str) -> str:
    with pytest.raises(DataError) as error:
        REGISTRY.load(name)
    return str(error.value)


def test_classes_are_made_and_instances_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    install(
        monkeypatch,
        Entry("named", "things_of_the_test:Named"),
        Entry("one", "things_of_the_test:one"),
        Entry("late", "things_of_the_test:Thing", "neurograph"),
    )
    assert REGISTRY.names() == ("own", "late", "named", "one"), "built in, ours, others"
    assert REGISTRY.added() == ("late", "named", "one")
    assert type(REGISTRY.load("own")) is Thing
    assert type(REGISTRY.load("named")) is Named
    assert REGISTRY.load("one") is REGISTRY.load("one")
    assert REGISTRY.package("named") == "somebodys-things"
    assert REGISTRY.package("own") == "things_of_the_test"


def test_nobody_takes_the_name_of_a_built_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Entry("own", "things_of_the_test:Named"))
    assert REGISTRY.names() == ("own",)
    assert type(REGISTRY.load("own")) is Thing


def test_an_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Entry("one", "things_of_the_test:one"))
    assert refused("two") == "no thing 'two'; known: own, one"


def test_where_nothing_is_installed() -> None:
    empty = Registry(group="test.none", noun="thing", base=Thing, error=DataError)
    with pytest.raises(DataError, match="no thing 'x'; known: none; install a package that adds"):
        empty.load("x")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            Entry("x", "no_such_module:X"),
            "thing 'x' is installed but does not import (ModuleNotFoundError: No module named "
            "'no_such_module'); install what it needs: pip install 'somebodys-things[all]' (see "
            "README, 'Install')",
        ),
        (
            Entry("x", "things_of_the_test:Abstract"),
            "thing 'x' (things_of_the_test:Abstract) cannot be made (TypeError: nobody said how); "
            "uninstall or mend the package 'somebodys-things'",
        ),
        (
            Entry("x", "things_of_the_test:text"),
            f"thing 'x' (things_of_the_test:text) is no {__name__}.Thing; uninstall or mend the "
            "package 'somebodys-things'",
        ),
        (
            Entry("x", "things_of_the_test:Named"),
            "thing 'x' (things_of_the_test:Named) calls itself 'named', not like its entry point; "
            "uninstall or mend the package 'somebodys-things'",
        ),
    ],
)
def test_a_broken_package(monkeypatch: pytest.MonkeyPatch, entry: Entry, said: str) -> None:
    install(monkeypatch, entry)
    assert refused("x") == said


def test_a_name_of_two_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    value = "things_of_the_test:one"
    install(monkeypatch, Entry("one", value, "b"), Entry("one", value, "a"))
    assert refused("one") == (
        "thing 'one' is added by several packages (a, b); uninstall all but one of them"
    )
