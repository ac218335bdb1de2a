"""Options of the backends: a panel each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import typer

from neurograph.cli import generated
from neurograph.cli.generated import Panel
from neurograph.core.errors import BackendError
from neurograph.core.setting import Setting, settings_of


def panels(keep: Callable[[Setting], bool] = lambda _: True) -> Iterator[Panel]:
    """The settings that `keep` says yes to, of every backend that can be imported."""
    from neurograph.runtime.backends import find_backend, known_backends

    for name in known_backends():
        try:
            backend = find_backend(name)
        except BackendError:  # which says more where that backend is asked for
            continue
        if own := tuple(of for of in settings_of(backend.options) if keep(of)):
            title = f", {backend.title}" if backend.title else ""
            yield Panel(owner=name, heading=f"Options of {name}{title}", settings=own, renamed=True)


def programs() -> Iterator[Panel]:
    """The settings that name a program to start, of every backend that can be imported."""
    return panels(lambda of: of.program)


def typed_programs(context: typer.Context) -> dict[str, dict[str, object]]:
    """What was typed of them, by backend."""
    return {
        panel.owner: found
        for panel in programs()
        if (found := generated.given(context, panel.owner))
    }


def given(context: typer.Context, backend: str, option: str = "--backend") -> dict[str, object]:
    """What was typed of the options of this backend; raise BackendError if others were.

    Args:
        option: with which the command chooses a backend.
    """
    if others := generated.strangers(context, backend):
        typed, owner = next(iter(others.items()))
        raise BackendError(
            f"{typed} is an option of '{owner}', and '{backend}' is to run; leave it out, or run "
            f"on the other: {option} {owner}"
        )
    return generated.given(context, backend)
