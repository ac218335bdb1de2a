"""A training that goes on is the same: what was typed against what its run has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neurograph.core.errors import ModelError
from neurograph.core.setting import settings_of
from neurograph.workflow.resume import NEW, Resumed
from neurograph.workflow.unchanged import MAY_CHANGE

if TYPE_CHECKING:
    from neurograph.models import TrainSettings


def check_typed(
    of: Resumed, preset: str | None, typed: Mapping[str, Any], others: Mapping[str, Any]
) -> TrainSettings:
    """The settings to go on with: those of the run, with as many epochs as were typed.

    Args:
        preset: that was typed.
        typed: settings, by name.
        others: what was typed by option: "--features", "--profile", "--from"; None for nothing.

    Raises:
        ModelError: something else was typed than the run has.
    """
    from neurograph.models.settings import TrainSettings
    from neurograph.models.settings import preset as preset_of

    settings = of.settings
    wanted, names = dict(typed), set(typed)
    if preset is not None:
        base = preset_of(preset)
        standard = TrainSettings(model=base.model).to_dict()
        said = {n: x for n, x in base.to_dict().items() if x != standard.get(n)}
        wanted = {"model": base.model, **said, **wanted}
        names = set(wanted)
    before = settings.to_dict()
    differ = [
        f"{_option(name)} {_shown(before.get(name))} and not {_shown(wanted[name])}"
        for name in sorted(names - set(MAY_CHANGE))
        if before.get(name) != _plain(wanted[name])
    ]
    differ += [
        f"{option} {_of(of)[option]} and not {value}"
        for option, value in others.items()
        if value is not None and str(value) != str(_of(of)[option])
    ]
    if differ:
        raise ModelError(
            f"{of.run.path}: was trained with {'; '.join(differ)}; --resume takes everything from "
            f"the run: leave that out, or {NEW} and give another folder (-o)"
        )
    return settings.changed(**{name: typed[name] for name in MAY_CHANGE if name in typed})


def _of(resumed: Resumed) -> dict[str, Any]:
    begun_from = resumed.run.trained.get("start", {}).get("run")
    own = {"--features": resumed.method, "--profile": resumed.profile}
    return {**own, "--from": begun_from or "nothing"}


def _option(name: str) -> str:
    from neurograph.models.settings import TrainSettings

    found = {of.name: of.option for of in settings_of(TrainSettings)}
    return str(found.get(name, f"--{name.replace('_', '-')}"))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _shown(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
