"""The models, by name: those that come with NeuroGraph, and plug-ins; no PyTorch.

A plug-in is an entry point of group ``neurograph.models``: its name is the model's, its value the
config class, a subclass of `ModelConfig` that can be imported without PyTorch.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from neurograph.core.errors import ModelError
from neurograph.core.nearest import unknown
from neurograph.core.setting import settings_of
from neurograph.models.config import ModelConfig
from neurograph.models.dysign.config import DySignConfig
from neurograph.models.sage.config import SageConfig, SageGruConfig
from neurograph.models.spikenet.config import SpikeNetConfig

if TYPE_CHECKING:
    from neurograph.models.tree_model import TreeModel

GROUP = "neurograph.models"
BUILT_IN: Mapping[str, type[ModelConfig]] = {
    kind.name: kind for kind in (SpikeNetConfig, DySignConfig, SageConfig, SageGruConfig)
}
DEFAULT = SpikeNetConfig.name


def known_models() -> tuple[str, ...]:
    """Names of all models, the built-in ones first."""
    return (*BUILT_IN, *sorted(_plug_ins()))


def config_class(name: str) -> type[ModelConfig]:
    """What the settings of this model are.

    Raises:
        ModelError: no such model, or a plug-in that is broken.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    if name not in (found := _plug_ins()):
        raise ModelError(unknown("model", name, known_models()))
    return _loaded(found[name])


def config_classes() -> dict[str, type[ModelConfig]]:
    """Those of all models that can be loaded; what is wrong with the others, `faults` says."""
    working = (name for name in known_models() if name not in faults())
    return {name: config_class(name) for name in working}


def faults() -> dict[str, str]:
    """Plug-ins that cannot be loaded: name of the model -> what is wrong."""
    found = {}
    for name, entry in _plug_ins().items():
        try:
            _loaded(entry)
        except ModelError as error:
            found[name] = str(error)
    return found


def build(name: str, config: ModelConfig) -> TreeModel:
    """A model with fresh weights.

    Raises:
        ModelError: no such model, or a config of another one.
    """
    kind = config_class(name)
    if type(config) is not kind:
        raise ModelError(f"model {name} is made from a {kind.__name__}")
    return config.build()


def without_spikes() -> tuple[str, ...]:
    """Names of the models that are baselines."""
    return tuple(name for name, kind in config_classes().items() if not kind.spiking)


@cache
def _plug_ins() -> Mapping[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        if entry.name in BUILT_IN or entry.name in found:
            other = "neurograph" if entry.name in BUILT_IN else found[entry.name].value
            raise ModelError(
                f"model '{entry.name}' is there twice, from {other} and from {entry.value}; "
                "uninstall one of the packages"
            )
        found[entry.name] = entry
    return found


@cache
def _loaded(entry: EntryPoint) -> type[ModelConfig]:
    try:
        kind = entry.load()
    except Exception as error:
        raise ModelError(
            f"model '{entry.name}' is installed but {entry.value} cannot be loaded "
            f"({type(error).__name__}: {error}); repair or uninstall its package"
        ) from error
    if not (isinstance(kind, type) and issubclass(kind, ModelConfig)):
        raise ModelError(
            f"model '{entry.name}': {entry.value} is no subclass of neurograph.models.ModelConfig; "
            "repair or uninstall its package"
        )
    if getattr(kind, "name", None) != entry.name or not hasattr(kind, "module"):
        raise ModelError(
            f"model '{entry.name}': {entry.value} needs name = '{entry.name}' and the module of "
            "its PyTorch model; repair or uninstall its package"
        )
    try:
        settings_of(kind)
    except ModelError as error:
        raise ModelError(
            f"model '{entry.name}': {error}; repair or uninstall its package"
        ) from error
    return kind
