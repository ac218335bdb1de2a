"""CONTRIBUTING's recipes are true: each names the files of a package that a test installs."""

from __future__ import annotations

import re
from importlib.metadata import entry_points

import pytest

from tests.architecture.rooms import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PLUGINS = ROOT / "tests" / "plugins"
PACKAGES = sorted(p.name for p in PLUGINS.glob("neurograph_plugin_*"))


def test_there_is_a_package_for_every_seam() -> None:
    what = {name.removeprefix("neurograph_plugin_") for name in PACKAGES}
    assert what == {"neuron", "model", "backend", "exporter", "dataset", "task"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_recipe_names_every_file_of_its_package(package: str) -> None:
    (recipe,) = (part for part in TEXT.split("\n\n") if f"/{package}/" in part)
    folder = PLUGINS / package
    for path in folder.rglob("*"):
        if path.suffix not in {".py", ".toml"} or path.name == "pyproject.toml":
            continue
        if path.name != "__init__.py" or path.read_text(encoding="utf-8").count("\n") > 3:
            assert path.name in recipe, f"{path.relative_to(ROOT)} is not in the recipe"
    (group,) = re.findall(r"\(`(neurograph\.\w+)`\)", recipe)
    assert f'[project.entry-points."{group}"]' in (folder / "pyproject.toml").read_text("utf-8")
    assert (PLUGINS / f"test_{package.removeprefix('neurograph_plugin_')}_plugin.py").is_file()


def test_named_files_exist() -> None:
    named = re.findall(r"`((?:neurograph|tests|examples|hw_profiles)/[\w/.]+\.\w+)`", TEXT)
    assert len(named) > 8
    real = [path for path in named if "NAME" not in path]
    assert [path for path in real if not (ROOT / path).is_file()] == []


def test_our_own_backend_is_an_entry_point_like_any_other() -> None:
    assert "loihi-sim" in {entry.name for entry in entry_points(group="neurograph.backends")}
